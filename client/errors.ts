import type { TRPCClientError } from "@trpc/client";
import { ERRORS, type ErrorKind } from "../server/errors.ts";
import type { AppRouter } from "../server/router.ts";

/** What calls, watches and uploads fail with. `data.kind` says why, `message` says it to a user. */
export type TrestleError = TRPCClientError<AppRouter>;

/** Why a call was refused. Undefined when the server did not answer, or answered with a kind newer than this client. */
export function errorKind(error: unknown): ErrorKind | undefined {
  if (!hasData(error) || !("kind" in error.data)) return undefined;
  const { kind } = error.data;
  return isKind(kind) ? kind : undefined;
}

/** The tRPC code of a refusal: known also for kinds that this client does not know. */
export function errorCode(error: unknown): string | undefined {
  if (!hasData(error) || !("code" in error.data)) return undefined;
  const { code } = error.data;
  return typeof code === "string" ? code : undefined;
}

// By shape, not by class: a front end may hold two copies of @trpc/client.
function hasData(error: unknown): error is { data: object } {
  return (
    typeof error === "object" &&
    error !== null &&
    "data" in error &&
    typeof error.data === "object" &&
    error.data !== null
  );
}

function isKind(kind: unknown): kind is ErrorKind {
  return typeof kind === "string" && Object.hasOwn(ERRORS, kind);
}
