import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import type { AppServices } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { BOARD_ACTIONS } from "../../server/policy.ts";
import { appRouter } from "../../server/router.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { callByPath } from "../setup/by-path.ts";
import { whileHeld } from "../setup/held.ts";
import { versionOf } from "../setup/log.ts";
import { kindsOf } from "../setup/refusal.ts";
import { rewinder } from "../setup/rewind.ts";
import { type Person, signedIn, test as base, type World } from "../setup/world.ts";

// Commands that come late: another transaction holds the board's stream when they start, and changes what they would
// decide on before they get it (rules L4 and L5).

/** A board with something of everything, and somebody who manages it as a guest of the organisation. */
async function createScene(world: World) {
  const org = await world.org();
  const board = await org.board({
    columns: ["Todo", "Done", "Shelf"],
    tasks: ["Task", "Archived", "Other", "Trashed"],
  });
  const { caller } = org.owner;
  const boardId = board.id;
  await caller.tasks.archive({ boardId, taskId: board.task("Archived") });
  await caller.tasks.delete({ boardId, taskIds: [board.task("Trashed")] });
  const { id: labelId } = await caller.labels.create({ boardId, name: "Label", color: "red" });
  const way = await caller.transitions.create({ boardId, name: "Way", toColumnId: board.column("Todo") });
  const taskId = board.task("Task");
  const weekly = { rule: "FREQ=WEEKLY", startsOn: "2026-01-05", timeZone: "UTC" };
  const ofProject = { orgId: org.id, projectId: board.projectId };
  const plan = await caller.plans.create({ ...ofProject, kind: "sprint", name: "Sprint" });
  const recurring = await caller.recurrences.create({ boardId, taskId, columnId: board.column("Todo"), ...weekly });
  const { version } = await caller.tasks.update({ boardId, taskId, description: "Text" });
  await caller.tasks.update({ boardId, taskId, description: "" });
  const { id: checklistId } = await caller.checklists.create({ boardId, taskId, name: "First" });
  const { id: otherChecklistId } = await caller.checklists.create({ boardId, taskId, name: "Second" });
  const { id: itemId } = await caller.checkItems.create({ boardId, taskId, checklistId, text: "Item" });
  const blocks = { name: "blocks", otherTaskId: board.task("Other") } as const;
  const { id: relationId } = await caller.relations.create({ boardId, taskId, ...blocks });
  const manager = await board.as("manager");
  const at = { boardId, taskId };
  const { id: commentId } = await manager.caller.comments.create({ ...at, text: "Early" });
  await manager.caller.comments.react({ ...at, commentId, emoji: "👍" });
  const own = await manager.caller.tasks.update({ boardId, taskId: board.task("Other"), priority: "high" });
  const attachment = await attachFile(world, manager, { at, body: pieces("File") });
  const hour = { startedAt: "2026-03-02T09:00:00.000Z", stoppedAt: "2026-03-02T10:00:00.000Z" };
  const entry = await manager.caller.time.create({ ...at, ...hour });
  const other = await org.board();
  await caller.boards.share({ boardId: other.id, userId: manager.id, role: "editor" });
  const [guest, colleague] = await Promise.all([board.as("viewer"), org.as("member")]);
  return {
    world,
    org,
    boardId,
    manager,
    labelId,
    transitionId: way.id,
    recurrenceId: recurring.id,
    planId: plan.id,
    commentId,
    attachmentId: attachment.id,
    entryId: entry.id,
    taskId,
    version,
    ownVersion: own.version,
    checklistId,
    otherChecklistId,
    itemId,
    relationId,
    otherTaskId: board.task("Other"),
    archivedTaskId: board.task("Archived"),
    trashedTaskId: board.task("Trashed"),
    todo: board.column("Todo"),
    done: board.column("Done"),
    shelf: board.column("Shelf"),
    toBoardId: other.id,
    toColumnId: other.column("Todo"),
    guestId: guest.id,
    colleagueId: colleague.id,
  };
}
type Scene = Awaited<ReturnType<typeof createScene>>;

