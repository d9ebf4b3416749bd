import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { PRIORITIES } from "../../db/enums.ts";
import { AppError } from "../../server/core/app-error.ts";
import { toCard } from "../../server/domains/work/tasks.service.ts";
import { createIn, oneTask } from "../setup/one-task.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

describe("a task", () => {
  test("changes what is named and keeps the rest", async ({ world }) => {
    const org = await world.org();
    const { owner } = org;
    const { board, target, update } = await oneTask(org);
    const { id: labelId } = await owner.caller.labels.create({ boardId: board.id, name: "Bug", color: "red" });
    const patches = [
      { patch: { title: " Renamed " }, changes: { title: "Renamed" } },
      { patch: { description: "Text" }, changes: { hasDescription: true }, description: "Text" },
      { patch: { description: "Other" }, changes: {}, description: "Other" },
      { patch: { description: "" }, changes: { hasDescription: false }, description: "" },
      { patch: { priority: "high" }, changes: { priority: "high" } },
      { patch: { dueAt: "2030-01-01T01:00:00+02:00" }, changes: { dueAt: "2029-12-31T23:00:00.000Z" } },
      { patch: { dueAt: null }, changes: { dueAt: null } },
      { patch: { estimate: 0.29, coverColor: "sky" }, changes: { estimate: 0.29, coverColor: "sky" } },
      { patch: { estimate: 100_000, coverColor: null }, changes: { estimate: 100_000, coverColor: null } },
      { patch: { estimate: -0 }, changes: { estimate: 0 } },
      { patch: { estimate: null }, changes: { estimate: null } },
      { patch: { labelIds: [labelId] }, changes: { labelIds: [labelId] } },
      { patch: { labelIds: [] }, changes: { labelIds: [] } },
      { patch: { assigneeIds: [owner.id] }, changes: { assigneeIds: [owner.id] } },
      { patch: { assigneeIds: [] }, changes: { assigneeIds: [] } },
      { patch: { title: "All", priority: "low", labelIds: [] }, changes: { title: "All", priority: "low" } },
    ] as const;
    for (const { patch, changes, ...rest } of patches) {
      const before = await owner.caller.tasks.get(target);
      world.clock.advance(1_000);
      const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
        update(structuredClone({ ...patch, mutationId })),
      );
      const { version, updatedAt } = answer;
      expect(answer).toEqual({ ...before, ...changes, ...rest, version, updatedAt });
      expect(updatedAt > before.updatedAt).toBe(true);
      const newcomers = "assigneeIds" in changes ? changes.assigneeIds : [];
      const members = newcomers.map((userId) => ({ userId, name: owner.name, role: "manager" }));
      const left = before.assigneeIds.filter((userId) => !newcomers.some((newcomer) => newcomer === userId));
      const whoCame = "assigneeIds" in changes ? { assignedIds: newcomers, unassignedIds: left } : {};
      const data = { taskId: target.taskId, changes, ...rest, members, ...whoCame };
      expect(announced).toEqual([{ on: "board", type: "task.updated", version, data }]);
      expect(await owner.caller.tasks.get(target)).toEqual(answer);
      expect((await owner.caller.boards.get({ boardId: board.id })).tasks).toEqual([toCard(answer)]);
      expect(await idle(world.db, () => update(structuredClone(patch)))).toEqual(answer);
    }
  });

  test("that already is as it is told to be stays as it is", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const { id: labelId } = await org.owner.caller.labels.create({ boardId: target.boardId, name: "", color: "red" });
    const [member, dueAt] = [await org.as("member"), "2030-01-01T00:00:00.000Z"];
    const ids = { assigneeIds: [org.owner.id, member.id], labelIds: [labelId] };
    const task = await update({ description: "Text", priority: "low", dueAt, ...ids });
    const same = [
      {},
      { title: "  Task" },
      { description: "Text" },
      { priority: "low" as const },
      { dueAt },
      { dueAt: "2029-12-31T19:00:00-05:00" },
      { assigneeIds: ids.assigneeIds.toReversed() },
      { assigneeNames: ["Nobody whom it names"] },
      { labelIds: [labelId, labelId.toUpperCase()] },
      { ifVersion: task.version },
    ];
    for (const patch of same) expect([patch, await idle(world.db, () => update(patch))]).toEqual([patch, task]);
  });

  test("keeps the names of people without an account until they are taken off", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    await world.db.execute(
      sql`update task set assignee_names = '{"Ann","Bob","Cy"}' where id = ${target.taskId}::uuid`,
    );
    const { answer, announced } = await outcomeOf(world.db, org.owner, (mutationId) =>
      update({ assigneeNames: ["Cy", "Somebody else", "Ann"], mutationId }),
    );
    expect(answer.assigneeNames).toEqual(["Ann", "Cy"]);
    expect(announced).toMatchObject([{ type: "task.updated", data: { changes: { assigneeNames: ["Ann", "Cy"] } } }]);
    expect(await update({ title: "Renamed" })).toMatchObject({ assigneeNames: ["Ann", "Cy"] });
    expect(await update({ assigneeNames: [] })).toMatchObject({ assigneeNames: [] });
  });
});

