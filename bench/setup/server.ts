// A server process of its own, of one kind, so that what it takes is nobody else's.
import { setTimeout } from "node:timers/promises";
import type { LogEvent } from "../../server/core/event-log.ts";
import { newNonce } from "../../server/core/ids.ts";
import { answerAsks } from "./answer-asks.ts";
import type { Bench } from "./bench.ts";
import { openAdapter, openHttp, openLane } from "./call-servers.ts";
import { measureMemory } from "./measure.ts";
import { openBare, openFeathers, openSocketIo } from "./peers.ts";
import type { Running, ServerOptions } from "./running.ts";
import { type Kind, type Talk, ToServer } from "./server.contract.ts";
import { openStock } from "./stock.ts";
import { openTrestle } from "./trestle.ts";
import { now } from "./watchers.contract.ts";
import { at } from "./world.ts";

const OPEN: Record<Kind, (bench: Bench, options: ServerOptions) => Promise<Running>> = {
  trestle: openTrestle,
  "bare ws": openBare,
  "socket.io": openSocketIo,
  feathers: openFeathers,
  stock: openStock,
  "node:http": openHttp,
  "direct lane": openLane,
  "tRPC's adapter": openAdapter,
};

let running: Running | undefined;
let next: (size: number) => LogEvent[] = () => [];
let frames: Buffer[] = [];

await answerAsks(ToServer, async (bench, told) => {
  switch (told.do) {
    case "open": {
      running = await OPEN[told.kind](bench, told);
      const { url, socketUrl } = running;
      return { url, socketUrl };
    }
    case "talk":
      next = movesAfter(told.talk);
      return null;
    case "frames":
      frames = told.frames.map((text) => Buffer.from(text));
      return null;
    case "send":
      send(told.events);
      return null;
    case "pace":
      return pace(told.events, told.everyMs);
    case "memory":
      return measureMemory();
  }
});

function send(events: number): void {
  running?.tell?.(next(events), frames.slice(0, events));
}

/** Sends events at an even pace. Answers when. */
async function pace(events: number, everyMs: number): Promise<number[]> {
  const sentAtMs: number[] = [];
  for (let event = 0; event < events; event += 1) {
    sentAtMs.push(now());
    send(1);
    await setTimeout(everyMs);
  }
  return sentAtMs;
}

/** Makes moves that follow what a board has, each the one before. */
function movesAfter({ boardId, version, nonce, accessVersion, actorId, taskIds, columnIds }: Talk) {
  let last = { version, nonce };
  return (size: number): LogEvent[] =>
    Array.from({ length: size }, () => {
      const previousNonce = last.nonce;
      last = { version: last.version + 1, nonce: newNonce() };
      const taskId = at(taskIds, last.version % taskIds.length);
      const data = { taskId, columnId: at(columnIds, last.version % columnIds.length), rank: "a1V" };
      const by = { accessVersion, actorId, mutationId: taskId, at: "2030-01-31T12:00:00.000Z" };
      return { streamId: boardId, ...last, ...by, type: "task.moved", data, previousNonce };
    });
}
