import type { IncomingMessage, ServerResponse } from "node:http";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import superjson from "superjson";
import { AppError, detailsOf } from "./app-error.ts";
import { isAllowedOrigin, type OriginPolicy } from "./origins.ts";

/** Answers with a refusal in the shape of tRPC's errors, so that clients have one way to read them. */
export function refuse(res: ServerResponse, error: AppError): void {
  const httpStatus = getHTTPStatusCodeFromError(error);
  const shape = {
    message: error.message,
    code: TRPC_ERROR_CODES_BY_KEY[error.code],
    data: { code: error.code, httpStatus, kind: error.kind, ...detailsOf(error) },
  };
  if (error.retryAfterSeconds !== undefined) res.setHeader("Retry-After", error.retryAfterSeconds);
  // Node reads and drops what is left of the body. Closing instead would lose the answer: who still sends gets EPIPE.
  sendJson(res, httpStatus, { error: superjson.serialize(shape) });
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** Whether the body says that it is JSON: what browsers do not send to another site without asking it first. */
export function isJson(req: IncomingMessage): boolean {
  return /^application\/json\s*(?:;|$)/iu.test(req.headers["content-type"] ?? "");
}

/** A request's path and query. The host is of no interest, and may be anything. */
export function urlOf(req: IncomingMessage): URL {
  const target = req.url ?? "/";
  return URL.canParse(target, "http://localhost") ? new URL(target, "http://localhost") : new URL("http://localhost/");
}

/** What every answer says: `securityHeaders`, and to pages of allowed origins that they may read it. */
export function commonHeaders(req: IncomingMessage, policy: OriginPolicy): Record<string, string> {
  const { origin } = req.headers;
  if (origin === undefined || !isAllowedOrigin(policy, origin)) return securityHeaders(policy);
  return {
    ...securityHeaders(policy),
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
  };
}

/**
 * That an answer is what it says it is, is kept by nobody, and is no page: opened as one it loads and runs nothing. And
 * that browsers come by https alone where people do (RFC 6797).
 */
export function securityHeaders({ publicUrl }: OriginPolicy): Record<string, string> {
  return publicUrl.startsWith("https:") ? { ...EVERY_ANSWER, ...HTTPS_ONLY } : EVERY_ANSWER;
}
const EVERY_ANSWER = {
  "X-Content-Type-Options": "nosniff",
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const HTTPS_ONLY = { "Strict-Transport-Security": "max-age=63072000; includeSubDomains" };

/** Lets pages of allowed origins read the answer. True when that was all there was to do: a preflight. */
export function answerCors(req: IncomingMessage, res: ServerResponse, policy: OriginPolicy): boolean {
  addHeaders(res, { Vary: "Origin", ...commonHeaders(req, policy) });
  if (req.method !== "OPTIONS") return false;
  res.setHeader("Access-Control-Allow-Methods", "GET, POST, PUT");
  res.setHeader(
    "Access-Control-Allow-Headers",
    "content-type, authorization, idempotency-key, trpc-accept, last-event-id, mcp-protocol-version, mcp-method, mcp-name",
  );
  res.setHeader("Access-Control-Max-Age", "600");
  res.writeHead(204).end();
  return true;
}

export function addHeaders(res: ServerResponse, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}

/**
 * Refuses what another site's page could make a browser send: a foreign origin, or a cookie without one. A bearer
 * token is proof enough: no browser adds it by itself.
 */
export function requireOwnPage(
  req: IncomingMessage,
  policy: OriginPolicy,
  via: "cookie" | "bearer" | undefined,
  onRefused: (origin: string) => void,
): void {
  const { origin } = req.headers;
  if (via === "bearer") return;
  if (origin === undefined ? via === undefined : isAllowedOrigin(policy, origin)) return;
  if (origin !== undefined) onRefused(origin);
  throw new AppError("ORIGIN_REFUSED");
}

/** A body read piece by piece, and no more of it than allowed. Fails: BODY_TOO_LARGE. */
export async function* limitedBody(req: IncomingMessage, maxBytes: number): AsyncGenerator<Uint8Array, void> {
  if (Number(req.headers["content-length"] ?? 0) > maxBytes) throw new AppError("BODY_TOO_LARGE");
  let bytes = 0;
  // Leaving the loop must not destroy the request, or the refusal could not be answered.
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    if (!(chunk instanceof Uint8Array)) throw new TypeError("a request without an encoding yields bytes");
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new AppError("BODY_TOO_LARGE");
    yield chunk;
  }
}
