import type { Bench } from "./bench.ts";
import type { Calls } from "./callers.contract.ts";
import { type OtherProcess, ownProcess } from "./other-process.ts";

/** Starts a process that calls by HTTP; it ends with the bench. */
export function ownCallers(bench: Bench): Promise<OtherProcess<Calls>> {
  return ownProcess<Calls>(bench, new URL("callers.ts", import.meta.url));
}
