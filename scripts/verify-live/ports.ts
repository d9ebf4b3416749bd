import type { Server } from "node:net";
import { createServer } from "node:net";

/** Below those that the system hands out by itself, so that nobody else's connection takes one meanwhile. */
const LOWEST = 20_000;
const COUNT = 12_000;

/** Listens on a free port of loopback. */
export async function listen(server: Server): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    const code = await new Promise<string | undefined>((resolve) => {
      const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
      server.once("error", failed);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", failed);
        resolve(undefined);
      });
    });
    if (code === undefined) return port;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw new Error(`cannot listen on loopback: ${code}`);
  }
}

/** A port that is free now, for a process that will listen there again and again. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  const port = await listen(probe);
  await closeServer(probe);
  return port;
}

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
