import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { createGround, type Ground, INPUTS, type ProcedurePath } from "../architecture/inputs.ts";
import { callByPath, refusalByPath } from "../setup/by-path.ts";
import { changedBy, refusedIdle } from "../setup/outcome.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { rewinder } from "../setup/rewind.ts";
import { test as base, type World } from "../setup/world.ts";

const NOUNS = ["projects", "boards", "columns", "labels", "tasks", "checklists", "checkItems", "trash", "relations"];
const paths = Object.keys(INPUTS).filter(isOfWork);
const mutations = paths.filter((path) => PROCEDURES.some((one) => one.path === path && one.type === "mutation"));

function isOfWork(path: string): path is ProcedurePath {
  return NOUNS.includes(path.split(".")[0] ?? "");
}

interface Tried {
  readonly ground: Ground;
  /** Brings everything back to what it was when the file began. */
  readonly rewind: () => Promise<void>;
}

/** One ground for all: what is refused writes nothing, and what is taken is brought back. */
const test = base.extend<{ $file: { tried: Tried } }>({
  tried: [
    async ({ world }, use) => {
      const ground = await createGround(world);
      await use({ ground, rewind: await rewinder(world) });
    },
    { scope: "file" },
  ],
});

/** Replaces one part of a good input by each of the values: refused for that part, and nothing is written. */
async function expectRefused(
  { world, ground }: { world: World; ground: Ground },
  path: ProcedurePath,
  key: string,
  values: readonly unknown[],
): Promise<void> {
  const good: Record<string, unknown> = INPUTS[path](ground);
  const changed = await changedBy(world.db, async () => {
    for (const value of values) {
      const refused = await refusalByPath(ground.org.owner, path, { ...good, [key]: value });
      const blamed = refused.fields.filter((field) => field === key || field.startsWith(`${key}.`));
      expect([value, refused.kind, blamed]).toEqual([value, "INPUT_INVALID", refused.fields]);
      expect(blamed).not.toEqual([]);
    }
  });
  expect(changed).toEqual([]);
}

/** What no text may hold, and what is not text. */
const UNSTORABLE = ["a\0b", "\ud83c", "\udf89\ud83c", "half \ud83c of it", 5, null, {}, ["text"]];

describe("one line of text", () => {
  const lines = [
    { path: "projects.create", key: "name", max: 100 },
    { path: "projects.update", key: "name", max: 100 },
    { path: "boards.create", key: "name", max: 200 },
    { path: "boards.update", key: "name", max: 200 },
    { path: "columns.create", key: "name", max: 200 },
    { path: "columns.update", key: "name", max: 200 },
    { path: "tasks.create", key: "title", max: 500 },
    { path: "tasks.update", key: "title", max: 500 },
  ] as const;

  test.for(lines)("in $path is never empty, too long or unstorable", async ({ path, key, max }, { world, tried }) => {
    const long = ["x", "漢", "🎉", "e\u0301"].map((text) => text.repeat(max + 1));
    await expectRefused({ world, ground: tried.ground }, path, key, [
      "",
      "   ",
      "\t\n\u00a0\u3000",
      ...long,
      ...UNSTORABLE,
    ]);
  });

  test.for(lines)(
    "in $path is taken at its limit, trimmed",
    async ({ path, key, max }, { tried: { ground, rewind } }) => {
      const text = `${"🎉".repeat(max - 2)}字x`;
      const answer = await callByPath(ground.org.owner, path, { ...INPUTS[path](ground), [key]: `  ${text}\n` });
      expect(answer).toMatchObject({ [key]: text });
      await rewind();
    },
  );
});

describe("longer text", () => {
  const texts = [
    { path: "tasks.create", key: "description", max: 32_768 },
    { path: "tasks.update", key: "description", max: 32_768 },
    { path: "labels.create", key: "name", max: 100 },
    { path: "labels.update", key: "name", max: 100 },
  ] as const;

  test.for(texts)("in $path is never too long or unstorable", async ({ path, key, max }, { world, tried }) => {
    await expectRefused({ world, ground: tried.ground }, path, key, [
      "x".repeat(max + 1),
      "🎉".repeat(max + 1),
      ...UNSTORABLE,
    ]);
  });

  test.for(texts)(
    "in $path is taken at its limit, and empty",
    async ({ path, key, max }, { tried: { ground, rewind } }) => {
      for (const text of ["🎉".repeat(max), ""]) {
        const answer = await callByPath(ground.org.owner, path, { ...INPUTS[path](ground), [key]: text });
        expect(answer).toMatchObject({ [key]: text });
        await rewind();
      }
    },
  );
});