/** One scene for all tests: each finds it as it was made. */
const test = base.extend<{ $file: { made: { scene: Scene; rewind: () => Promise<void> } }; $test: { scene: Scene } }>({
  made: [
    async ({ world }, use) => {
      const scene = await createScene(world);
      await use({ scene, rewind: await rewinder(world) });
    },
    { scope: "file" },
  ],
  scene: async ({ made }, use) => {
    await use(made.scene);
    await made.rewind();
  },
});

interface LateCommand {
  readonly input: (scene: Scene) => object;
  /** What the command needs to have been done before. */
  readonly prepare?: (scene: Scene) => Promise<unknown>;
  /** The command puts a task into the first column. */
  readonly fills?: true;
}

const COMMANDS: Record<string, LateCommand> = {
  "tasks.create": { input: ({ todo }) => ({ columnId: todo, title: "Late" }), fills: true },
  "tasks.update": { input: ({ taskId }) => ({ taskId, title: "Late" }) },
  "tasks.move": {
    prepare: ({ org, boardId, taskId, done }) => org.owner.caller.tasks.move({ boardId, taskId, columnId: done }),
    input: ({ taskId, todo }) => ({ taskId, columnId: todo, after: null }),
    fills: true,
  },
  "tasks.archive": { input: ({ taskId }) => ({ taskId }) },
  "tasks.restore": { input: ({ archivedTaskId }) => ({ taskId: archivedTaskId }), fills: true },
  "tasks.bulkUpdate": { input: ({ taskId }) => ({ taskIds: [taskId], priority: "high" }) },
  "tasks.bulkMove": {
    prepare: ({ org, boardId, taskId, done }) => org.owner.caller.tasks.move({ boardId, taskId, columnId: done }),
    input: ({ taskId, todo }) => ({ taskIds: [taskId], columnId: todo, after: null }),
    fills: true,
  },
  "tasks.bulkArchive": { input: ({ taskId }) => ({ taskIds: [taskId] }) },
  "tasks.bulkRestore": { input: ({ archivedTaskId }) => ({ taskIds: [archivedTaskId] }), fills: true },
  "tasks.moveToBoard": {
    input: ({ taskId, toBoardId, toColumnId }) => ({ taskId, toBoardId, columnId: toColumnId }),
  },
  "tasks.copy": { input: ({ taskId, todo }) => ({ taskId, columnId: todo }), fills: true },
  "changes.undo": { input: ({ ownVersion }) => ({ version: ownVersion }) },
  "tasks.delete": { input: ({ taskId }) => ({ taskIds: [taskId] }) },
  "trash.restore": { input: ({ trashedTaskId }) => ({ taskIds: [trashedTaskId] }), fills: true },
  "trash.delete": { input: ({ trashedTaskId }) => ({ taskIds: [trashedTaskId] }) },
  "tasks.restoreDescription": { input: ({ taskId, version }) => ({ taskId, version }) },
  "checklists.create": { input: ({ taskId }) => ({ taskId, name: "Late" }) },
  "checklists.update": { input: ({ taskId, checklistId }) => ({ taskId, checklistId, name: "Late" }) },
  "checklists.move": { input: ({ taskId, checklistId }) => ({ taskId, checklistId }) },
  "checklists.delete": { input: ({ taskId, checklistId }) => ({ taskId, checklistId }) },
  "checkItems.create": { input: ({ taskId, checklistId }) => ({ taskId, checklistId, text: "Late" }) },
  "checkItems.update": { input: ({ taskId, itemId }) => ({ taskId, itemId, state: "done" }) },
  "checkItems.move": {
    input: ({ taskId, itemId, otherChecklistId: checklistId }) => ({ taskId, itemId, checklistId }),
  },
  "checkItems.convert": { input: ({ taskId, itemId, todo }) => ({ taskId, itemId, columnId: todo }), fills: true },
  "checkItems.delete": { input: ({ taskId, itemId }) => ({ taskId, itemId }) },
  "columns.create": { input: ({ todo }) => ({ name: "Late", after: todo }) },
  "columns.update": { input: ({ todo }) => ({ columnId: todo, name: "Late", wipLimit: 7 }) },
  "columns.move": { input: ({ shelf }) => ({ columnId: shelf, after: null }) },
  "columns.archive": { input: ({ shelf }) => ({ columnId: shelf }) },
  "columns.restore": {
    prepare: ({ org, boardId, shelf }) => org.owner.caller.columns.archive({ boardId, columnId: shelf }),
    input: ({ shelf }) => ({ columnId: shelf }),
  },
  "labels.create": { input: () => ({ name: "Late", color: "blue" }) },
  "labels.update": { input: ({ labelId }) => ({ labelId, name: "Late" }) },
  "labels.delete": { input: ({ labelId }) => ({ labelId }) },
  "transitions.create": { input: ({ todo }) => ({ name: "Late", toColumnId: todo }) },
  "transitions.update": { input: ({ transitionId }) => ({ transitionId, name: "Late" }) },
  "transitions.delete": { input: ({ transitionId }) => ({ transitionId }) },
  "plans.setTasks": { input: ({ taskId, planId }) => ({ taskIds: [taskId], kind: "sprint", planId }) },
  "recurrences.create": {
    input: ({ taskId, todo }) => ({
      taskId,
      columnId: todo,
      rule: "FREQ=DAILY",
      startsOn: "2026-01-05",
      time: "00:00",
      timeZone: "UTC",
      mode: "schedule",
      dueAfterDays: 0,
    }),
  },
  "recurrences.update": { input: ({ recurrenceId }) => ({ recurrenceId, rule: "FREQ=DAILY" }) },
  "recurrences.pause": { input: ({ recurrenceId }) => ({ recurrenceId }) },
  "recurrences.resume": {
    prepare: ({ org, boardId, recurrenceId }) => org.owner.caller.recurrences.pause({ boardId, recurrenceId }),
    input: ({ recurrenceId }) => ({ recurrenceId }),
  },
  "recurrences.delete": { input: ({ recurrenceId }) => ({ recurrenceId }) },
  "time.start": { input: ({ taskId }) => ({ taskId }) },
  "time.stop": {
    prepare: ({ manager, boardId, taskId }) => manager.caller.time.start({ boardId, taskId }),
    input: () => ({}),
  },
  "time.create": {
    input: ({ taskId }) => ({ taskId, startedAt: "2026-03-03T09:00:00.000Z", stoppedAt: "2026-03-03T10:00:00.000Z" }),
  },
  "time.update": { input: ({ entryId }) => ({ entryId, note: "Late" }) },
  "time.delete": { input: ({ entryId }) => ({ entryId }) },
  "archives.exportBoard": { input: () => ({}) },
  "attachments.create": { input: ({ taskId }) => ({ taskId, name: "late.txt" }) },
  "attachments.update": { input: ({ attachmentId }) => ({ attachmentId, name: "late.txt" }) },
  "attachments.delete": { input: ({ attachmentId }) => ({ attachmentId }) },
  "relations.create": { input: ({ taskId, otherTaskId }) => ({ taskId, name: "relates", otherTaskId }) },
  "relations.delete": { input: ({ taskId, relationId }) => ({ taskId, relationId }) },
  "comments.create": { input: ({ taskId, commentId }) => ({ taskId, parentId: commentId, text: "Late" }) },
  "comments.update": { input: ({ taskId, commentId }) => ({ taskId, commentId, text: "Late" }) },
  "comments.delete": { input: ({ taskId, commentId }) => ({ taskId, commentId }) },
  "comments.react": { input: ({ taskId, commentId }) => ({ taskId, commentId, emoji: "🎉" }) },
  "comments.unreact": { input: ({ taskId, commentId }) => ({ taskId, commentId, emoji: "👍" }) },
  "boards.applyChanges": {
    input: ({ todo, taskId }) => ({
      changes: [
        { procedure: "tasks.create", columnId: todo, title: "Late" },
        { procedure: "tasks.update", taskId, title: "Late" },
      ],
    }),
  },
  "boards.update": { input: () => ({ name: "Late", visibility: "private" }) },
  "boards.setLanes": { input: () => ({ laneBy: "label" }) },
  "boards.archive": { input: () => ({}) },
  "boards.restore": {
    prepare: ({ org, boardId }) => org.owner.caller.boards.archive({ boardId }),
    input: () => ({}),
  },
  "boards.share": { input: ({ colleagueId }) => ({ userId: colleagueId, role: "viewer" }) },
  "boards.unshare": { input: ({ guestId }) => ({ userId: guestId }) },
  "boards.delete": { input: () => ({}) },
};

