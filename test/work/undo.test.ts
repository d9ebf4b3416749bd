import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { Card } from "../../server/domains/work/tasks.contract.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import type { BoardEvent } from "../../server/events.ts";
import { versionOf } from "../setup/log.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { test, type World } from "../setup/world.ts";

// Undo takes a board back to what it was, and redo to what it was before that, or says what somebody has changed since.

async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Few", "Done"], tasks: ["A", "B", "C", "D"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const { id: labelId } = await caller.labels.create({ boardId, name: "Label", color: "red" });
  const person = await org.as("member");
  const ofProject = { orgId: org.id, projectId: (await caller.boards.get({ boardId })).board.projectId };
  const { id: words } = await caller.fields.create({ ...ofProject, name: "Words", kind: "text" });
  const { id: reviewer } = await caller.fields.create({ ...ofProject, name: "Reviewer", kind: "person" });
  const at = (title: string) => ({ boardId, taskId: board.task(title) });
  const many = (...titles: string[]) => ({ boardId, taskIds: titles.map((title) => board.task(title)) });
  await caller.tasks.update({
    ...at("A"),
    description: "Before",
    labelIds: [labelId],
    dueOn: "2026-05-01",
    timeZone: "UTC",
    fields: { [words]: "Old" },
  });
  const undo = (version: number) => caller.changes.undo({ boardId, version });
  return { org, board, boardId, caller, labelId, person, words, reviewer, at, many, undo };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** The tasks of a board but for what every change changes; archived ones too. */
async function contentOf({ caller, boardId, at }: Scene) {
  const bare = ({ version: _v, updatedAt: _u, ...card }: Card) => card;
  const { tasks } = await caller.boards.get({ boardId });
  const { items } = await caller.tasks.list({ boardId, state: "archived" });
  const { description } = await caller.tasks.get(at("A"));
  const trash = (await caller.trash.list({ boardId })).items.map(({ task }) => task.id);
  return { tasks: tasks.map(bare), archived: items.map(({ title }) => title), description, trash };
}

const CHANGES: Record<string, (it: Scene) => Promise<unknown>> = {
  "an edit": ({ caller, at, person, words, reviewer }) =>
    caller.tasks.update({
      ...at("A"),
      title: "New",
      description: "",
      labelIds: [],
      assigneeIds: [person.id],
      dueOn: null,
      estimate: 3,
      parentId: at("B").taskId,
      fields: { [words]: "New", [reviewer]: person.id },
    }),
  "an edit of many": ({ caller, many, labelId, person }) =>
    caller.tasks.bulkUpdate({
      ...many("A", "B"),
      priority: "low",
      removeLabelIds: [labelId],
      addAssigneeIds: [person.id],
    }),
  "a move": ({ caller, at, board }) => caller.tasks.move({ ...at("B"), columnId: board.column("Done") }),
  "a move within a column": ({ caller, at, board }) =>
    caller.tasks.move({ ...at("D"), columnId: board.column("Todo"), after: at("A").taskId }),
  "a move of many": ({ caller, many, board }) =>
    caller.tasks.bulkMove({ ...many("D", "A", "B"), columnId: board.column("Done") }),
  archiving: ({ caller, at }) => caller.tasks.archive(at("B")),
  "archiving many": ({ caller, many }) => caller.tasks.bulkArchive(many("C", "A")),
  deleting: ({ caller, many }) => caller.tasks.delete(many("C", "A")),
  creating: ({ caller, boardId, board, at }) =>
    caller.tasks.create({ boardId, columnId: board.column("Todo"), title: "New", after: at("A").taskId }),
};

describe("undone, redone and undone again is", () => {
  for (const [name, make] of Object.entries(CHANGES)) {
    test(name, async ({ world }) => {
      const it = await scene(world);
      const { boardId, caller, org, undo } = it;
      const [was, before] = [await caller.boards.get({ boardId }), await contentOf(it)];
      await make(it);
      const after = await contentOf(it);
      const made = await versionOf(world.db, boardId);
      const undone = await outcomeOf(world.db, org.owner, (mutationId) =>
        caller.changes.undo({ boardId, version: made, mutationId }),
      );
      expect(undone.announced).toHaveLength(1);
      const trash = name === "creating" ? after.tasks.filter(({ title }) => title === "New").map(({ id }) => id) : [];
      expect(await contentOf(it)).toEqual({ ...before, trash });
      const redone = await undo(undone.answer.version);
      expect(await contentOf(it)).toEqual(after);
      await undo(redone.version);
      expect(await contentOf(it)).toEqual({ ...before, trash });
      // Everybody's board was the database's all the time, and nobody was told what was another before.
      const { items } = await caller.changes.list({ boardId, limit: 4 });
      expect(items.map(({ version }) => version)).toEqual([made + 3, made + 2, made + 1, made]);
      const events = await readEvents(world.db, boardId, Number.parseInt(was.cursor, 10), 100);
      let state = was;
      for (const event of events) {
        const next = evolve(state, toEvent<BoardEvent>(event));
        if (typeof next === "string") throw new Error(`${event.type} is ${next}`);
        state = next;
        expect(event).not.toHaveProperty("replaced");
      }
      expect({ ...state, cursor: "" }).toEqual({ ...(await caller.boards.get({ boardId })), cursor: "" });
    });
  }
});