describe("the people of a task", () => {
  test("can see its board, and nobody else can be assigned", async ({ world }) => {
    const [org, elsewhere] = [await world.org(), await world.org()];
    const [open, hidden] = [await org.board(), await org.board({ visibility: "private" })];
    const [admin, member, guest] = [await org.as("admin"), await org.as("member"), await org.as("guest")];
    const [viewer, shared] = [await open.as("viewer"), await hidden.as("commenter")];
    const left = await org.another("member");
    await left.caller.members.leave({ orgId: org.id });
    const people = { owner: org.owner, admin, member, guest, viewer, shared, left, stranger: elsewhere.owner };
    const ends: Record<string, string[]> = {};
    for (const [name, board] of Object.entries({ open, hidden })) {
      const task = await createIn(org, board)();
      for (const [who, { id }] of Object.entries(people)) {
        const create = () => createIn(org, board)({ assigneeIds: [org.owner.id, id] });
        const target = { boardId: board.id, taskId: task.id };
        const update = () => org.owner.caller.tasks.update({ ...target, assigneeIds: [id] });
        const [created, updated] = kindsOf(await Promise.allSettled([create(), update()]));
        expect([who, created]).toEqual([who, updated]);
        (ends[`${name}: ${updated}`] ??= []).push(who);
      }
    }
    expect(ends).toEqual({
      "open: done": ["owner", "admin", "member", "viewer"],
      "open: ASSIGNEE_NOT_FOUND": ["guest", "shared", "left", "stranger"],
      "hidden: done": ["owner", "shared"],
      "hidden: ASSIGNEE_NOT_FOUND": ["admin", "member", "guest", "viewer", "left", "stranger"],
    });
  });

  test("stay assigned when they may no longer see the board, as long as nobody takes them off", async ({ world }) => {
    const org = await world.org();
    const { update, target } = await oneTask(org);
    const [leaver, member] = [await org.another("member"), await org.as("member")];
    await update({ assigneeIds: [leaver.id] });
    await leaver.caller.members.leave({ orgId: org.id });
    const both = [leaver.id, member.id].toSorted();
    expect(await update({ assigneeIds: both })).toMatchObject({ assigneeIds: both });
    const { members } = await org.owner.caller.boards.get({ boardId: target.boardId });
    expect(Object.fromEntries(members.map(({ userId, role }) => [userId, role]))).toEqual({
      [org.owner.id]: "manager",
      [leaver.id]: null,
      [member.id]: null,
    });
    await update({ assigneeIds: [member.id] });
    expect(await refusedIdle(world.db, () => update({ assigneeIds: both }))).toBe("ASSIGNEE_NOT_FOUND");
  });

  test("are up to fifty", async ({ world }) => {
    const org = await world.org();
    const { update } = await oneTask(org);
    await world.db.execute(sql`
      with people as (
        insert into app_user (id, email, name, password_hash, created_at)
        select gen_random_uuid(), gen_random_uuid() || '@example.test', 'Person ' || n, '', now()
        from generate_series(1, 50) n returning id)
      insert into membership (org_id, user_id, role, access_version, created_at)
      select ${org.id}::uuid, id, 'member', 0, now() from people`);
    const { items } = await org.owner.caller.members.list({ orgId: org.id, limit: 100 });
    const ids = items.map(({ userId }) => userId).filter((id) => id !== org.owner.id);
    const { answer, announced } = await outcomeOf(world.db, org.owner, (mutationId) =>
      update({ assigneeIds: ids, mutationId }),
    );
    expect(answer.assigneeIds).toEqual(ids.toSorted());
    expect(announced).toMatchObject([{ data: { members: { length: 50 } } }]);
    const tooMany = () => update({ assigneeIds: [...ids, org.owner.id] });
    expect(await refusedIdle(world.db, tooMany)).toBe("INPUT_INVALID");
  });
});

