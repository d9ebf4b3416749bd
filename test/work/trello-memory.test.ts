import { expect } from "vitest";
import { announceImport } from "../setup/trello.ts";
import { test } from "../setup/world.ts";

// A file of its own: what is measured is the memory of this process.

const MIB = 1 << 20;
const SIZE_BYTES = 30 * MIB;
const CARDS = 3_000;
/** Read as a whole the file takes its bytes, its text and its objects: more than 150 MiB. */
const GROWTH_BYTES = 100 * MIB;

/** An export of 30 MiB, most of it what Trestle has no place for; made as it is sent. */
async function* bigExport(): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from('{"id":"big","name":"Big","labels":[],"members":[],"actions":[{"type":"createBoard"}');
  const padding = "words ".repeat(300);
  const action = `,{"type":"updateCard","data":{"card":{"name":"Card","desc":"${padding}"},"old":{"pos":[1,2,3]}}}`;
  for (let sent = 0; sent < SIZE_BYTES; sent += action.length * 50) yield Buffer.from(action.repeat(50));
  yield Buffer.from('],"cards":[');
  for (let n = 0; n < CARDS; n += 1) {
    const card = { id: `c${n}`, idList: "l", name: `Card ${n}`, pos: CARDS - n, idShort: n, desc: padding };
    yield Buffer.from(`${n === 0 ? "" : ","}${JSON.stringify(card)}`);
  }
  yield Buffer.from('],"lists":[{"id":"l","name":"List","pos":1}]}');
}

test("a big export is imported in bounded memory", async ({ world }) => {
  const org = await world.org();
  const { send } = await announceImport(world, org);
  let sentBytes = 0;
  let highest = 0;
  const before = process.memoryUsage.rss();
  async function* measured() {
    for await (const piece of bigExport()) {
      sentBytes += piece.byteLength;
      highest = Math.max(highest, process.memoryUsage.rss());
      yield piece;
    }
  }
  const { board, report } = await send(measured());
  highest = Math.max(highest, process.memoryUsage.rss());
  expect(sentBytes).toBeGreaterThan(SIZE_BYTES);
  expect(report.created).toEqual({ columns: 1, labels: 0, tasks: CARDS, checklists: 0, comments: 0 });
  expect(highest - before).toBeLessThan(GROWTH_BYTES);
  const { tasks } = await org.owner.caller.boards.get({ boardId: board.id });
  expect([tasks.length, tasks[0]?.title, tasks.at(-1)?.title]).toEqual([CARDS, `Card ${CARDS - 1}`, "Card 0"]);
});