test("what somebody has changed since is not undone, and the refusal says what it is; the rest of a task may be", async ({
  world,
}) => {
  const it = await scene(world);
  const { org, board, boardId, caller, person, words, at, many, undo } = it;
  const theirs = person.caller;
  const { version } = await caller.tasks.update({ ...at("A"), title: "Mine", priority: "high" });
  await theirs.tasks.update({ ...at("A"), estimate: 5 });
  // A field is a thing of its own, as a title is.
  const set = await caller.tasks.update({ ...at("B"), title: "Mine", fields: { [words]: "Mine" } });
  await theirs.tasks.update({ ...at("B"), fields: { [words]: "Theirs" } });
  await expect(undo(set.version)).rejects.toMatchObject({
    conflicts: { [`fields.${words}`]: { yours: null, theirs: "Theirs" } },
  });
  // Somebody else's change is nobody's to undo but their own, and neither is what is none.
  expect(await refusedIdle(world.db, () => theirs.changes.undo({ boardId, version }))).toBe("CHANGE_NOT_FOUND");
  expect(await refusedIdle(world.db, () => undo(5))).toBe("CHANGE_NOT_FOUND");
  await undo(version);
  expect(await caller.tasks.get(at("A"))).toMatchObject({ title: "A", priority: "none", estimate: 5 });

  const edited = await caller.tasks.bulkUpdate({ ...many("A", "B"), priority: "low" });
  await theirs.tasks.update({ ...at("B"), priority: "urgent" });
  expect(await refusedIdle(world.db, () => undo(edited.version))).toBe("TASK_CHANGED");
  await expect(undo(edited.version)).rejects.toMatchObject({
    conflicts: { priority: { yours: "none", theirs: "urgent" } },
  });
  const moved = await caller.tasks.move({ ...at("C"), columnId: board.column("Few") });
  await theirs.tasks.move({ ...at("C"), columnId: board.column("Done") });
  await expect(undo(moved.version)).rejects.toMatchObject({
    kind: "TASK_CHANGED",
    conflicts: { columnId: { yours: board.column("Todo"), theirs: board.column("Done") } },
  });
  const archived = await caller.tasks.archive(at("D"));
  await theirs.tasks.restore(at("D"));
  await expect(undo(archived.version)).rejects.toMatchObject({ conflicts: { state: { theirs: "open" } } });

  // A place is given back, and a limit holds for it.
  const again = await caller.tasks.move({ ...at("D"), columnId: board.column("Few"), after: null });
  const away = await caller.tasks.move({ ...at("D"), columnId: board.column("Done") });
  await caller.columns.update({ boardId, columnId: board.column("Few"), wipLimit: 1 });
  await theirs.tasks.move({ ...at("A"), columnId: board.column("Few") });
  expect(await refusedIdle(world.db, () => undo(away.version))).toBe("WIP_LIMIT_REACHED");
  await theirs.tasks.move({ ...at("A"), columnId: board.column("Todo") });
  await undo(away.version);
  expect(await caller.tasks.get(at("D"))).toMatchObject({ columnId: board.column("Few"), rank: again.rank });

  // A week later it is past, and who may not any more is refused.
  await world.db.execute(sql`
    update event set at = at - interval '8 days' where stream_id = ${boardId}::uuid and version = ${again.version}::bigint`);
  expect(await refusedIdle(world.db, () => undo(again.version))).toBe("CHANGE_NOT_FOUND");
  const own = await theirs.tasks.update({ ...at("B"), title: "Theirs" });
  await org.owner.caller.members.setRole({ orgId: org.id, userId: person.id, role: "guest" });
  await caller.boards.share({ boardId, userId: person.id, role: "commenter" });
  expect(await refusedIdle(world.db, () => theirs.changes.undo({ boardId, version: own.version }))).toBe(
    "ACTION_FORBIDDEN",
  );
});
