import { createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { newRootKeys } from "../../server/root-keys.ts";
import type { Bench } from "./bench.ts";
import type { Running, ServerOptions } from "./running.ts";
import { asServer } from "./world.ts";

const HOUR_MS = 3_600_000;

/** Trestle as `npm start` runs it, but for its log, which says errors only. */
export async function openTrestle(bench: Bench, { connection, isQuiet }: ServerOptions): Promise<Running> {
  const quiet = isQuiet ? { pollMs: HOUR_MS, wakeUps: false } : {};
  const config = {
    connection: asServer(connection),
    poolSize: 10,
    rootKeys: newRootKeys(),
    host: "127.0.0.1",
    port: 0,
    log: createLogger("error"),
    ...quiet,
  };
  const app = await bench.own(
    () => createApp(config),
    (started) => started.close(),
  );
  return {
    url: `${app.url}/trpc`,
    socketUrl: `${app.url.replace("http", "ws")}/trpc?connectionParams=1`,
    tell: (events) => app.services.hub.committed(events[0]?.streamId ?? "", events),
  };
}
