import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "./core/app-error.ts";
import type { AppServices } from "./core/context.ts";
import { sha256 } from "./core/secrets.ts";
import { calendarFile } from "./domains/home/calendar-file.ts";
import { CALENDAR_PATH } from "./domains/home/calendars.service.ts";

/** The secret of a calendar link, if a request is for one. */
export function calendarSecret(pathname: string): string | undefined {
  if (!pathname.startsWith(CALENDAR_PATH)) return undefined;
  return /^(?<secret>[\w-]{1,64})\.ics$/u.exec(pathname.slice(CALENDAR_PATH.length))?.groups?.["secret"];
}

/** Answers a calendar program, which has no session and asks every now and then whether there is something new. */
export async function answerCalendar(
  app: AppServices,
  { req, res, secret }: { req: IncomingMessage; res: ServerResponse; secret: string },
): Promise<void> {
  if (req.method !== "GET" && req.method !== "HEAD") throw new AppError("METHOD_NOT_SUPPORTED");
  const body = Buffer.from(await calendarFile(app, secret));
  const tag = `"${sha256(body.toString()).slice(0, 32)}"`;
  res.setHeader("Cache-Control", "private, no-cache").setHeader("ETag", tag);
  if (req.headers["if-none-match"] === tag) {
    res.writeHead(304).end();
    return;
  }
  res.writeHead(200, { "Content-Type": "text/calendar; charset=utf-8", "Content-Length": body.length });
  res.end(req.method === "HEAD" ? undefined : body);
}
