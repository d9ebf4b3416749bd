import type { LogEvent } from "../event-log.ts";
import type { Hub } from "./hub.ts";
import type { Place } from "./stream-log.ts";
import { Watcher } from "./watcher.ts";

/**
 * Calls back with every event of a stream from now on, in order, until the hub closes; with none when there may have
 * been some that nobody can tell of any more. For the process itself: nobody's access is asked for.
 */
export async function listen(
  hub: Hub,
  streamId: string,
  onEvent: (event: LogEvent | undefined) => void,
): Promise<void> {
  const watcher = new Watcher(undefined, undefined);
  hub.signal.addEventListener("abort", () => watcher.stop(), { once: true });
  const stream = hub.join(streamId, watcher);
  await stream.ready;
  let at: Place = { version: stream.head, nonce: stream.nonce };
  while (!watcher.isStopped) {
    const event = watcher.mustReopen ? "elsewhere" : stream.next(at);
    if (event === "elsewhere") {
      watcher.mustReopen = false;
      await stream.ready;
      at = { version: stream.head, nonce: stream.nonce };
      onEvent(undefined);
    } else if (event) {
      at = event;
      onEvent(event);
    } else await watcher.rest();
  }
  hub.leave(stream, watcher);
}