describe("what a task says", () => {
  test("may be as long as its limit in any script", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const texts = [
      { title: "🎉".repeat(500), description: "🎉".repeat(32_768) },
      { title: "漢".repeat(500), description: "\u0001".repeat(32_768) },
      { title: `  ${"x".repeat(500)}  `, description: " ".repeat(32_768) },
      { title: `"\\'%$1{}\u2028.`, description: "\\u0000 \r\n\t <b>" },
    ];
    for (const { title, description } of texts) {
      const { answer } = await outcomeOf(world.db, org.owner, (mutationId) =>
        update({ title, description, mutationId }),
      );
      expect(answer).toMatchObject({ title: title.trim(), description, hasDescription: true });
      expect(await org.owner.caller.tasks.get(target)).toEqual(answer);
    }
  });

  test("may be due in any year from 1 to 9999, and is answered in UTC", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const instants = {
      "0001-01-01T00:00:00Z": "0001-01-01T00:00:00.000Z",
      "0001-01-01T12:00:00-12:00": "0001-01-02T00:00:00.000Z",
      "9999-12-31T23:59:59.999Z": "9999-12-31T23:59:59.999Z",
      "1900-02-28T23:59:59.9999999Z": "1900-02-28T23:59:59.999Z",
      "2024-02-29T00:00:00+14:00": "2024-02-28T10:00:00.000Z",
    };
    for (const [given, dueAt] of Object.entries(instants)) {
      expect(await update({ dueAt: given })).toMatchObject({ dueAt });
      expect(await org.owner.caller.tasks.get(target)).toMatchObject({ dueAt });
      expect((await org.owner.caller.boards.get({ boardId: target.boardId })).tasks).toMatchObject([{ dueAt }]);
    }
  });

  test("may be due on a whole day, which ends when it does in its time zone", async ({ world }) => {
    const org = await world.org();
    const { target, update } = await oneTask(org);
    const days = [
      // A day of 23 hours, and one of 25.
      ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z", "2026-03-29T21:59:59.999Z"],
      ["2026-11-01", "america/new_york", "2026-11-01T04:00:00.000Z", "2026-11-02T04:59:59.999Z"],
      // Clocks were put forward at midnight.
      ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z", "2018-11-05T01:59:59.999Z"],
      ["2026-01-01", "Pacific/Kiritimati", "2025-12-31T10:00:00.000Z", "2026-01-01T09:59:59.999Z"],
      ["0001-01-02", "Europe/Berlin", "0001-01-01T23:06:32.000Z", "0001-01-02T23:06:31.999Z"],
    ] as const;
    for (const [day, timeZone, startAt, dueAt] of days) {
      const after = { startOn: day, startAt, dueOn: day, dueAt };
      expect(await update({ startOn: day, dueOn: day, timeZone })).toMatchObject(after);
      expect((await org.owner.caller.boards.get({ boardId: target.boardId })).tasks).toMatchObject([after]);
    }
    // Seen from another zone it is the same day, and other instants.
    await update({ startAt: null, dueOn: "2026-03-29", timeZone: "Europe/Berlin" });
    expect(await update({ timeZone: "Asia/Tokyo" })).toMatchObject({
      dueOn: "2026-03-29",
      dueAt: "2026-03-29T14:59:59.999Z",
      timeZone: "Asia/Tokyo",
    });
    // A day and an instant take the place of each other; without either there is no date.
    expect(await update({ dueAt: "2026-03-29T12:00:00Z" })).toMatchObject({ dueOn: null, timeZone: "Asia/Tokyo" });
    expect(await update({ dueOn: "2026-03-30", dueAt: null })).toMatchObject({ dueAt: "2026-03-30T14:59:59.999Z" });
    expect(await update({ dueAt: null })).toMatchObject({ dueOn: null, dueAt: null });
    expect(await update({ timeZone: null })).toMatchObject({ timeZone: null });
  });

  test("begins before it is due, and on days that there are", async ({ world }) => {
    const org = await world.org();
    const { update, board } = await oneTask(org);
    const refused = async (patch: Parameters<typeof update>[0]) => {
      const refusals = [];
      for (const call of [() => update(patch), () => createIn(org, board)(patch)]) {
        const error: unknown = await call().catch((reason: unknown) => reason);
        refusals.push(
          error instanceof AppError ? `${error.kind} ${Object.keys(error.fields ?? {}).join(" ")}` : "done",
        );
      }
      return refusals;
    };
    const zone = { timeZone: "Europe/Berlin" } as const;
    const wrong = [
      [{ startAt: "2026-03-02T00:00:00Z", dueAt: "2026-03-01T00:00:00Z" }, "DATES_REVERSED startAt"],
      [{ startOn: "2026-03-02", dueOn: "2026-03-01", ...zone }, "DATES_REVERSED startOn"],
      [{ startAt: "2026-03-01T23:00:00Z", dueOn: "2026-03-01", ...zone }, "DATES_REVERSED startAt"],
      [{ dueOn: "2026-03-01" }, "TIME_ZONE_REQUIRED timeZone"],
      [{ dueOn: "2026-03-01", timeZone: null }, "TIME_ZONE_REQUIRED timeZone"],
      [{ dueOn: "2026-03-01", dueAt: "2026-03-01T00:00:00Z", ...zone }, "INPUT_INVALID dueOn"],
      // Skipped, when Samoa crossed the date line.
      [{ startOn: "2011-12-30", timeZone: "Pacific/Apia" }, "INPUT_INVALID startOn"],
      [{ dueOn: "9999-12-31", timeZone: "America/New_York" }, "INPUT_INVALID dueOn"],
    ] as const;
    for (const [patch, end] of wrong) expect([patch, await refused(patch)]).toEqual([patch, [end, end]]);
    await update({ startAt: "2026-03-01T22:59:59.999Z", dueOn: "2026-03-01", ...zone });
    const since = [
      [{ dueAt: "2026-03-01T22:59:59.998Z" }, "DATES_REVERSED dueAt"],
      [{ timeZone: "Asia/Tokyo" }, "DATES_REVERSED timeZone"],
      [{ timeZone: null }, "TIME_ZONE_REQUIRED timeZone"],
    ] as const;
    for (const [patch, end] of since) expect([patch, (await refused(patch))[0]]).toEqual([patch, end]);
    expect(await update({ dueAt: "2026-03-01T22:59:59.999Z" })).toMatchObject({ dueOn: null });
  });

  test("has every priority that there is", async ({ world }) => {
    const { update } = await oneTask(await world.org());
    for (const priority of PRIORITIES) expect(await update({ priority })).toMatchObject({ priority });
  });
});