/** Everything that a command could have written. */
async function contentOf({ world, boardId }: Scene): Promise<unknown> {
  const [row] = await world.db.execute<{ content: unknown }>(sql`
    select json_build_array((select json_agg(x) from board x where id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from board_column x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from label x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from task x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from comment x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.version) from comment_reaction x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from checklist x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from check_item x where board_id = ${boardId}::uuid),
      (select json_agg(x order by x.id) from task_relation x where from_board_id = ${boardId}::uuid),
      (select version from stream where id = ${boardId}::uuid)) as content`);
  return row?.content;
}

function late(it: Scene, path: string, command: LateCommand, mutationId: string = newId()): () => Promise<unknown> {
  return () => callByPath(it.manager, path, { boardId: it.boardId, ...command.input(it), mutationId });
}

/** Removes somebody from the organisation and the board, as the rows say it. */
async function remove(tx: Db, { org, boardId }: Scene, person: Person): Promise<void> {
  const who = sql`user_id = ${person.id}::uuid`;
  await tx.execute(sql`delete from board_member where board_id = ${boardId}::uuid and ${who}`);
  await tx.execute(sql`delete from membership where org_id = ${org.id}::uuid and ${who}`);
}

/** A command that is refused changes nothing. */
async function refusedWhile(
  it: Scene,
  path: string,
  command: LateCommand,
  change: (tx: Db, it: Scene) => Promise<unknown>,
): Promise<string[]> {
  await command.prepare?.(it);
  const before = await contentOf(it);
  const ends = await whileHeld(it.world.db, { streamId: it.boardId, change: (tx) => change(tx, it) }, [
    late(it, path, command),
  ]);
  expect(await contentOf(it)).toEqual(before);
  return kindsOf(ends);
}

