// A process of its own that calls by HTTP, so that what a client costs is not on the server's account. It is told what to
// do by the process that forked it, and ends with it.
import { Agent, request } from "node:http";
import { type Called, Calls } from "./callers.contract.ts";

process.on("message", (message) => {
  callAll(Calls.parse(message)).then(
    (called) => say({ said: "called", ...called }),
    (error: unknown) => say({ said: "failed", why: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group of processes: this one ends when the one that it works for is done.
process.on("SIGINT", () => {});

function say(message: Called): void {
  process.send?.(message);
}

/** Connections are kept for the next round. */
const agent = new Agent({ keepAlive: true });

async function callAll({ url, method, headers, count, connections }: Calls): Promise<{ bytes: number; ms: number }> {
  const startedAt = performance.now();
  let left = count;
  let bytes = 0;
  const callOn = async () => {
    for (; left > 0;) {
      left -= 1;
      bytes += await call(url, { method, headers });
    }
  };
  await Promise.all(Array.from({ length: connections }, callOn));
  return { bytes, ms: performance.now() - startedAt };
}

function call(url: string, options: { method: string; headers: Record<string, string> }): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { ...options, agent }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve(bytes);
        else reject(new Error(`${url} answered ${response.statusCode}`));
      });
    });
    asking.on("error", reject);
    asking.end();
  });
}
