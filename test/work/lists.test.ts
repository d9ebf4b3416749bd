import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { callByPath, refusalByPath } from "../setup/by-path.ts";
import { type Person, test, type World } from "../setup/world.ts";

interface Page {
  readonly items: readonly { id: string }[];
  readonly nextCursor: string | null;
}

/** Something to list: rows in the order in which the list has them, and how to ask for them. */
interface Listed {
  readonly person: Person;
  readonly ids: readonly string[];
  page(options?: Record<string, unknown>): Promise<Page>;
  refusal(options: Record<string, unknown>): ReturnType<typeof refusalByPath>;
}

/** Names that meet, differ in case or script, or are as long as they may be in as many bytes as they can have. */
function namesUpTo(longest: number): string[] {
  const short = ["Same", "Same", "Same", "same", "Émile", "Zoë", "\u{ffff}", "🎉", "漢字", 'quo"te'];
  return [...short, "漢".repeat(longest), "\u0001".repeat(longest), "🎉".repeat(longest)];
}

/** By the bytes of their names, then by their ids. */
function byName(rows: readonly { name: string; id: string }[]): string[] {
  const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return rows.toSorted((a, b) => order(a.name, b.name) || order(a.id, b.id)).map(({ id }) => id);
}

const LISTS: Record<string, (world: World) => Promise<Listed>> = {
  async "projects.list"(world) {
    const org = await world.org();
    const rows = [];
    for (const [index, name] of namesUpTo(100).entries()) {
      rows.push(await org.owner.caller.projects.create({ orgId: org.id, name, key: `P${index}` }));
    }
    return listed(org.owner, "projects.list", { orgId: org.id }, byName(rows));
  },
  async "boards.list"(world) {
    const org = await world.org();
    const { id: projectId } = await org.project();
    const rows = [];
    for (const name of namesUpTo(200)) {
      rows.push(await org.owner.caller.boards.create({ orgId: org.id, projectId, name }));
    }
    return listed(org.owner, "boards.list", { orgId: org.id }, byName(rows));
  },
  async "columns.list"(world) {
    const org = await world.org();
    const board = await org.board({ columns: [] });
    const { caller } = org.owner;
    const ids = [];
    for (const name of namesUpTo(200)) {
      const { id } = await caller.columns.create({ boardId: board.id, name });
      // Some are archived: they stay in their places.
      if (ids.length % 3 === 0) await caller.columns.archive({ boardId: board.id, columnId: id });
      ids.push(id);
    }
    return listed(org.owner, "columns.list", { boardId: board.id }, ids);
  },
  async "tasks.list"(world) {
    const org = await world.org();
    const titles = namesUpTo(500);
    const board = await org.board({ columns: ["Todo"] });
    const { caller } = org.owner;
    const [columnId, ids] = [board.column("Todo"), new Array<string>()];
    for (const title of titles) {
      ids.push((await caller.tasks.create({ boardId: board.id, columnId, title, after: null })).id);
    }
    return listed(org.owner, "tasks.list", { boardId: board.id }, ids);
  },
};

function listed(person: Person, path: string, scope: object, ids: readonly string[]): Listed {
  return {
    person,
    ids,
    page: async (options) => toListPage(await callByPath(person, path, { ...scope, ...options })),
    refusal: (options) => refusalByPath(person, path, { ...scope, ...options }),
  };
}

function toListPage(page: unknown): Page;
function toListPage(page: unknown): unknown {
  return page;
}

describe.for(Object.entries(LISTS))("%s", ([path, create]) => {
  test("has every row once, in one order, whatever the size of the pages", async ({ world }) => {
    const { ids, page } = await create(world);
    for (const limit of [1, 2, ids.length - 1, ids.length, 100]) {
      const seen = [];
      let pages = 0;
      for (let cursor: string | null | undefined; cursor !== null; pages += 1) {
        const { items, nextCursor } = await page({ limit, cursor });
        expect(items.length).toBeLessThanOrEqual(limit);
        seen.push(...items.map(({ id }) => id));
        cursor = nextCursor;
      }
      expect(seen).toEqual(ids);
      expect(pages).toBe(Math.ceil(ids.length / limit));
    }
  });

  test("takes what infinite queries send, and goes forward whatever they say", async ({ world }) => {
    const { ids, page } = await create(world);
    const first = await page({ limit: 2, cursor: null, direction: "forward" });
    const second = await page({ limit: 2, cursor: first.nextCursor, direction: "backward" });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.slice(0, 4));
    expect((await page()).items).toHaveLength(ids.length);
  });

  test("tells whose cursor is none of its own that the cursor is to blame", async ({ world }) => {
    const { refusal } = await create(world);
    const id = "01900000-0000-7000-8000-000000000000";
    const unreadable = ["", " ", "nonsense", "null", "x".repeat(5_000), "\0", "\ud800"];
    const names = [["name"], ["name", "no id"], ["a\0b", id], ["\ud800", id], ["", id], ["x".repeat(600), id]];
    const numbers = [[-1.5], [2 ** 31], [Number.MAX_SAFE_INTEGER], [1e300], [null], [{}], [], [1, 2]];
    const anotherList = path === "tasks.list" ? ["name", id] : [1];
    const cursors = [...unreadable, ...names, ...numbers, anotherList];
    for (const cursor of cursors) {
      const text = typeof cursor === "string" ? cursor : encoded(cursor);
      expect([cursor, await refusal({ cursor: text })]).toEqual([
        cursor,
        { kind: "INPUT_INVALID", fields: ["cursor"] },
      ]);
    }
  });

  test("has pages of 1 to 100 rows", async ({ world }) => {
    const { refusal, page } = await create(world);
    for (const limit of [0, -1, 101, 1.5, "10", null, Number.NaN]) {
      expect(await refusal({ limit })).toEqual({ kind: "INPUT_INVALID", fields: ["limit"] });
    }
    expect(await refusal({ direction: "sideways" })).toEqual({ kind: "INPUT_INVALID", fields: ["direction"] });
    expect((await page({ limit: 1 })).items).toHaveLength(1);
  });

  test("goes on where it was when its rows change meanwhile", async ({ world }) => {
    const { ids, page, person } = await create(world);
    const first = await page({ limit: 3 });
    const { boards, tasks } = person.caller;
    const [last = ""] = ids.slice(2);
    // The row that the cursor names is renamed, archived or gone: the next page begins behind its place all the same.
    if (path === "boards.list") await boards.delete({ boardId: last });
    else if (path === "tasks.list") await tasks.archive({ boardId: await boardOf(world, last), taskId: last });
    else await world.db.execute(sql`update project set name = 'Moved' where id = ${last}::uuid`);
    const rest = await page({ cursor: first.nextCursor });
    expect(rest.items.map(({ id }) => id).filter((id) => id !== last)).toEqual(ids.slice(3));
  });
});

function encoded(key: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

async function boardOf(world: World, taskId: string): Promise<string> {
  const [row] = await world.db.execute<{ id: string }>(sql`select board_id as id from task where id = ${taskId}::uuid`);
  return row?.id ?? "";
}
