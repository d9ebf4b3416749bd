import type { RequestContext } from "./context.ts";
import { pause } from "./faults.ts";

/** Longer than the work takes, on a machine that is not late anyway. */
const STEP_MS = 50;

/**
 * Answers, or fails, at a whole multiple of a time after it was asked: what the work took within that says nothing about
 * what it found. For what is rare and must not tell who has an account, where the work cannot be the same.
 */
export async function inEvenTime<T>({ transport }: RequestContext, work: () => Promise<T>): Promise<T> {
  // Callers within this process are ours.
  if (transport === "caller") return work();
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    await pause(STEP_MS - ((performance.now() - startedAt) % STEP_MS));
  }
}
