import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { createServices } from "../../server/app.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { range, until } from "../setup/clients.ts";
import { versionOf } from "../setup/log.ts";
import { databaseWire, type Wire } from "../setup/proxy.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Caller, signedIn, test, type TestBoard, type World } from "../setup/world.ts";

/** Somebody's caller in a process whose database can be taken away in the middle of a commit. */
async function onWire(world: World, token: string): Promise<{ caller: Caller; wire: Wire; close(): Promise<void> }> {
  const { wire, connection } = await databaseWire(world);
  const { services, close } = createServices({
    connection,
    poolSize: 8,
    rootKeys: TEST_ROOT_KEYS,
    log: createLogger("silent"),
    secure: false,
  });
  const { caller } = await signedIn(services, token);
  return {
    caller,
    wire,
    async close() {
      await close();
      await wire.close();
    },
  };
}

function isCommit(sent: Buffer): boolean {
  return sent.includes("commit\0");
}

async function titlesOn(world: World, board: TestBoard): Promise<string[]> {
  const rows = await world.db.execute<{ title: string }>(
    sql`select title from task where board_id = ${board.id}::uuid order by title`,
  );
  return rows.map(({ title }) => title);
}

describe("L5: a repeat", () => {
  test("is answered as the first time and writes nothing, also when its author has lost the board", async ({
    world,
  }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"] });
    const editor = await board.as("editor");
    const create = { boardId: board.id, columnId: board.column("Todo"), title: "Once", mutationId: newId() };
    const answer = await editor.caller.tasks.create(create);
    expect(await editor.caller.tasks.create(create)).toEqual(answer);
    await org.owner.caller.boards.unshare({ boardId: board.id, userId: editor.id });
    const version = await versionOf(world.db, board.id);
    expect(await editor.caller.tasks.create(create)).toEqual(answer);
    expect(await refusal(editor.caller.tasks.create({ ...create, mutationId: newId() }))).toBe("BOARD_NOT_FOUND");
    await org.owner.caller.members.remove({ orgId: org.id, userId: editor.id });
    expect(await editor.caller.tasks.create(create)).toEqual(answer);
    expect(await titlesOn(world, board)).toEqual(["Once"]);
    expect(await versionOf(world.db, board.id)).toBe(version);
  });

  test("is the same whatever the order in which its input is written", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"] });
    const { tasks } = org.owner.caller;
    const mutationId = newId();
    const written = {
      boardId: board.id,
      columnId: board.column("Todo"),
      title: "Once",
      priority: "high",
      mutationId,
    } as const;
    const answer = await tasks.create(written);
    const { boardId, columnId, title, priority } = written;
    expect(await tasks.create({ mutationId, priority, title, columnId, boardId })).toEqual(answer);
    expect(await tasks.create({ title: " Once ", after: undefined, mutationId, boardId, columnId, priority })).toEqual(
      answer,
    );
  });

  test("with another input, or of another procedure, is refused and changes nothing", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"], tasks: ["Task"] });
    const { tasks, boards } = org.owner.caller;
    const target = { boardId: board.id, taskId: board.task("Task") };
    const mutationId = newId();
    await tasks.update({ ...target, title: "Renamed", mutationId });
    const version = await versionOf(world.db, board.id);
    const others = await Promise.allSettled([
      tasks.update({ ...target, title: "Renamed otherwise", mutationId }),
      tasks.update({ ...target, title: "Renamed", priority: "none", mutationId }),
      tasks.archive({ ...target, mutationId }),
      boards.archive({ boardId: board.id, mutationId }),
      org.owner.caller.orgs.update({ orgId: org.id, name: "Renamed", mutationId }),
    ]);
    expect(kindsOf(others)).toEqual(others.map(() => "MUTATION_ID_REUSED"));
    expect(await versionOf(world.db, board.id)).toBe(version);
    // Somebody else's id is nobody's business.
    const member = await org.as("member");
    expect(await member.caller.tasks.archive({ ...target, mutationId })).toMatchObject({ state: "archived" });
  });

  test("of a refused call is tried again, for nothing was kept of it", async ({ world }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"], tasks: ["Task"] });
    const { tasks } = org.owner.caller;
    const target = { boardId: board.id, taskId: board.task("Task") };
    await tasks.archive(target);
    const update = { ...target, title: "Renamed", mutationId: newId() };
    expect(await refusal(tasks.update(update))).toBe("TASK_ARCHIVED");
    await tasks.restore(target);
    expect(await tasks.update(update)).toMatchObject({ title: "Renamed" });
  });

  test("that races over two boards is done on one, and refused on the other", async ({ world }) => {
    const org = await world.org();
    const boards = [await org.board({ columns: ["Todo"] }), await org.board({ columns: ["Todo"] })];
    for (let round = 0; round < 5; round += 1) {
      const mutationId = newId();
      const ends = await Promise.allSettled(
        boards.map((board) =>
          org.owner.caller.tasks.create({
            boardId: board.id,
            columnId: board.column("Todo"),
            title: "Once",
            mutationId,
          }),
        ),
      );
      expect(kindsOf(ends).toSorted()).toEqual(["MUTATION_ID_REUSED", "done"]);
    }
  });
});

