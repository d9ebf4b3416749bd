import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { compareWithExport } from "../../scripts/replay/compare.ts";
import { readExport, ReplayError, toExport } from "../../scripts/replay/export.ts";
import { toHistory } from "../../scripts/replay/history.ts";
import { Replay, type ReplayReport } from "../../scripts/replay/replay.ts";
import { compareWatcher, type Watcher } from "../../scripts/replay/watchers.ts";
import { test as base } from "../setup/world.ts";
import { createDataDirectory, freePort, runScript, startServer } from "./program.ts";
import { changed, exportOf, SAMPLE } from "./trello-sample.ts";

/** The sample, replayed once for the file. */
const test = base.extend<{ $file: { report: ReplayReport } }>({
  report: [
    async ({ world }, use) => {
      const { url } = await world.app();
      await use(await new Replay({ url, file: toExport(SAMPLE, "sample"), watchers: 4, speed: undefined }).run());
    },
    { scope: "file" },
  ],
});

function saved(content: string): string {
  const directory = mkdtempSync(join(tmpdir(), "trestle-replay-test-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, "export.json");
  writeFileSync(file, content);
  return file;
}

test("a recorded board ends as its export says, for the database and for everybody who watches", async ({ report }) => {
  expect(report.differences).toEqual([]);
  const { columns, tasks, members } = report.actual.snapshot;
  expect(columns.map(({ name }) => name)).toEqual(["Done", "To do", "Later", "In progress"]);
  const done = columns.find(({ name }) => name === "Done");
  expect(tasks.filter(({ columnId }) => columnId === done?.id).map(({ title }) => title)).toEqual([
    "First",
    "Second",
    "Plan",
  ]);
  expect(report.actual.archivedColumns).toMatchObject([{ name: "Old things", state: "archived" }]);
  expect(members.map(({ name }) => name)).toEqual(expect.arrayContaining(["Person 2", "Person 3"]));
  const archived = report.actual.tasks.filter(({ state }) => state === "archived");
  expect(archived.map(({ title }) => title).toSorted()).toEqual(["(untitled)", "Closed long ago", "Slip"]);
  expect(report.watchers.map(({ events }) => events)).toEqual(Array.from({ length: 4 }, () => report.version));
});

test("checklists are replayed item by item, also on closed cards, and items become cards", async ({
  report,
  world,
}) => {
  const { id } = report.actual.snapshot.board;
  const rows = await world.db.execute<{ list: string; items: string }>(`
    select c.name as list, string_agg(i.text || ' ' || i.state || ' ' || (select count(*) from event e
      where e.stream_id = c.board_id and e.type = 'check-item.updated' and e.data->'item'->>'id' = i.id::text),
      ', ' order by i.rank) as items
    from checklist c join check_item i on i.checklist_id = c.id where c.board_id = '${id}' group by c.id order by 1`);
  expect(rows.map(({ list, items }) => [list, items])).toEqual([
    ["Before", "Old, renamed done 2"],
    ["Steps", "One done 1, Two open 2"],
  ]);
});

test("a replay counts what it replayed, and names what it left out", async ({ report }) => {
  expect(Object.fromEntries(report.replayed)).toEqual({
    "cards created": 2,
    "cards described": 3,
    "cards moved to another list": 3,
    "cards moved within a list": 4,
    "cards closed": 1,
    "cards reopened": 1,
    "cards renamed": 1,
    "cards labelled": 2,
    "cards deleted (here: closed)": 2,
    "due dates set": 1,
    "people assigned": 2,
    "people taken off": 1,
    comments: 2,
    "start dates set": 1,
    "covers coloured": 1,
    "lists created": 1,
    "lists renamed": 2,
    "lists closed": 1,
    "lists reopened": 1,
    "lists moved": 1,
    "checklists added": 1,
    "items ticked off": 4,
    "items opened again": 1,
    "cards created from checklist items": 1,
  });
  expect(Object.fromEntries(report.changedNothing)).toEqual({ "lists moved": 1, "updateCard (idMembers)": 1 });
  expect(Object.fromEntries(report.leftOut)).toEqual({
    "updateCard (dueComplete)": 1,
    "addAttachmentToCard (files are not in the export)": 1,
  });
  expect(Object.fromEntries(report.unrecorded)).toEqual({
    "labels deleted": 1,
    "cards labelled": 1,
    "checklists changed": 1,
  });
  expect(report).toMatchObject({ recorded: 44, people: 3, before: { lists: 4, cards: 6 } });
});

test("people did what the record says that they did", async ({ report, world }) => {
  const rows = await world.db.execute(`
    select distinct u.name, e.type from event e join app_user u on u.id = e.actor_id
    where e.stream_id = '${report.actual.snapshot.board.id}' and e.type in ('column.updated', 'task.archived')
    order by 1, 2`);
  expect(rows.map(({ name, type }) => `${String(name)}: ${String(type)}`)).toEqual([
    "Person 1: column.updated",
    "Person 2: task.archived",
    "Person 3: task.archived",
    "Replay: task.archived",
  ]);
});

test("the board before the recording is found by going back from the end", () => {
  const { before } = toHistory(toExport(SAMPLE, "sample"));
  expect([...before.lists.values()].map(({ name, pos, closed }) => [name, pos, closed])).toEqual([
    ["To do", 100, false],
    ["Doing", 200, false],
    ["Done", 300, false],
    ["Old", 400, true],
  ]);
  expect(before.cards.get("plan")).toMatchObject({ idList: "todo", desc: "", closed: false });
  expect(before.cards.get("nameless")).toMatchObject({ idList: "todo", closed: false });
  expect(before.cards.has("draft")).toBe(false);
});

test("a board that ended otherwise than its export is told of", ({ report: { expected, actual } }) => {
  const [task, ...tasks] = expected.tasks;
  const [column, ...columns] = expected.columns;
  if (!task || !column) throw new Error("the sample has cards and lists");
  const other = columns[0]?.id ?? "";
  const told = (board: Partial<typeof expected>) => compareWithExport({ ...expected, ...board }, actual);
  expect(told({})).toEqual([]);
  expect(told({ tasks: [{ ...task, title: "Another name" }, ...tasks] })).toEqual([
    'the card "Another name" has the title "Draft, second", not "Another name"',
  ]);
  expect(told({ tasks: [{ ...task, columnId: other }, ...tasks] })).toContainEqual(
    expect.stringMatching(/^the card "Draft, second" is in the list "In progress", not in "/u),
  );
  expect(told({ tasks: [{ ...task, state: "archived" }, ...tasks] })).toContainEqual(
    'the card "Draft, second" has the state "open", not "archived"',
  );
  expect(told({ tasks })).toContainEqual('there is a card "Draft, second" that the export does not have');
  expect(told({ tasks: [...expected.tasks, { ...task, id: crypto.randomUUID(), title: "Lost" }] })).toContainEqual(
    'the card "Lost" is not there',
  );
  expect(told({ columns: [{ ...column, name: "Another name" }, ...columns] })).toEqual([
    'the list "Another name" is called "Done"',
  ]);
  expect(told({ columns: [{ ...column, state: "archived" }, ...columns] })).toContainEqual(
    'the list "Done" is open, not archived',
  );
  expect(told({ columns: [{ ...column, pos: 1_000 }, ...columns] })).toEqual(["the lists stand in another order"]);
  const reversed = expected.tasks.map((one) => ({ ...one, pos: -one.pos }));
  expect(told({ tasks: reversed })).toEqual(['the cards of "Done" stand in another order']);
});

test("a watcher who has something else than the database is told of", ({ report: { actual, version } }) => {
  const { snapshot } = actual;
  const watcher: Watcher = {
    name: "watcher",
    version,
    state: snapshot,
    events: version,
    gaps: 0,
    ended: undefined,
    close: async () => {},
  };
  const told = (other: Partial<Watcher>) => compareWatcher({ ...watcher, ...other }, snapshot, version);
  expect(told({})).toEqual([]);
  const [first, ...tasks] = snapshot.tasks;
  if (!first) throw new Error("the sample has cards in sight");
  const renamed = { ...snapshot, tasks: [{ ...first, title: "Another name" }, ...tasks] };
  expect(told({ state: renamed })).toEqual([expect.stringContaining("watcher has other tasks than boards.get")]);
  const stale = { ...snapshot, tasks: [{ ...first, version: first.version - 1 }, ...tasks] };
  expect(told({ state: stale })).toEqual([expect.stringContaining("watcher has other tasks than boards.get")]);
  expect(told({ version: version - 1 })).toEqual([`watcher is at version ${version - 1}, the board at ${version}`]);
  expect(told({ state: undefined })).toEqual(["watcher has never seen the board"]);
  expect(told({ gaps: 1 })).toEqual(["watcher missed events 1 times"]);
  expect(told({ ended: "BOARD_NOT_FOUND" })).toEqual(["watcher was ended: BOARD_NOT_FOUND"]);
});

test("a replay outlives a server that is killed and started again", async () => {
  const data = createDataDirectory();
  const environment = { DATA_DIR: data.path, PORT: await freePort(), DEMO: "false" };
  const server = await startServer(environment);
  const lists = ["one", "two"].map((id, pos) => ({ id, name: id, pos }));
  const moves = Array.from({ length: 60 }, (_, index) => {
    const [from, to] = index % 2 === 0 ? ["one", "two"] : ["two", "one"];
    return changed(`m${1 + (index % 3)}`, "card", { idList: from }, { idList: to });
  });
  const cards = ["card", "other"].map((id, pos) => ({ id, name: id, idList: "one", pos }));
  const file = toExport(exportOf({ lists, cards, actions: moves }), "moves");
  const replay = new Replay({ url: server.url, file, watchers: 4, speed: 20 });
  const running = replay.run();
  await vi.waitUntil(() => replay.status.done >= 10, { timeout: 60_000 });
  await server.end("SIGKILL");
  const again = await startServer(environment);
  const report = await running;
  expect(report.differences).toEqual([]);
  expect(Object.fromEntries(report.replayed)).toEqual({ "cards moved to another list": 60 });
  expect(report.unanswered).toBeGreaterThan(0);
  expect(await again.end("SIGTERM")).toBe(0);
});

test("npm run replay starts a server of its own, and leaves nothing behind", async () => {
  const program = runScript("scripts/replay.ts", [saved(JSON.stringify(SAMPLE)), "--watchers", "2"]);
  expect(await program.ended()).toBe(0);
  expect(program.output()).toContain("Replayed 40 of 44 recorded actions as 3 people");
  expect(program.output()).toContain("No difference.");
  const [, directory = ""] = /Making a new database in (\S+)\/postgres/u.exec(program.output()) ?? [];
  expect(directory).not.toBe("");
  expect(existsSync(directory)).toBe(false);
});

test("a replay without a server to use says so", async () => {
  const program = runScript("scripts/replay.ts", [saved(JSON.stringify(SAMPLE))], {
    TRESTLE_URL: "http://127.0.0.1:1",
  });
  expect(await program.ended()).toBe(1);
  expect(program.output()).toBe("No Trestle answers at http://127.0.0.1:1 (TRESTLE_URL): is it running?\n");
});

test.for([
  { what: "a file that is not JSON", content: '{"name": "Cut o', says: "is not JSON." },
  { what: "the JSON of something else", content: '{"items": []}', says: '"name" is missing or has another shape.' },
  {
    what: "an export without actions",
    content: JSON.stringify({ ...SAMPLE, actions: undefined }),
    says: '"actions" is missing or has another shape.',
  },
  { what: "a number", content: "3", says: "it is no object." },
])("$what is refused in a sentence", async ({ content, says }) => {
  const refusal = await readExport(saved(content)).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ReplayError);
  expect(String(refusal).endsWith(says)).toBe(true);
});

test("a file that is not there, or is a directory, is refused in a sentence", async () => {
  const missing = join(tmpdir(), crypto.randomUUID());
  await expect(readExport(missing)).rejects.toThrow(`There is no file ${missing}.`);
  await expect(readExport(tmpdir())).rejects.toThrow(`${tmpdir()} is a directory.`);
});

test("an action that has another shape than Trello gives it is refused in a sentence", () => {
  const actions = [{ type: "updateCard", data: { card: { id: "a", pos: "top" }, old: { pos: 1 } } }];
  const file = toExport(exportOf({ lists: [], cards: [], actions }), "broken");
  expect(() => toHistory(file)).toThrow(
    'An action of the type updateCard has another shape than Trello gives it: "card.pos".',
  );
});
