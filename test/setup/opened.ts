import { isTrackedEnvelope } from "@trpc/server";
import type { SnapshotMessageOf } from "../../server/events.ts";

/** The snapshot that a watch by a caller begins with, if it is in one part; the watch is stopped then. */
export async function opened<State>(watch: Promise<AsyncIterable<unknown>>): Promise<State> {
  for await (const message of await watch) {
    if (!isTrackedEnvelope<SnapshotMessageOf<State>>(message)) break;
    const [, { snapshot, of }] = message;
    if (of === 1) return snapshot;
    break;
  }
  throw new Error("the watch did not begin with one snapshot");
}
