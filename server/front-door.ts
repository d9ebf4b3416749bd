import { createHash } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AnyTRPCRouter, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { sql } from "drizzle-orm";
import { isMigrated } from "../db/migrate.ts";
import { createApi, isOfApi } from "./api/answer-api.ts";
import { refuseWithProblem } from "./api/problem.ts";
import type { Connections } from "./connections.ts";
import { addressOf, createRequestContext } from "./context.ts";
import { AppError, detailsOf } from "./core/app-error.ts";
import { countRefusedRequest } from "./core/audit/refused-call.ts";
import type { AppServices, Context } from "./core/context.ts";
import { isUnavailable } from "./core/faults.ts";
import { type AnyRouter, kindOf } from "./core/trpc.ts";
import {
  addHeaders,
  answerCors,
  commonHeaders,
  isJson,
  refuse,
  requireOwnPage,
  securityHeaders,
  sendJson,
  urlOf,
} from "./core/http.ts";
import type { OriginPolicy } from "./core/origins.ts";
import { providerOf, sendBack } from "./domains/identity/provider-callback.ts";
import { CALENDAR_COST } from "./costs.ts";
import type { ErrorKind } from "./errors.ts";
import { heldAnswer } from "./held-answer.ts";
import { createHttpLane, type LaneContextOptions } from "./http-lane.ts";
import type { RecentSessions } from "./recent-sessions.ts";
import { answerCalendar, calendarSecret } from "./calendar-answer.ts";
import { answerUnsubscribe, unsubscribeToken } from "./unsubscribe-page.ts";
import type { WebPage } from "./web-page.ts";
import { transferAt } from "./transfers.ts";

const MAX_BODY_BYTES = 1 << 20;
const MAX_BATCH = 20;
const CALLED_BY = new Set(["GET", "HEAD", "POST"]);
/** What is refused here, and nowhere else: nothing but this counts it. */
const AT_THE_DOOR: ReadonlySet<ErrorKind> = new Set(["CREDENTIALS_IN_URL", "MEDIA_TYPE_UNSUPPORTED", "ORIGIN_REFUSED"]);
const VARY_BY_ORIGIN = new Headers({ vary: "Origin" });
/** tRPC's own lets a watch be kept, if only to be asked for again. */
const OF_A_WATCH = new Headers({ vary: "Origin", "cache-control": "no-store" });

export interface FrontDoorOptions {
  readonly app: AppServices;
  readonly router: AnyRouter & AnyTRPCRouter;
  /** Undefined: it was not built. */
  readonly page: WebPage | undefined;
  readonly connections: Connections;
  readonly recentSessions: RecentSessions;
  readonly origins: OriginPolicy;
  readonly onRefusedOrigin: (origin: string) => void;
  /** True from the moment on that the process is asked to end. */
  readonly isDraining: () => boolean;
}