const manyIds = Array.from({ length: 51 }, () => newId());
const NO_INSTANTS = ["", "tomorrow", "2030-01-01", "2030-01-01T00:00:00", "2030-01-01T00:00Z", 1_893_456_000_000, {}];
const NO_TIMES = ["2030-02-30T00:00:00Z", "2030-01-01T24:00:00Z", "2030-01-01T00:00:60Z", "2030-01-01T00:00:00+25:00"];
/** In UTC, whatever the offset says. */
const NO_YEARS_OF_OURS = [
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00+00:01",
  "9999-12-31T23:59:59-00:01",
  "10000-01-01T00:00:00Z",
  "-0001-01-01T00:00:00Z",
];
const INSTANTS = [...NO_INSTANTS, ...NO_TIMES, ...NO_YEARS_OF_OURS];

describe("a value that is none of those that there are", () => {
  test.for([
    { path: "boards.create", key: "visibility", values: ["public", "", "ORG", null, 1] },
    { path: "boards.update", key: "visibility", values: ["public", null] },
    {
      path: "boards.create",
      key: "columns",
      values: [["a", ""], ["x".repeat(201)], [...manyIds], "Todo", null],
    },
    { path: "boards.share", key: "role", values: ["owner", "guest", "", null] },
    { path: "boards.list", key: "state", values: ["deleted", null] },
    { path: "projects.list", key: "state", values: ["deleted", null] },
    { path: "projects.update", key: "state", values: ["archived", null] },
    { path: "projects.create", key: "key", values: ["", "A", "1A", "ABCDEFGHIJK", "A-B", "A\0", null, 12] },
    { path: "columns.create", key: "wipLimit", values: [0, -1, 1.5, 10_001, "5", Number.NaN, Infinity] },
    { path: "columns.update", key: "wipLimit", values: [0, -1, 1.5, 10_001, "5", Number.NaN, Infinity] },
    { path: "labels.create", key: "color", values: ["mauve", "RED", "", null] },
    { path: "labels.update", key: "color", values: ["mauve", null] },
    { path: "tasks.create", key: "priority", values: ["highest", "", null, 1] },
    { path: "tasks.create", key: "dueAt", values: INSTANTS },
    ...(["tasks.create", "tasks.update"] as const).flatMap((path) => [
      { path, key: "startAt", values: INSTANTS },
      { path, key: "dueOn", values: ["2026-02-30", "2026-3-1", "2026-03-01T00:00:00Z", "", 1] },
      { path, key: "timeZone", values: ["Mars/Olympus", "+02:00", "", " UTC", "x".repeat(65), 1] },
      { path, key: "estimate", values: [-0.01, 0.001, 100_000.01, 1e300, Number.NaN, Infinity, "1"] },
      { path, key: "coverColor", values: ["mauve", "RED", "", 1] },
    ]),
    { path: "tasks.create", key: "assigneeIds", values: [manyIds, ["nobody"], [null], "x", null] },
    { path: "tasks.create", key: "labelIds", values: [manyIds, ["nothing"], [null], "x", null] },
    { path: "tasks.update", key: "priority", values: ["highest", null] },
    { path: "tasks.update", key: "dueAt", values: INSTANTS },
    { path: "tasks.update", key: "assigneeIds", values: [manyIds, ["nobody"], null] },
    { path: "tasks.update", key: "labelIds", values: [manyIds, ["nothing"], null] },
    { path: "tasks.update", key: "assigneeNames", values: [manyIds, ["x".repeat(201)], [null], null] },
    { path: "tasks.update", key: "ifVersion", values: [-1, 1.5, "1", 2 ** 53, null] },
    { path: "tasks.list", key: "state", values: ["deleted", null] },
    {
      path: "boards.applyChanges",
      key: "changes",
      values: [[], [...manyIds], [{}], [{ procedure: "boards.delete" }]],
    },
  ] as const)("is refused for $key of $path", async ({ path, key, values }, { world, tried }) => {
    await expectRefused({ world, ground: tried.ground }, path, key, values);
  });
});

const NO_IDS = ["", "nonsense", "01900000-0000-7000-8000-00000000000g", "01900000000070008000000000000000", 5, {}, []];

/** Fields that need hold no id. */
const OPTIONAL = new Set([
  "after",
  "assigneeId",
  "boards.presence taskId",
  "tasks.search projectId",
  "tasks.count projectId",
  "tasks.liveCount projectId",
]);

