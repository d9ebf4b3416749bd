import type { ServerResponse } from "node:http";
import type { TRPCError } from "@trpc/server";
import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { type AppError, detailsOf } from "../core/app-error.ts";
import type { ErrorKind } from "../errors.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** What tRPC's formatter says of an error. */
interface Said {
  /** tRPC's own word for the status. */
  readonly code?: string;
  readonly httpStatus: number;
  readonly kind: ErrorKind;
  readonly path?: string;
}

/**
 * A refusal as RFC 9457 has it: `type` and `kind` say which, `title` is its sentence; beside them what this one says of
 * itself (`fields`, `conflicts`, `retryAfterSeconds`, …).
 */
export function toProblem(message: string, { code: _, httpStatus, kind, path, ...details }: Said): object {
  const procedure = path === undefined ? {} : { procedure: path };
  return { type: `urn:trestle:error:${kind}`, title: message, status: httpStatus, kind, ...procedure, ...details };
}

/** The headers of a problem, and how one signs in where that is it. */
export function problemHeaders({ code }: TRPCError): Record<string, string> {
  return { "content-type": PROBLEM_TYPE, ...(code === "UNAUTHORIZED" && { "www-authenticate": "Bearer" }) };
}

/** Answers with a refusal that came before a call. */
export function refuseWithProblem(res: ServerResponse, error: AppError): void {
  const httpStatus = getHTTPStatusCodeFromError(error);
  const problem = toProblem(error.message, { httpStatus, kind: error.kind, ...detailsOf(error) });
  if (error.retryAfterSeconds !== undefined) res.setHeader("Retry-After", error.retryAfterSeconds);
  res.writeHead(httpStatus, problemHeaders(error)).end(JSON.stringify(problem));
}