describe("L5: a commit whose outcome is unknown", () => {
  test("is found out by a repeat: what is acknowledged is there once, whether it was lost or done", async ({
    world,
  }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"] });
    const { caller, wire, close } = await onWire(world, org.owner.token);
    const fates = { lost: 0, unanswered: 0 };
    let commits = 0;
    wire.fate = (sent) => {
      if (!isCommit(sent)) return undefined;
      commits += 1;
      const fate = ([undefined, "lost", undefined, "unanswered"] as const)[commits % 4];
      if (fate) fates[fate] += 1;
      return fate;
    };
    const acknowledged = await Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        const titles: string[] = [];
        for (let turn = 0; turn < 20; turn += 1) {
          const title = `${writer}.${turn}`;
          await caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title });
          titles.push(title);
        }
        return titles;
      }),
    );
    await close();
    expect(fates.lost).toBeGreaterThan(5);
    expect(fates.unanswered).toBeGreaterThan(5);
    expect(await titlesOn(world, board)).toEqual(acknowledged.flat().toSorted());
    expect(await versionOf(world.db, board.id)).toBe(120);
  });

  test("ends nothing when backends are killed under load: every acknowledged change is there once", async ({
    world,
  }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"] });
    const { caller } = await signedIn(world.otherServices(), org.owner.token);
    const acknowledged: string[] = [];
    let isOver = false;
    const writing = Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let turn = 0; turn < 25; turn += 1) {
          const title = `${writer}.${String(turn).padStart(2, "0")}`;
          await caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title });
          acknowledged.push(title);
        }
      }),
    ).finally(() => {
      isOver = true;
    });
    let killed = 0;
    // Whenever another few are acknowledged, so that none is killed without end.
    for (let next = 4; !isOver; next = acknowledged.length + 4) {
      await until(() => isOver || acknowledged.length >= next);
      const rows = await world.db.execute(sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' limit 1`);
      killed += rows.length;
    }
    await writing;
    expect(killed).toBeGreaterThan(10);
    await until(async () => (await titlesOn(world, board).catch(() => [])).length > 0);
    expect(await titlesOn(world, board)).toEqual(acknowledged.toSorted());
    const { tasks } = await org.owner.caller.boards.get({ boardId: board.id });
    expect(tasks.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(range(1, 150));
  });
});

test("L3: a deadlock is tried again and nobody sees it", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"] });
  const deadlocks = async () => {
    await world.db.execute(sql`select pg_stat_force_next_flush(), pg_stat_clear_snapshot()`);
    const [row] = await world.db.execute<{ deadlocks: string }>(
      sql`select deadlocks from pg_stat_database where datname = current_database()`,
    );
    return Number(row?.deadlocks);
  };
  const before = await deadlocks();
  // Locks in the wrong order, as no code of ours does, and with the patience to let the other one be the victim.
  const created = await world.db.transaction(async (tx) => {
    await tx.execute(sql`set local deadlock_timeout = '60s'`);
    await tx.execute(sql`select 1 from project where id = ${board.projectId}::uuid for update`);
    const creating = org.owner.caller.tasks.create({
      boardId: board.id,
      columnId: board.column("Todo"),
      title: "Once",
    });
    for (let waiting = 0; waiting < 1;) {
      const [row] = await tx.execute<{ waiting: number }>(sql`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`);
      waiting = row?.waiting ?? 0;
    }
    await tx.execute(sql`select 1 from stream where id = ${board.id}::uuid for update`);
    return [creating];
  });
  expect(await created[0]).toMatchObject({ title: "Once", number: 1, version: 1 });
  // A second one when the repeat gets to the stream before the one that waits for it is awake.
  expect(await deadlocks()).toBeGreaterThan(before);
  expect(await titlesOn(world, board)).toEqual(["Once"]);
});
