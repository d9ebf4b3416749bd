import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../core/app-error.ts";
import { answerCors } from "../core/http.ts";
import type { OriginPolicy } from "../core/origins.ts";
import type { HttpLane } from "../http-lane.ts";
import { sendDocument } from "./document.ts";
import { CALLS_AT, PlainCalls } from "./plain-calls.ts";

interface ApiOptions {
  readonly lane: HttpLane;
  readonly origins: OriginPolicy;
  /** Fails: ORIGIN_REFUSED. */
  readonly requireOwnPage: (req: IncomingMessage) => void;
}

/** Whether a path is of the API in plain JSON. */
export function isOfApi(pathname: string): boolean {
  return pathname.startsWith("/api/");
}

/** Answers what is below `/api/`: the procedures in plain JSON, and the document that describes them. */
export function createApi({ lane, origins, requireOwnPage }: ApiOptions) {
  const calls = new PlainCalls(lane.procedures);
  return async function answerApi(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    if (answerCors(req, res, origins)) return;
    if (url.pathname.startsWith(CALLS_AT)) {
      const call = calls.read(req, res, url);
      if (req.method === "POST") requireOwnPage(req);
      await lane.answer(call, req, res, {});
      return;
    }
    if (url.pathname !== "/api/openapi.json") throw new AppError("PROCEDURE_NOT_FOUND");
    await sendDocument(req, res);
  };
}