test("every change of a board is tried late", () => {
  const Definition = z.object({ type: z.string(), meta: z.object({ action: z.enum(BOARD_ACTIONS) }) });
  const mutations = Object.entries<unknown>(appRouter._def.procedures).flatMap(([path, procedure]) => {
    const definition = Definition.safeParse(Reflect.get(Object(procedure), "_def"));
    return definition.data?.type === "mutation" ? [path] : [];
  });
  expect(Object.keys(COMMANDS).toSorted()).toEqual(mutations.toSorted());
});

describe("L4: a command that waited while its author", () => {
  for (const [path, command] of Object.entries(COMMANDS)) {
    test(`was removed is refused: ${path}`, async ({ scene }) => {
      const kinds = await refusedWhile(scene, path, command, (tx, it) => remove(tx, it, it.manager));
      expect(kinds).toEqual(["BOARD_NOT_FOUND"]);
    });

    test(`became a viewer is refused: ${path}`, async ({ scene }) => {
      const demote = (tx: Db, { boardId, manager }: Scene) =>
        tx.execute(sql`
          update board_member set role = 'viewer'
          where board_id = ${boardId}::uuid and user_id = ${manager.id}::uuid`);
      expect(await refusedWhile(scene, path, command, demote)).toEqual(["ACTION_FORBIDDEN"]);
    });
  }
});

describe("L4: a command that waited while its column was filled", () => {
  for (const [path, command] of Object.entries(COMMANDS).filter(([, { fills }]) => fills)) {
    test(`is refused: ${path}`, async ({ world, scene: it }) => {
      await command.prepare?.(it);
      await it.org.owner.caller.columns.update({ boardId: it.boardId, columnId: it.todo, wipLimit: 2 });
      const fill = async (tx: Db) => {
        for (const number of [101, 102]) {
          await tx.execute(sql`
            insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
              assignee_names, state, version, created_by, created_at, updated_at)
            select ${newId()}::uuid, org_id, project_id, board_id, ${it.todo}::uuid, ${number}::int, 'z' || ${number}::text,
              'Filler', '', 'none', '{}', 'open', version, created_by, created_at, updated_at
            from task where id = ${it.taskId}::uuid`);
        }
      };
      const ends = await whileHeld(world.db, { streamId: it.boardId, change: fill }, [late(it, path, command)]);
      expect(kindsOf(ends)).toEqual(["WIP_LIMIT_REACHED"]);
    });
  }
});

