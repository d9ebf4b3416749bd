import type { TRPCClient } from "@trpc/client";
import type { OperationDetails } from "../server/domains/home/operations.contract.ts";
import type { AppRouter } from "../server/router.ts";
import { refusal } from "./errors.ts";
import { backoffMs, pause } from "./timing.ts";

/** How long work on the server is followed, and ended. */
export interface OperationOptions {
  /** Hears how far it is: `done` of `total`, which is null until it is known. */
  onProgress?: ((operation: OperationDetails) => void) | undefined;
  /** Cancels it. What fails then says so with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Asks soon at first, then every one to two seconds. */
const PACE = { firstMs: 200, longestMs: 2_000 };

/**
 * Answers an operation once it is done. Fails as calls do with what it failed with, and with an AbortError when it was
 * cancelled, here or elsewhere.
 */
export async function waitForOperation(
  { operations }: Pick<TRPCClient<AppRouter>, "operations">,
  operationId: string,
  { onProgress, signal = new AbortController().signal }: OperationOptions = {},
): Promise<OperationDetails> {
  for (let tries = 0; ; tries += 1) {
    if (signal.aborted) {
      await cancelOperation({ operations }, operationId);
      throw signal.reason;
    }
    const operation = await operations.get.query({ operationId });
    onProgress?.(operation);
    const { state, errorKind, errorFields } = operation;
    if (state === "done") return operation;
    if (state === "cancelled") throw new DOMException("The work was cancelled.", "AbortError");
    if (state === "failed") throw refusal(errorKind ?? "INTERNAL", errorFields ? { fields: errorFields } : {});
    await pause(backoffMs(tries, PACE), signal);
  }
}

/** Ends an operation that nobody wants any more, unless it has ended by itself meanwhile. */
export async function cancelOperation(
  { operations }: Pick<TRPCClient<AppRouter>, "operations">,
  operationId: string,
): Promise<void> {
  await operations.cancel.mutate({ operationId }).catch(() => {});
}