describe("a call of", () => {
  test.for(paths)("%s with an id that is no UUID is refused", async (path, { world, tried }) => {
    const { ground } = tried;
    for (const key of Object.keys(INPUTS[path](ground)).filter((name) => /(Id|after)$/u.test(name))) {
      await expectRefused(
        { world, ground },
        path,
        key,
        OPTIONAL.has(key) || OPTIONAL.has(`${path} ${key}`) ? NO_IDS : [...NO_IDS, null, undefined],
      );
    }
  });

  test.for(paths)(
    "%s with what it does not know, or without what it needs, is refused",
    async (path, { world, tried }) => {
      const { ground } = tried;
      const good = INPUTS[path](ground);
      const inputs = [{ ...good, colour: "red" }, { ...good, position: 1 }, {}, undefined, null, "text", 5, [], [good]];
      const changed = await changedBy(world.db, async () => {
        for (const input of inputs) {
          expect([input, (await refusalByPath(ground.org.owner, path, input)).kind]).toEqual([input, "INPUT_INVALID"]);
        }
      });
      expect(changed).toEqual([]);
    },
  );
});

describe("a mutation id", () => {
  test.for(mutations)("of %s is a UUID", async (path, { world, tried }) => {
    await expectRefused({ world, ground: tried.ground }, path, "mutationId", [...NO_IDS, null]);
  });

  test("that was used for another call is refused, and is free for others", async ({ world }) => {
    const org = await world.org();
    const { id: boardId } = await org.board();
    const { id: other } = await org.board();
    const { caller } = org.owner;
    const mutationId = newId();
    await caller.columns.create({ boardId, name: "New", mutationId: mutationId.toUpperCase() });
    const reuses = [
      () => caller.columns.create({ boardId, name: "Other", mutationId }),
      () => caller.columns.create({ boardId, name: "New", wipLimit: 1, mutationId }),
      () => caller.columns.create({ boardId: other, name: "New", mutationId }),
      () => caller.labels.create({ boardId, name: "New", color: "red", mutationId }),
      () => caller.boards.archive({ boardId, mutationId }),
    ];
    for (const reuse of reuses) expect(await refusedIdle(world.db, reuse)).toBe("MUTATION_ID_REUSED");
    const admin = await org.as("admin");
    expect(await admin.caller.columns.create({ boardId, name: "Theirs", mutationId })).toMatchObject({
      name: "Theirs",
    });
  });

  test("of a call that was refused can be used again", async ({ world }) => {
    const org = await world.org();
    const { id: boardId } = await org.board();
    const { caller } = org.owner;
    const mutationId = newId();
    const columnId = newId();
    const rename = () => caller.columns.update({ boardId, columnId, name: "Renamed", mutationId });
    expect(await refusedIdle(world.db, rename)).toBe("COLUMN_NOT_FOUND");
    await caller.columns.create({ boardId, id: columnId, name: "Late" });
    expect(await rename()).toMatchObject({ id: columnId, name: "Renamed" });
  });
});

test("what is looked for is text that the database can hold, in cursors, too", async ({ tried: { ground } }) => {
  const { owner, id: orgId } = ground.org;
  for (const text of ["a\0b", "\ud83c"]) {
    for (const key of ["action", "objectKind", "objectId"]) {
      expect((await refusalByPath(owner, "audit.list", { orgId, [key]: text })).fields).toEqual([key]);
    }
    expect((await refusalByPath(owner, "tasks.search", { orgId, order: `cf.${text}` })).fields).toEqual(["order"]);
    const cursor = Buffer.from(JSON.stringify([`1${text}`, newId()])).toString("base64url");
    const input = { orgId, order: "cf.Points", cursor };
    expect((await refusalByPath(owner, "tasks.search", input)).fields).toEqual(["cursor"]);
  }
});