describe("L5: a command that waited while its repeat was done", () => {
  for (const [path, command] of Object.entries(COMMANDS).filter(([name]) => name !== "boards.delete")) {
    test(`is answered as a repeat: ${path}`, async ({ world, scene: it }) => {
      await command.prepare?.(it);
      const mutationId = newId();
      // Done for real; then what was remembered of it is taken away, and comes back while the late one waits.
      const answer = await late(it, path, command, mutationId)();
      const [remembered] = await world.db.execute<{ row: unknown }>(
        sql`delete from mutation where id = ${mutationId}::uuid returning to_json(mutation) as row`,
      );
      const before = await contentOf(it);
      const remember = async (tx: Db) => {
        await tx.execute(sql`
          insert into mutation select * from json_populate_record(null::mutation, ${JSON.stringify(remembered?.row)}::json)`);
        await remove(tx, it, it.manager);
      };
      const ends = await whileHeld(world.db, { streamId: it.boardId, change: remember }, [
        late(it, path, command, mutationId),
      ]);
      expect(ends).toEqual([{ status: "fulfilled", value: answer }]);
      expect(await contentOf(it)).toEqual(before);
    });
  }

  for (const [path, command] of Object.entries(COMMANDS)) {
    test(`in another process, or waited with it, is done once: ${path}`, async ({ world, scene: it }) => {
      await command.prepare?.(it);
      const before = await versionOf(world.db, it.boardId);
      const mutationId = newId();
      const elsewhere = { ...it.manager, ...(await signedIn(otherProcess(world), it.manager.token)) };
      // One of each process waits for the lock; the second of this one for its turn.
      const commands = [it, { ...it, manager: elsewhere }].map((who) => late(who, path, command, mutationId));
      const second: Promise<unknown>[] = [];
      const ends = await whileHeld(
        world.db,
        { streamId: it.boardId, change: async () => second.push(late(it, path, command, mutationId)()) },
        commands,
      );
      ends.push(...(await Promise.allSettled(second)));
      expect(new Set(ends.map((end) => JSON.stringify(end, inOrder))).size).toBe(1);
      expect(kindsOf(ends)).toEqual(["done", "done", "done"]);
      // What only says where a file may go, or reads a board later, changes none.
      const changes =
        {
          "archives.exportBoard": 0,
          "boards.applyChanges": 2,
          "tasks.moveToBoard": 2,
          "checkItems.convert": 2,
          "attachments.create": 0,
        }[path] ?? 1;
      expect(await versionOf(world.db, it.boardId)).toBe(path === "boards.delete" ? 0 : before + changes);
    });
  }
});

const otherProcesses = new WeakMap<World, AppServices>();

/** One more process for all tests of this file. */
function otherProcess(world: World): AppServices {
  const services = otherProcesses.get(world) ?? world.otherServices();
  otherProcesses.set(world, services);
  return services;
}

/** The database keeps an answer's keys in an order of its own. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

test("L4: a member who is removed while their command is under way has done it before, or is refused", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  for (let round = 0; round < 12; round += 1) {
    const member = await org.another("member");
    const before = await versionOf(world.db, board.id);
    const [removed, ...written] = await Promise.allSettled([
      org.owner.caller.members.remove({ orgId: org.id, userId: member.id }),
      ...Array.from({ length: 3 }, (_, turn) =>
        member.caller.tasks.update({ boardId: board.id, taskId: board.task("Draft"), title: `${round}.${turn}` }),
      ),
    ]);
    expect(removed?.status).toBe("fulfilled");
    const kinds = kindsOf(written);
    expect(kinds.filter((kind) => kind !== "done" && kind !== "BOARD_NOT_FOUND")).toEqual([]);
    expect(await versionOf(world.db, board.id)).toBe(before + kinds.filter((kind) => kind === "done").length);
    // What was written was written before the removal, by the number that events carry for it (L14).
    const [row] = await world.db.execute<{ late: string }>(sql`
      select count(*) as late from event e join org o on o.id = ${org.id}::uuid
      where e.stream_id = ${board.id}::uuid and e.actor_id = ${member.id}::uuid and e.access_version >= o.access_version`);
    expect(row?.late).toBe("0");
  }
});
