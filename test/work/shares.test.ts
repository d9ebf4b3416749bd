import { describe, expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

describe("sharing a board", () => {
  test("gives a guest a role there, and another role later", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const guest = await org.as("guest");
    const { id: boardId } = await org.board();
    const { board } = await owner.caller.boards.get({ boardId });
    const roles = ["viewer", "manager", "commenter", "editor"] as const;
    for (const [index, role] of roles.entries()) {
      const share = { boardId, userId: guest.id, role };
      const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
        owner.caller.boards.share({ ...share, mutationId }),
      );
      expect(answer).toEqual({ userId: guest.id, name: guest.name, role });
      const shared = { on: "board", type: "board.shared", version: index + 1, data: { member: answer } };
      const received = { on: "inbox", to: guest.id, type: "share.received", data: { board, role } };
      expect(announced).toMatchObject([shared, received]);
      expect(await idle(world.db, () => owner.caller.boards.share(share))).toEqual(answer);
      expect((await owner.caller.boards.get({ boardId })).members).toContainEqual(answer);
      expect(await guest.caller.boards.access({ boardId })).toMatchObject({ role });
    }
  });

  test("is with members of the organisation only", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const { id: boardId } = await org.board();
    for (const userId of [other.owner.id, newId()]) {
      const share = () => org.owner.caller.boards.share({ boardId, userId, role: "viewer" });
      const unshare = () => org.owner.caller.boards.unshare({ boardId, userId });
      expect(await refusedIdle(world.db, share)).toBe("MEMBER_NOT_FOUND");
      expect(await refusedIdle(world.db, unshare)).toBe("MEMBER_NOT_FOUND");
    }
  });

  test("ends for a guest, who is out at once", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board();
    const guest = await board.as("editor");
    const unshare = { boardId: board.id, userId: guest.id };
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.unshare({ ...unshare, mutationId }),
    );
    expect(answer).toBeNull();
    const data = { userId: guest.id, member: null };
    expect(announced).toMatchObject([
      { on: "board", type: "board.unshared", version: 2, data },
      { on: "inbox", to: guest.id, type: "share.withdrawn", data: { boardId: board.id } },
    ]);
    expect(await refusal(guest.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
    const { members } = await owner.caller.boards.get({ boardId: board.id });
    expect(members.map(({ userId }) => userId)).toEqual([owner.id]);
    expect(await refusedIdle(world.db, () => owner.caller.boards.unshare(unshare))).toBe("MEMBER_NOT_FOUND");
  });

  test("ends for somebody who is assigned: the board goes on knowing them, without a role", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const board = await org.board({ tasks: ["Task"] });
    const guest = await board.as("viewer");
    const target = { boardId: board.id, taskId: board.task("Task") };
    await owner.caller.tasks.update({ ...target, assigneeIds: [guest.id] });
    const { announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.boards.unshare({ boardId: board.id, userId: guest.id, mutationId }),
    );
    const member = { userId: guest.id, name: guest.name, role: null };
    expect(announced).toMatchObject([
      { type: "board.unshared", data: { userId: guest.id, member } },
      { to: guest.id, type: "share.withdrawn" },
    ]);
    expect((await owner.caller.boards.get({ boardId: board.id })).members).toContainEqual(member);
    expect(await refusal(guest.caller.boards.get({ boardId: board.id }))).toBe("BOARD_NOT_FOUND");
    expect((await guest.caller.boards.list({ orgId: org.id })).items).toEqual([]);
    expect((await guest.caller.projects.list({ orgId: org.id })).items).toEqual([]);
    expect((await owner.caller.tasks.get(target)).assigneeIds).toEqual([guest.id]);
    // Assigned as they are they stay so, and once off the task they are nobody whom it could be given.
    expect(await owner.caller.tasks.update({ ...target, title: "T", assigneeIds: [guest.id] })).toMatchObject({
      assigneeIds: [guest.id],
    });
    await owner.caller.tasks.update({ ...target, assigneeIds: [] });
    const assign = () => owner.caller.tasks.update({ ...target, assigneeIds: [guest.id] });
    expect(await refusedIdle(world.db, assign)).toBe("ASSIGNEE_NOT_FOUND");
  });

  test("again gives the role back to somebody who is known without one", async ({ world }) => {
    const org = await world.org();
    const { caller } = org.owner;
    const board = await org.board({ tasks: ["Task"] });
    const member = await org.as("member");
    await caller.tasks.update({ boardId: board.id, taskId: board.task("Task"), assigneeIds: [member.id] });
    const known = async () => (await caller.boards.get({ boardId: board.id })).members;
    expect(await known()).toContainEqual({ userId: member.id, name: member.name, role: null });
    const unshare = () => caller.boards.unshare({ boardId: board.id, userId: member.id });
    expect(await refusedIdle(world.db, unshare)).toBe("MEMBER_NOT_FOUND");
    await caller.boards.share({ boardId: board.id, userId: member.id, role: "manager" });
    expect(await known()).toContainEqual({ userId: member.id, name: member.name, role: "manager" });
    expect(await member.caller.boards.access({ boardId: board.id })).toMatchObject({ role: "manager" });
  });
});
