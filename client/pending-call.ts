import type { Waiting } from "./pending-change.ts";

/** What one call may hold. The server takes 1 MiB, of which the call itself needs a little. */
const MOST_CHANGES = 100;
const MOST_BYTES = 900_000;

/** The first changes without an answer, as many as fit into one call. They are of one author. */
export function nextCall(queue: readonly Waiting[]): Waiting[] {
  const call: Waiting[] = [];
  let bytes = 0;
  for (const waiting of queue) {
    if (waiting.version !== undefined) continue;
    bytes += new TextEncoder().encode(JSON.stringify(waiting.pending.change)).length;
    const [first] = call;
    if (first && (!fitsWith(first, waiting) || call.length === MOST_CHANGES || bytes > MOST_BYTES)) break;
    call.push(waiting);
  }
  return call;
}

function fitsWith(first: Waiting, waiting: Waiting): boolean {
  return !first.goesAlone && !waiting.goesAlone && first.author === waiting.author;
}
