import { TRPCClientError } from "@trpc/client";
import { type Conflicts, ERRORS, type ErrorKind } from "../server/errors.ts";
import type { FilterFault } from "../server/domains/work/filters/parse-filter.ts";
import type { Task } from "../server/domains/work/tasks.contract.ts";
import type { AppRouter } from "../server/router.ts";

/** What calls, watches and uploads fail with. `data.kind` says why, `message` says it to a user. */
export type TrestleError = TRPCClientError<AppRouter>;

/** Why a call was refused. Undefined when the server did not answer, or answered with a kind newer than this client. */
export function errorKind(error: unknown): ErrorKind | undefined {
  if (!hasData(error) || !("kind" in error.data)) return undefined;
  const { kind } = error.data;
  return isKind(kind) ? kind : undefined;
}

/** A kind of refusal as a user could read it, such as that of an operation that failed. */
export function kindSays(kind: string): string {
  return ERRORS[isKind(kind) ? kind : "INTERNAL"].says;
}

/** The tRPC code of a refusal: known also for kinds that this client does not know. */
export function errorCode(error: unknown): string | undefined {
  if (!hasData(error) || !("code" in error.data)) return undefined;
  const { code } = error.data;
  return typeof code === "string" ? code : undefined;
}

/** What of a task somebody else has changed meanwhile: field → what this call wanted, and what they made of it. */
export type TaskConflicts = {
  readonly [Name in keyof Task]?: { readonly yours: Task[Name]; readonly theirs: Task[Name]; readonly version: number };
};

/** The conflicts that `TASK_CHANGED` names. To overwrite them, say the greatest of their versions as `ifVersion`. */
export function taskConflicts(error: unknown): TaskConflicts | undefined {
  if (errorKind(error) !== "TASK_CHANGED" || !hasData(error) || !hasConflicts(error.data)) return undefined;
  return error.data.conflicts;
}

/** What of an input is wrong, by field: of `INPUT_INVALID`, and of whatever else is about fields. Empty for the rest. */
export function errorFields(error: unknown): Readonly<Record<string, string>> {
  if (!hasData(error) || !("fields" in error.data)) return {};
  const { fields } = error.data;
  if (typeof fields !== "object" || fields === null) return {};
  return Object.fromEntries(
    Object.entries<unknown>({ ...fields }).flatMap(([name, says]) => (typeof says === "string" ? [[name, says]] : [])),
  );
}

/** Where a filter cannot be read, and why: what `FILTER_INVALID` says. */
export function filterFault(error: unknown): FilterFault | undefined {
  if (errorKind(error) !== "FILTER_INVALID" || !hasData(error) || !hasFault(error.data)) return undefined;
  return error.data.filter;
}

/** Codes of faults, which pass. Whatever else the server answers is a decision. */
const FAULT_CODES = new Set([
  "INTERNAL_SERVER_ERROR",
  "SERVICE_UNAVAILABLE",
  "BAD_GATEWAY",
  "GATEWAY_TIMEOUT",
  "TIMEOUT",
  "CLIENT_CLOSED_REQUEST",
  "TOO_MANY_REQUESTS",
]);
/** What a server that could not try answers, and whoever stands before one that did not answer. */
const UNANSWERED_CODES = new Set(["SERVICE_UNAVAILABLE", "BAD_GATEWAY", "GATEWAY_TIMEOUT"]);

/** The server has decided: asking again gets the same answer. */
export function isDecision(error: unknown): boolean {
  const code = errorCode(error);
  return code !== undefined && !FAULT_CODES.has(code);
}

/** Nobody knows whether the call was done: the connection was lost, or the server could not answer. */
export function isUnanswered(error: unknown): boolean {
  const code = errorCode(error);
  return code === undefined || UNANSWERED_CODES.has(code);
}

/** The server has too much to do, or was asked too much, and says that the same may be asked again in a moment. */
export function isPostponed(error: unknown): boolean {
  const kind = errorKind(error);
  return (
    kind === "CALLS_TOO_MANY" || (kind === "SERVER_UNAVAILABLE" && hasData(error) && "retryAfterSeconds" in error.data)
  );
}

/** A refusal as calls throw it. The server names it within an answer, or the client itself refuses to send. */
export function refusal(
  kind: string,
  { message, conflicts, fields }: { message?: string; conflicts?: Conflicts; fields?: Record<string, string> } = {},
): TrestleError {
  const known = isKind(kind) ? ERRORS[kind] : undefined;
  const data = { code: known?.code ?? "BAD_REQUEST", kind, ...(conflicts && { conflicts }), ...(fields && { fields }) };
  // tRPC's code for a call that cannot be done as it is.
  return TRPCClientError.from<AppRouter>({ error: { code: -32_600, message: message ?? known?.says ?? kind, data } });
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

function hasConflicts(data: object): data is { conflicts: TaskConflicts } {
  return "conflicts" in data && typeof data.conflicts === "object" && data.conflicts !== null;
}

function hasFault(data: object): data is { filter: FilterFault } {
  return "filter" in data && typeof data.filter === "object" && data.filter !== null;
}

function isKind(kind: unknown): kind is ErrorKind {
  return typeof kind === "string" && Object.hasOwn(ERRORS, kind);
}