/** Everything that comes by HTTP: the page at `/`, health, uploads, and the router. */
export function createFrontDoor(options: FrontDoorOptions): RequestListener {
  const { app, origins, recentSessions, router, page } = options;
  const calls = {
    router,
    maxBodySize: MAX_BODY_BYTES,
    maxBatchSize: MAX_BATCH,
    // Both set `Vary` themselves, over what was there, and the adapter `Cache-Control` of watches.
    responseMeta: ({ type, errors }: { type: string; errors: readonly TRPCError[] }) => ({
      headers: withRetryAfter(errors, type === "subscription" ? OF_A_WATCH : VARY_BY_ORIGIN),
    }),
    createContext: async ({ req, res, info, takesJson = false }: LaneContextOptions) => {
      const setCookie = (cookie: string) => res.appendHeader("Set-Cookie", cookie);
      if (info.type !== "subscription") {
        return createRequestContext(app, req, { setCookie, recent: recentSessions, takesJson });
      }
      const connection = heldAnswer(res, options.connections);
      const context = await createRequestContext(app, req, { setCookie, connection });
      if (context.session && context.user) {
        options.connections.admit(connection, { id: context.session.id, userId: context.user.id });
      }
      return context;
    },
  };
  const lane = createHttpLane(calls);
  const requireOwn = (req: IncomingMessage) => requireOwnPage(req, origins, tokenWay(req), options.onRefusedOrigin);
  const answerApi = createApi({ app, router, lane, origins, requireOwnPage: requireOwn, contextOf });
  // What has a path was counted by its procedure.
  const onError = ({ error, path, req }: { error: TRPCError; path: string | undefined; req: IncomingMessage }) => {
    if (path === undefined) countRefusedRequest(app, kindOf(error), { address: addressOf(app, req) });
  };
  const adapter = createHTTPHandler({ ...calls, onError, basePath: "/trpc/" });

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const call = lane.read(req);
    if (call) {
      const headers = commonHeaders(req, origins);
      if (call.type === "mutation") {
        addHeaders(res, { ...headers, Vary: "Origin" });
        requireOwn(req);
      }
      return lane.answer(call, req, res, headers);
    }
    const url = urlOf(req);
    const { pathname, searchParams } = url;
    addHeaders(res, securityHeaders(origins));
    // Else the next call of this connection would meet its end.
    if (options.isDraining()) res.setHeader("Connection", "close");
    if (pathname.startsWith("/trpc/")) {
      if (answerCors(req, res, origins)) return;
      // A `Request`, which the adapter makes, cannot have every method that Node reads: TRACE would be a fault of ours.
      if (!CALLED_BY.has(req.method ?? "")) throw new AppError("METHOD_NOT_SUPPORTED");
      if (searchParams.has("connectionParams")) throw new AppError("CREDENTIALS_IN_URL");
      if (req.method === "POST") {
        requireOwn(req);
        if (!isJson(req)) throw new AppError("MEDIA_TYPE_UNSUPPORTED");
      }
      adapter(req, res);
      return;
    }
    if (isOfApi(pathname)) return answerApi(req, res, url);
    const transfer = transferAt(req, pathname);
    if (transfer) {
      if (answerCors(req, res, origins)) return;
      if (req.method === "PUT") requireOwn(req);
      await transfer.run({ req, res, app, connections: options.connections, context: await contextOf(req, res) });
      return;
    }
    const token = unsubscribeToken(pathname);
    if (token !== undefined) {
      app.calls.take(await contextOf(req, res), 1);
      await answerUnsubscribe(app, { req, res, token });
      return;
    }
    const secret = calendarSecret(pathname);
    if (secret !== undefined) {
      app.calls.take(await contextOf(req, res), CALENDAR_COST);
      await answerCalendar(app, { req, res, secret });
      return;
    }
    if (req.method !== "GET" && req.method !== "HEAD") throw new AppError("METHOD_NOT_SUPPORTED");
    const providerId = providerOf(req, pathname);
    if (providerId !== undefined) {
      await sendBack(await contextOf(req, res), { req, res, providerId, searchParams });
      return;
    }
    const isHealth = pathname === "/healthz" || pathname === "/readyz";
    const file = isHealth ? undefined : page?.at(req, pathname);
    if (file) await file.send(req, res);
    else if (pathname === "/healthz") sendJson(res, 200, { status: "ok" });
    else if (pathname === "/readyz") await answerReadiness(res);
    else if (pathname === "/") sendPlaceholder(res);
    else throw new AppError("PROCEDURE_NOT_FOUND");
  }

  function tokenWay(req: IncomingMessage): "cookie" | "bearer" | undefined {
    return app.sessions.tokenOf({ cookie: req.headers.cookie, authorization: req.headers.authorization })?.via;
  }

  function contextOf(req: IncomingMessage, res: ServerResponse): Promise<Context> {
    const setCookie = (cookie: string) => res.appendHeader("Set-Cookie", cookie);
    return createRequestContext(app, req, { setCookie, recent: recentSessions });
  }

  async function answerReadiness(res: ServerResponse): Promise<void> {
    const database = await app.db.execute(sql`select 1`).then(
      () => true,
      () => false,
    );
    const migrated = database && (await isMigrated(app.db).catch(() => false));
    const draining = options.isDraining();
    const ready = database && migrated && !draining;
    sendJson(res, ready ? 200 : 503, { status: ready ? "ready" : "not ready", database, migrated, draining });
  }

  return (req, res) => {
    answer(req, res).catch((error: unknown) => {
      if (res.headersSent) {
        res.destroy();
        return;
      }
      const refused = toAppError(error);
      if (AT_THE_DOOR.has(refused.kind)) countRefusedRequest(app, refused.kind, { address: addressOf(app, req) });
      if (isOfApi(urlOf(req).pathname)) refuseWithProblem(res, refused);
      else refuse(res, refused);
    });
  };

  function toAppError(error: unknown): AppError {
    if (error instanceof AppError) return error;
    if (isUnavailable(error)) return new AppError("SERVER_UNAVAILABLE");
    app.log.error({ err: error }, "a request failed for a fault of ours");
    return new AppError("INTERNAL");
  }
}

/** Says when to come again, where one of the calls was refused with that. */
function withRetryAfter(errors: readonly TRPCError[], headers: Headers): Headers {
  if (errors.length === 0) return headers;
  const seconds = Math.max(...errors.map((error) => detailsOf(error).retryAfterSeconds ?? 0));
  if (seconds === 0) return headers;
  const all = new Headers(headers);
  all.set("retry-after", String(seconds));
  return all;
}

const STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Trestle</title>
<style>${STYLE}</style>
<h1>Trestle</h1>
<p>The application backend for teams: live task boards behind one typed API. This is the server; it is up. The board in the
browser was not built: <code>npm run build</code> does that, and the next start shows it here.</p>
<ul>
<li>Calls and live boards: <code>/trpc</code>, over HTTP and WebSocket, with the package <code>@trestle/client</code>.</li>
<li>Health: <a href="/healthz">/healthz</a> (the process lives), <a href="/readyz">/readyz</a> (it can work).</li>
<li>To see a board change live, run <code>npm run demo</code> beside it. The README has a client of 15 lines.</li>
</ul>
`;

/** Where the page was not built. */
function sendPlaceholder(res: ServerResponse): void {
  res.writeHead(200, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  });
  res.end(PAGE);
}