describe("what is on another board", () => {
  test("does not exist on this one, even for those who manage both", async ({ world }) => {
    const org = await world.org();
    const [board, other] = [await org.board({ tasks: ["Here"] }), await org.board({ tasks: ["There"] })];
    const { tasks, columns, labels } = org.owner.caller;
    const boardId = board.id;
    const { id: labelId } = await labels.create({ boardId: other.id, name: "Bug", color: "red" });
    const [here, columnId] = [board.task("Here"), board.column("Todo")];
    const strangers = [
      { taskId: other.task("There"), column: other.column("Todo"), label: labelId },
      { taskId: newId(), column: newId(), label: newId() },
      // Ids of something else.
      { taskId: columnId, column: here, label: here },
    ];
    for (const { taskId, column, label } of strangers) {
      const target = { boardId, taskId };
      const kinds: Record<string, [() => Promise<unknown>, string]> = {
        createIn: [() => tasks.create({ boardId, columnId: column, title: "New" }), "COLUMN_NOT_FOUND"],
        createAfter: [() => tasks.create({ boardId, columnId, title: "New", after: taskId }), "TASK_NOT_FOUND"],
        createWith: [() => tasks.create({ boardId, columnId, title: "New", labelIds: [label] }), "LABEL_NOT_FOUND"],
        createFor: [
          () => tasks.create({ boardId, columnId, title: "New", assigneeIds: [label] }),
          "ASSIGNEE_NOT_FOUND",
        ],
        updateWith: [() => tasks.update({ boardId, taskId: here, labelIds: [label] }), "LABEL_NOT_FOUND"],
        updateFor: [() => tasks.update({ boardId, taskId: here, assigneeIds: [label] }), "ASSIGNEE_NOT_FOUND"],
        update: [() => tasks.update({ ...target, title: "Mine" }), "TASK_NOT_FOUND"],
        get: [() => tasks.get(target), "TASK_NOT_FOUND"],
        move: [() => tasks.move({ ...target, columnId }), "TASK_NOT_FOUND"],
        moveTo: [() => tasks.move({ boardId, taskId: here, columnId: column }), "COLUMN_NOT_FOUND"],
        moveAfter: [() => tasks.move({ boardId, taskId: here, columnId, after: taskId }), "TASK_NOT_FOUND"],
        archive: [() => tasks.archive(target), "TASK_NOT_FOUND"],
        restore: [() => tasks.restore(target), "TASK_NOT_FOUND"],
        createColumn: [() => columns.create({ boardId, name: "New", after: column }), "COLUMN_NOT_FOUND"],
        updateColumn: [() => columns.update({ boardId, columnId: column, name: "New" }), "COLUMN_NOT_FOUND"],
        moveColumn: [() => columns.move({ boardId, columnId: column, after: null }), "COLUMN_NOT_FOUND"],
        moveColumnAfter: [() => columns.move({ boardId, columnId, after: column }), "COLUMN_NOT_FOUND"],
        archiveColumn: [() => columns.archive({ boardId, columnId: column }), "COLUMN_NOT_FOUND"],
        restoreColumn: [() => columns.restore({ boardId, columnId: column }), "COLUMN_NOT_FOUND"],
        updateLabel: [() => labels.update({ boardId, labelId: label, name: "New" }), "LABEL_NOT_FOUND"],
        deleteLabel: [() => labels.delete({ boardId, labelId: label }), "LABEL_NOT_FOUND"],
      };
      for (const [name, [call, kind]] of Object.entries(kinds)) {
        expect([name, await refusedIdle(world.db, call)]).toEqual([name, kind]);
      }
    }
  });

  test("is not to be had by the id of an organisation or a board that does not exist", async ({ world }) => {
    const org = await world.org();
    const [orgId, boardId, projectId] = [newId(), newId(), (await org.project()).id];
    const { boards, projects, tasks } = org.owner.caller;
    const calls: [() => Promise<unknown>, string][] = [
      [() => projects.create({ orgId, name: "New", key: "NEW" }), "ORG_NOT_FOUND"],
      [() => projects.delete({ orgId, projectId }), "ORG_NOT_FOUND"],
      [() => boards.create({ orgId, projectId, name: "New" }), "ORG_NOT_FOUND"],
      [() => boards.list({ orgId }), "ORG_NOT_FOUND"],
      [() => projects.update({ orgId: org.id, projectId: boardId, name: "New" }), "PROJECT_NOT_FOUND"],
      [() => boards.update({ boardId, name: "New" }), "BOARD_NOT_FOUND"],
      [() => boards.delete({ boardId }), "BOARD_NOT_FOUND"],
      [() => boards.get({ boardId }), "BOARD_NOT_FOUND"],
      [() => tasks.list({ boardId }), "BOARD_NOT_FOUND"],
      // The stream of an organisation is not that of a board, nor the other way round.
      [() => boards.update({ boardId: org.id, name: "New" }), "BOARD_NOT_FOUND"],
      [() => tasks.list({ boardId: org.id }), "BOARD_NOT_FOUND"],
    ];
    for (const [call, kind] of calls) expect(await refusedIdle(world.db, call)).toBe(kind);
    const { id } = await org.board();
    const create = () => projects.create({ orgId: id, name: "New", key: "NEW" });
    expect(await refusedIdle(world.db, create)).toBe("ORG_NOT_FOUND");
  });
});
