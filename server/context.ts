import type { IncomingMessage } from "node:http";
import type { AppServices, ConnectionContext, Context, RequestContext } from "./core/context.ts";
import { isUnavailable, untilAvailable } from "./core/faults.ts";
import { lazyId } from "./core/ids.ts";
import type { RecentSessions } from "./recent-sessions.ts";

/** How long a request or new socket waits for the database before it is asked to come again (rule L10). */
const PATIENCE_MS = 5_000;

/** How a request is answered, and by what else than the database its session may be known. */
interface RequestOptions {
  readonly setCookie: (cookie: string) => void;
  readonly recent?: RecentSessions | undefined;
  readonly connection?: ConnectionContext | undefined;
  readonly takesJson?: boolean;
}

/** A request → its context. Never fails: who cannot be recognised is anonymous. */
export async function createRequestContext(
  app: AppServices,
  req: IncomingMessage,
  { setCookie, recent, connection, takesJson = false }: RequestOptions,
): Promise<Context> {
  const address = addressOf(app, req);
  const { cookie: cookies } = req.headers;
  const claim = app.sessions.tokenOf({ cookie: req.headers.cookie, authorization: req.headers.authorization });
  const client = { userAgent: userAgentOf(req), address, via: claim?.via, cookies, requestId: lazyId() };
  const request = { transport: "http", ...client, setCookie, connection, takesJson } as const;
  const known = claim && recent?.known(claim.token);
  if (known) return { app, request, session: known.session, user: known.user, unrecognised: false };
  const sessions = recent ?? app.sessions;
  try {
    const found =
      claim && (await untilAvailable(() => sessions.find(claim.token, address), { timeoutMs: PATIENCE_MS }));
    if (claim?.via === "cookie") {
      if (!found) setCookie(app.sessions.blankCookie);
      else if (found.cookie !== undefined) setCookie(found.cookie);
    }
    return { app, request, session: found?.session, user: found?.user, unrecognised: false };
  } catch (error) {
    return unrecognised(app, request, error);
  }
}

/** A socket → the context of all its calls. The token comes by `connectionParams`, or the cookie by the upgrade. */
export async function createSocketContext(
  app: AppServices,
  req: IncomingMessage,
  token: string | undefined,
  connection: ConnectionContext,
): Promise<Context> {
  const address = addressOf(app, req);
  const via = token === undefined ? "cookie" : "bearer";
  const client = { userAgent: userAgentOf(req), address, via, requestId: lazyId() } as const;
  const request = { transport: "websocket", ...client, setCookie: noCookie, connection } as const;
  const claim = token ?? app.sessions.tokenOf({ cookie: req.headers.cookie, authorization: undefined })?.token;
  if (claim === undefined) return { app, request, session: undefined, user: undefined, unrecognised: false };
  try {
    const found = await untilAvailable(() => app.sessions.find(claim, address), { timeoutMs: PATIENCE_MS });
    return { app, request, session: found?.session, user: found?.user, unrecognised: false };
  } catch (error) {
    connection.tryAgainLater();
    return unrecognised(app, request, error);
  }
}

/** A socket has no answer to put one into. */
function noCookie(): void {}

function unrecognised(app: AppServices, request: RequestContext, error: unknown): Context {
  if (!isUnavailable(error)) app.log.error({ err: error }, "a session could not be looked up");
  return { app, request, session: undefined, user: undefined, unrecognised: true };
}

/** Where a request is from, by way of our own proxies. */
export function addressOf({ proxies }: AppServices, req: IncomingMessage): string {
  const forwarded = req.headers["x-forwarded-for"];
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join(",") : forwarded;
  return proxies.clientOf({ remoteAddress: req.socket.remoteAddress, forwardedFor });
}

function userAgentOf(req: IncomingMessage): string {
  return (req.headers["user-agent"] ?? "").slice(0, 200);
}
