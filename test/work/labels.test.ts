import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { LABEL_COLORS } from "../../db/enums.ts";
import { newId } from "../../server/core/ids.ts";
import { LABELS_PER_BOARD } from "../../server/domains/work/labels.service.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

describe("a label", () => {
  test("is created with a name and a colour, and the board's watchers hear of it", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board();
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.labels.create({ boardId, name: " Bug ", color: "red", mutationId }),
    );
    expect(answer).toMatchObject({ boardId, name: "Bug", color: "red", version: 1 });
    expect(announced).toEqual([{ on: "board", type: "label.created", version: 1, data: { label: answer } }]);
    expect((await owner.caller.boards.get({ boardId })).labels).toEqual([answer]);
  });

  test("may be a colour alone, of any colour, and two may be alike", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const { id: boardId } = await org.board();
    for (const color of [...LABEL_COLORS, "red"] as const) {
      expect(await caller.labels.create({ boardId, name: "  ", color })).toMatchObject({ name: "", color });
    }
    const { labels } = await caller.boards.get({ boardId });
    expect(labels).toHaveLength(12);
    expect(labels.map(({ id }) => id)).toEqual(labels.map(({ id }) => id).toSorted());
  });

  test("is renamed and recoloured; what it has already changes nothing", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { id: boardId } = await org.board();
    const { id: labelId } = await owner.caller.labels.create({ boardId, name: "Bug", color: "red" });
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.labels.update({ boardId, labelId, name: "Fault", color: "orange", mutationId }),
    );
    expect(answer).toEqual({ id: labelId, boardId, name: "Fault", color: "orange", version: 2 });
    expect(announced).toEqual([{ on: "board", type: "label.updated", version: 2, data: { label: answer } }]);
    const { caller } = owner;
    for (const same of [{}, { name: "Fault" }, { color: "orange" }] as const) {
      expect(await idle(world.db, () => caller.labels.update({ boardId, labelId, ...same }))).toEqual(answer);
    }
    expect(await caller.labels.update({ boardId, labelId, name: "" })).toMatchObject({ name: "", color: "orange" });
  });

  test("that is deleted goes from every task that had it, whether in sight or not", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ columns: ["Todo", "Old"], tasks: ["One", "Two", "Three"] });
    const boardId = board.id;
    const { caller } = owner;
    const { id: bug } = await caller.labels.create({ boardId, name: "Bug", color: "red" });
    const { id: other } = await caller.labels.create({ boardId, name: "Other", color: "blue" });
    const ids = ["One", "Two", "Three"].map(board.task);
    for (const taskId of ids) await caller.tasks.update({ boardId, taskId, labelIds: [other, bug] });
    await caller.tasks.archive({ boardId, taskId: board.task("Two") });
    await caller.tasks.move({ boardId, taskId: board.task("Three"), columnId: board.column("Old") });
    await caller.columns.archive({ boardId, columnId: board.column("Old") });

    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      caller.labels.delete({ boardId, labelId: bug, mutationId }),
    );
    expect(answer).toBeNull();
    expect(announced).toMatchObject([{ on: "board", type: "label.deleted", data: { labelId: bug } }]);
    const { items } = await caller.tasks.list({ boardId });
    expect(items.map(({ labelIds }) => labelIds)).toEqual([[other], [other], [other]]);
    const snapshot = await caller.boards.get({ boardId });
    expect(snapshot.labels.map(({ id }) => id)).toEqual([other]);
    expect(snapshot.tasks).toMatchObject([{ id: board.task("One"), labelIds: [other] }]);
    expect(await refusedIdle(world.db, () => caller.labels.delete({ boardId, labelId: bug }))).toBe("LABEL_NOT_FOUND");
  });

  test("has the id that its client gives it, once over all boards", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const grounds = [
      { caller: org.owner.caller, boardId: (await org.board()).id },
      { caller: other.owner.caller, boardId: (await other.board()).id },
    ];
    const create = (id: string) =>
      grounds.map(
        ({ caller, boardId }) =>
          () =>
            caller.labels.create({ boardId, id, name: "Bug", color: "red" }),
      );
    const id = newId();
    const [here, there] = create(id);
    expect(await here?.()).toMatchObject({ id });
    for (const again of [here, there]) expect(await refusedIdle(world.db, async () => again?.())).toBe("ID_TAKEN");
    const racing = create(newId());
    const ends = await Promise.allSettled([...racing, ...racing].map((call) => call()));
    expect(kindsOf(ends).toSorted()).toEqual(["ID_TAKEN", "ID_TAKEN", "ID_TAKEN", "done"]);
  });

  test("does not fit on a board that is full", async ({ world }) => {
    const org = await world.org();
    const { id: boardId } = await org.board();
    await world.db.execute(sql`
      insert into label (id, org_id, board_id, name, color, version)
      select gen_random_uuid(), ${org.id}::uuid, ${boardId}::uuid, 'Label', 'red', 0
      from generate_series(1, ${LABELS_PER_BOARD - 1}::int)`);
    const create = () => org.owner.caller.labels.create({ boardId, name: "Bug", color: "red" });
    expect(kindsOf(await Promise.allSettled([create(), create()])).toSorted()).toEqual(["BOARD_FULL", "done"]);
    expect(await refusedIdle(world.db, create)).toBe("BOARD_FULL");
    const { labels } = await org.owner.caller.boards.get({ boardId });
    await org.owner.caller.labels.delete({ boardId, labelId: labels[0]?.id ?? "" });
    expect(await create()).toMatchObject({ name: "Bug" });
  });
});
