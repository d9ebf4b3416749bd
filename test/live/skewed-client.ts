import { z } from "zod";
import { createTrestle } from "../../client/index.ts";

// A client on a machine whose clock is wrong: a process of its own, told what to do by its arguments.

const [url, token, boardId, skewMs] = z
  .tuple([z.string(), z.string(), z.string(), z.coerce.number()])
  .parse(process.argv.slice(2));

const { now } = Date;
let aheadMs = skewMs;
Date.now = () => now() + aheadMs;

const trestle = createTrestle({ url, token });
const board = trestle.board(boardId);
board.subscribe(() => process.send?.({ version: board.version, status: board.status }));

// Whatever it is told: the clock is set, to as much behind as it was ahead.
process.on("message", () => {
  aheadMs = -aheadMs;
});
