import { TRPCError } from "@trpc/server";
import { kindOf } from "../../server/core/trpc.ts";
import type { ErrorKind } from "../../server/errors.ts";

/** Why a call is refused: its kind, as a client would get it. Fails when the call succeeds. */
export async function refusal(call: Promise<unknown>): Promise<ErrorKind> {
  try {
    await call;
  } catch (error) {
    if (error instanceof TRPCError) return kindOf(error);
    throw error;
  }
  throw new Error("the call was not refused");
}

/** How several calls ended: `done`, or the kind of the refusal. */
export function kindsOf(ends: readonly PromiseSettledResult<unknown>[]): string[] {
  return ends.map((end) => {
    if (end.status === "fulfilled") return "done";
    return end.reason instanceof TRPCError ? kindOf(end.reason) : String(end.reason);
  });
}
