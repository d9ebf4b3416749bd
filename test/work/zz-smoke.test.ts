import { expect } from "vitest";
import { test } from "../setup/world.ts";
import { announceImport, userOf } from "../setup/trello.ts";
import { receiveImport } from "../../server/domains/work/imports.upload.ts";
const M = 1 << 20;
async function* rep(head: string, unit: string, total: number, tail = "") {
  yield Buffer.from(head);
  const piece = Buffer.from(unit.repeat(Math.ceil(65536 / unit.length)));
  for (let n = 0; n < total; n += piece.length) yield piece;
  yield Buffer.from(tail);
}
let k = 0;
async function* keys(total: number) {
  yield Buffer.from('{"id":"a1","name":"n","lists":[],"cards":[]');
  for (let n = 0; n < total; ) { let s = ""; for (let i = 0; i < 2000; i++) s += `,"k${(k++).toString(36)}":[1]`; n += s.length; yield Buffer.from(s); }
  yield Buffer.from("}");
}
const cases: Record<string, () => AsyncIterable<Uint8Array>> = {
  deepArray: () => rep("", "[", 100 * M),
  deepObj: () => rep("", '{"a":', 100 * M),
  longString: () => rep('{"id":"', "x", 100 * M, '"}'),
  escapes: () => rep('{"id":"', "\\n", 100 * M, '"}'),
  uni: () => rep('{"id":"', "\\u0041\u20ac", 90 * M, '"}'),
  number: () => rep('{"a":', "1", 100 * M, "}"),
  space: () => rep('{"a":', " ", 100 * M, "1}"),
  keys: () => keys(90 * M),
  longKey: () => rep('{"', "k", 90 * M, '":1}'),
  cardJunk: () => rep('{"id":"a1","name":"n","lists":[],"cards":[{"id":"c","idList":"l","attachments":[[]', ",[]", 90 * M, "]}]}"),
  members: () => rep('{"id":"a1","name":"n","lists":[],"cards":[],"members":[{"id":"x"}', ',{"id":"x"}', 90 * M, "]}"),
  actions: () => rep('{"id":"a1","name":"n","lists":[],"cards":[],"actions":[1', ',{"type":"x"}', 90 * M, "]}"),
  cardsRep: () => rep('{"id":"a1","name":"n","lists":[],"cards":[{"id":"x","idList":"a"}', ',{"id":"x","idList":"a"}', 90 * M, "]}"),
  unknownDeepItems: () => rep('{"id":"a1","name":"n","lists":[],"cards":[],"foo":[1', ',[[[1,2,3]]]', 90 * M, "]}"),
  idArray: () => rep('{"name":"n","lists":[],"cards":[],"id":[1', ',[[[1,2,3]]]', 90 * M, "]}"),
  empty: () => rep("", "", 0),
};
test("smoke", async ({ world }) => {
  const org = await world.org();
  for (const [name, body] of Object.entries(cases)) {
  const { importId } = await announceImport(world, org);
  let max = 0;
  const base = process.memoryUsage.rss();
  let lag = 0, last = performance.now();
  const timer = setInterval(() => { max = Math.max(max, process.memoryUsage.rss());  lag = Math.max(lag, performance.now() - last - 5); last = performance.now(); }, 5);
  const t = performance.now();
  let r = "";
  try { r = JSON.stringify((await receiveImport({ app: world.services, user: userOf(org.owner) }, importId, body())).report).slice(0, 150); } catch (e) { r = `${e.kind} ${JSON.stringify(e.fields)} ${e.kind ? "" : e.stack}`; }
  clearInterval(timer);
  console.log(name, Math.round(performance.now() - t), "ms", r, "rss+MB", Math.round((max - base) / 1e6), "lag", Math.round(lag));
  }
  expect(1).toBe(1);
}, 220_000);
