import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { test } from "../setup/world.ts";

test("managers say by what a board is cut into lanes, and everybody who looks at it hears", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const { id: boardId, projectId } = await org.board();
  const set = (laneBy: string | null) => owner.caller.boards.setLanes({ boardId, laneBy });
  expect((await owner.caller.boards.get({ boardId })).laneBy).toBeNull();
  const done = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.boards.setLanes({ boardId, laneBy: "assignee", mutationId }),
  );
  expect(done.answer).toEqual({ laneBy: "assignee" });
  expect(done.announced).toMatchObject([{ on: "board", type: "board.lanes-set", data: { laneBy: "assignee" } }]);
  await idle(world.db, () => set("assignee"));
  expect((await owner.caller.boards.get({ boardId })).laneBy).toBe("assignee");
  const of = { orgId: org.id, projectId };
  const { id: fieldId } = await owner.caller.fields.create({ ...of, name: "Customer", kind: "text" });
  expect(await set(fieldId)).toEqual({ laneBy: fieldId });
  expect(await refusedIdle(world.db, () => set(newId()))).toBe("FIELD_NOT_FOUND");
  expect(await refusedIdle(world.db, () => set("colour"))).toBe("INPUT_INVALID");
  expect(await set(null)).toEqual({ laneBy: null });
});
