// A server process of its own, of one kind, which says how much memory it takes. It ends with the process that forked it.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { z } from "zod";
import { createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { bench } from "./bench.ts";
import { type FromIdleServer, ToIdleServer } from "./idle-server.contract.ts";
import { openBare, openSocketIo, openStock } from "./peers.ts";

setFlagsFromString("--expose-gc");
const collect = z
  .custom<(options: object) => void>((value) => typeof value === "function")
  .parse(runInNewContext("gc"));
/** Garbage whose memory is given back at once. */
const EVERYTHING = { type: "major", execution: "sync", flavor: "last-resort" };

await bench(async (bench) => {
  const ended = new Promise<void>(() => {});
  process.on("message", (message) => {
    const told = ToIdleServer.parse(message);
    if (told.do === "measure") {
      collect(EVERYTHING);
      collect(EVERYTHING);
      const { rss, heapUsed } = process.memoryUsage();
      return say({ said: "memory", rssBytes: rss, heapBytes: heapUsed });
    }
    open(told).then(
      (url) => say({ said: "opened", url }),
      (error: unknown) => say({ said: "failed", why: String(error) }),
    );
  });
  await ended;

  async function open({ kind, connection }: ToIdleServer & { do: "open" }): Promise<string> {
    switch (kind) {
      case "bare":
        return (await openBare(bench)).url;
      case "socket.io":
        return (await openSocketIo(bench)).url;
      case "stock":
        return (await openStock(bench)).url;
      case "live": {
        const app = await bench.own(
          () => createApp({ connection, poolSize: 10, host: "127.0.0.1", port: 0, log: createLogger("error") }),
          (started) => started.close(),
        );
        return `${app.url.replace("http", "ws")}/trpc?connectionParams=1`;
      }
    }
  }
});

function say(message: FromIdleServer): void {
  process.send?.(message);
}
