import { TRPCError } from "@trpc/server";
import { ERRORS, type ErrorKind } from "../errors.ts";

/** A refusal from the catalogue. `fields` says which part of the input is to blame: path → sentence. */
export class AppError extends TRPCError {
  readonly kind: ErrorKind;
  readonly fields: Record<string, string> | undefined;

  constructor(kind: ErrorKind, options: { fields?: Record<string, string>; cause?: unknown } = {}) {
    super({ code: ERRORS[kind].code, message: ERRORS[kind].says, cause: options.cause });
    this.kind = kind;
    this.fields = options.fields;
  }
}
