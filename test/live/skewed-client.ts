import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import { createTrestle } from "../../client/index.ts";

// A client on a machine whose clock is wrong: runs in a worker, which has a `Date` of its own.

const { url, token, boardId, skewMs } = z
  .object({ url: z.string(), token: z.string(), boardId: z.string(), skewMs: z.number() })
  .parse(workerData);

const { now } = Date;
let aheadMs = skewMs;
Date.now = () => now() + aheadMs;

const trestle = createTrestle({ url, token });
const board = trestle.board(boardId);
board.subscribe(() => parentPort?.postMessage({ version: board.version, status: board.status }));

// Whatever it is told: the clock is set, to as much behind as it was ahead.
parentPort?.on("message", () => {
  aheadMs = -aheadMs;
});
