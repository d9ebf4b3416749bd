import { TRPCError } from "@trpc/server";
import { type ClosedTransition, type Conflicts, ERRORS, type ErrorKind, type FilterFault } from "../errors.ts";

/** A server that cannot do something now is worth another try soon. */
const SOON_SECONDS = 1;

interface AppErrorOptions {
  /** Which part of the input is to blame: path → sentence. */
  readonly fields?: Record<string, string>;
  /** What somebody else changed meanwhile: field → both values. */
  readonly conflicts?: Conflicts;
  /** In how many seconds it may be tried again. */
  readonly retryAfterSeconds?: number;
  /** The way into a column that is closed, and why. */
  readonly transition?: ClosedTransition;
  /** What is wrong with a filter, and where. */
  readonly filter?: FilterFault;
  readonly cause?: unknown;
}

/** A refusal from the catalogue. */
export class AppError extends TRPCError {
  readonly kind: ErrorKind;
  readonly fields: Record<string, string> | undefined;
  readonly conflicts: Conflicts | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly transition: ClosedTransition | undefined;
  readonly filter: FilterFault | undefined;

  constructor(kind: ErrorKind, options: AppErrorOptions = {}) {
    super({ code: ERRORS[kind].code, message: ERRORS[kind].says, cause: options.cause });
    this.kind = kind;
    this.fields = options.fields;
    this.transition = options.transition;
    this.filter = options.filter;
    this.conflicts = options.conflicts;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (kind === "SERVER_UNAVAILABLE" ? SOON_SECONDS : undefined);
  }
}

/** What a refusal says besides its kind, as far as it says it. */
export function detailsOf(error: unknown): Omit<AppErrorOptions, "cause"> {
  if (!(error instanceof AppError)) return {};
  const { fields, conflicts, retryAfterSeconds, transition, filter } = error;
  return {
    ...(fields && { fields }),
    ...(conflicts && { conflicts }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(transition && { transition }),
    ...(filter && { filter }),
  };
}
