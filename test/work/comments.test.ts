import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { foldComments } from "../../client/index.ts";
import { newId } from "../../server/core/ids.ts";
import { evolveComments, type Thread } from "../../server/domains/work/evolve-comments.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { BoardEvent } from "../../server/events.ts";
import type { Comment } from "../../server/domains/work/comments.contract.ts";
import { idle, outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { stockClient, until } from "../setup/clients.ts";
import { pick } from "../setup/model.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { type Caller, type Person, test, type World } from "../setup/world.ts";

/** A board with a task, as somebody who may comment on it and nothing else. */
async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  const at = { boardId: board.id, taskId: board.task("One") };
  const commenter = await board.as("commenter");
  return { org, board, at, owner: org.owner, commenter };
}

type At = Awaited<ReturnType<typeof scene>>["at"];

async function countOf({ caller }: Pick<Person, "caller">, { boardId, taskId }: At): Promise<number | undefined> {
  const { tasks } = await caller.boards.get({ boardId });
  expect((await caller.tasks.get({ boardId, taskId })).commentCount).toBe(
    tasks.find(({ id }) => id === taskId)?.commentCount,
  );
  return tasks.find(({ id }) => id === taskId)?.commentCount;
}

/** All pages of a list, in pages of two. */
async function listed(caller: Caller, at: At, order: "oldest" | "newest" = "oldest"): Promise<Comment[]> {
  const items: Comment[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Caller["comments"]["list"]>> = await caller.comments.list({
      ...at,
      order,
      limit: 2,
      cursor,
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Every table in which a text stands. */
async function tablesWith({ db }: World, text: string): Promise<string[]> {
  const tables = ["comment", "comment_reaction", "event", "mutation", "task", "board_import"];
  const parts = tables.map(
    (name) => `select '${name}' as name from ${name} t where position('${text}' in t::text) > 0`,
  );
  const rows = await db.execute<{ name: string }>(sql.raw(`${parts.join(" union ")} order by 1`));
  return rows.map(({ name }) => name);
}

describe("a comment", () => {
  test("is written by a commenter, who is known to the board from then on, and counted on its card", async ({
    world,
  }) => {
    const { at, owner, board, org } = await scene(world);
    const member = await org.another("member");
    const before = await owner.caller.tasks.get(at);
    const text = `  **Look**, <@${member.id}>\n- and <@${newId()}> `;
    const { answer, announced } = await outcomeOf(world.db, owner, (mutationId) =>
      owner.caller.comments.create({ ...at, text, mutationId }),
    );
    expect(answer).toMatchObject({ ...at, text, authorId: owner.id, mentionIds: [member.id], state: "open" });
    const members = [
      { userId: owner.id, name: owner.name, role: "manager" },
      { userId: member.id, name: member.name, role: null },
    ];
    expect(announced).toEqual([
      {
        on: "board",
        type: "comment.created",
        version: answer.version,
        data: { comment: answer, commentCount: 1, members },
      },
    ]);
    expect((await owner.caller.boards.get({ boardId: at.boardId })).members).toEqual(expect.arrayContaining(members));
    expect(await owner.caller.tasks.get(at)).toEqual({ ...before, commentCount: 1 });
    const commenter = await board.as("commenter");
    await commenter.caller.comments.create({ ...at, text: "Mine" });
    expect(await countOf(owner, at)).toBe(2);
    for (const text of [" \n ", "x".repeat(32_769), "\0"]) {
      expect(await refusedIdle(world.db, () => commenter.caller.comments.create({ ...at, text }))).toBe(
        "INPUT_INVALID",
      );
    }
  });

  test("belongs to its author: nobody else changes it, and only a manager deletes it, too", async ({ world }) => {
    const { at, owner, board, commenter } = await scene(world);
    const [editor, viewer] = [await board.as("editor"), await board.as("viewer")];
    const { id: commentId } = await commenter.caller.comments.create({ ...at, text: "Mine" });
    const target = { ...at, commentId };
    for (const other of [owner, editor, viewer]) {
      const update = () => other.caller.comments.update({ ...target, text: "Theirs" });
      expect(await refusedIdle(world.db, update)).toBe(other === viewer ? "ACTION_FORBIDDEN" : "COMMENT_NOT_OWN");
    }
    for (const other of [editor, viewer]) {
      const remove = () => other.caller.comments.delete(target);
      expect(await refusedIdle(world.db, remove)).toBe(other === viewer ? "ACTION_FORBIDDEN" : "COMMENT_NOT_OWN");
    }
    expect(await refusal(viewer.caller.comments.create({ ...at, text: "No" }))).toBe("ACTION_FORBIDDEN");
    expect(await refusal(viewer.caller.comments.react({ ...target, emoji: "👍" }))).toBe("ACTION_FORBIDDEN");
    expect((await viewer.caller.comments.list(at)).items).toHaveLength(1);
    await owner.caller.comments.delete(target);
    expect(await owner.caller.comments.list(at)).toEqual({ items: [], nextCursor: null });
    const { caller } = commenter;
    const again = await caller.comments.create({ ...at, text: "Again" });
    await caller.comments.delete({ ...at, commentId: again.id });
    // Whoever has no access any more has lost what is their own, too.
    const last = await caller.comments.create({ ...at, text: "Last" });
    await owner.caller.boards.unshare({ boardId: at.boardId, userId: commenter.id });
    const lost = { ...at, commentId: last.id };
    for (const call of [
      () => caller.comments.update({ ...lost, text: "x" }),
      () => caller.comments.delete(lost),
      () => caller.comments.list(at),
      () => caller.comments.history(lost),
    ]) {
      expect(await refusal(call())).toBe("BOARD_NOT_FOUND");
    }
    const { members } = await owner.caller.boards.get({ boardId: at.boardId });
    expect(members).toContainEqual({ userId: commenter.id, name: commenter.name, role: null });
  });

  test("is of its task: under another one, on an archived one or another board it is not to be had", async ({
    world,
  }) => {
    const { at, owner, board, org } = await scene(world);
    const { caller } = owner;
    const { id: commentId } = await caller.comments.create({ ...at, text: "Here" });
    const elsewhere = { boardId: at.boardId, taskId: board.task("Two"), commentId };
    const other = await org.board({ tasks: ["Other"] });
    const abroad = { boardId: other.id, taskId: other.task("Other"), commentId };
    for (const target of [elsewhere, abroad]) {
      expect(await refusal(caller.comments.update({ ...target, text: "x" }))).toBe("COMMENT_NOT_FOUND");
      expect(await refusal(caller.comments.delete(target))).toBe("COMMENT_NOT_FOUND");
      expect(await refusal(caller.comments.react({ ...target, emoji: "👍" }))).toBe("COMMENT_NOT_FOUND");
      const answer = { boardId: target.boardId, taskId: target.taskId, parentId: commentId, text: "x" };
      expect(await refusal(caller.comments.create(answer))).toBe("COMMENT_NOT_FOUND");
    }
    expect(await refusal(caller.comments.list({ ...at, taskId: other.task("Other") }))).toBe("TASK_NOT_FOUND");
    expect(await refusal(caller.comments.history({ boardId: other.id, commentId }))).toBe("COMMENT_NOT_FOUND");
    const mine = await (await world.org()).board({ tasks: ["Theirs"] });
    expect(mine.id).not.toBe(at.boardId);
    const taken = { boardId: other.id, taskId: other.task("Other"), id: commentId, text: "x" };
    expect(await refusal(caller.comments.create(taken))).toBe("ID_TAKEN");

    await caller.tasks.archive(at);
    expect(await refusal(caller.comments.create({ ...at, text: "x" }))).toBe("TASK_ARCHIVED");
    expect(await refusal(caller.comments.update({ ...at, commentId, text: "x" }))).toBe("TASK_ARCHIVED");
    await caller.comments.delete({ ...at, commentId });
    expect(await caller.tasks.restore(at)).toMatchObject({ commentCount: 0 });
  });

  test("that is changed says when, and what it said before to whoever may see it", async ({ world }) => {
    const { at, commenter, owner, org, board } = await scene(world);
    const { caller } = commenter;
    const stranger = await world.person();
    const created = await caller.comments.create({ ...at, text: "One" });
    const target = { ...at, commentId: created.id };
    const { answer, announced } = await outcomeOf(world.db, commenter, (mutationId) =>
      caller.comments.update({ ...target, text: `Two <@${owner.id}> <@${stranger.id}>`, mutationId }),
    );
    expect(answer.mentionIds).toEqual([owner.id]);
    expect(answer.editedAt).not.toBeNull();
    expect(announced).toMatchObject([{ type: "comment.updated", data: { comment: answer } }]);
    expect(await idle(world.db, () => caller.comments.update({ ...target, text: answer.text }))).toEqual(answer);
    await caller.comments.update({ ...target, text: "Three" });
    const seen = await (await board.as("viewer")).caller.comments.history({ ...history(target), limit: 2 });
    expect(seen.items.map(({ text }) => text)).toEqual(["Three", answer.text]);
    const rest = await org.owner.caller.comments.history({ ...history(target), cursor: seen.nextCursor });
    expect(rest).toEqual({
      items: [{ version: created.version, at: created.createdAt, text: "One" }],
      nextCursor: null,
    });
  });

  test("goes with its text from everywhere, and leaves a tombstone as long as it has answers", async ({ world }) => {
    const { at, commenter, owner } = await scene(world);
    const { caller } = commenter;
    const mutationId = newId();
    const secret = `secret-${newId()}`;
    const first = await caller.comments.create({ ...at, text: `${secret} one`, mutationId });
    const target = { ...at, commentId: first.id };
    await caller.comments.update({ ...target, text: `${secret} two` });
    // What changes nothing is answered, too.
    await caller.comments.update({ ...target, text: `${secret} two` });
    await owner.caller.comments.react({ ...target, emoji: "❤️" });
    const answers = [
      await owner.caller.comments.create({ ...at, parentId: first.id, text: "Answer A" }),
      await caller.comments.create({ ...at, parentId: first.id, text: "Answer B" }),
    ];
    const answered = { ...at, parentId: answers[0]?.id ?? "", text: "No" };
    expect(await refusal(caller.comments.create(answered))).toBe("COMMENT_IS_ANSWER");
    expect(await tablesWith(world, secret)).toEqual(["comment", "event", "mutation"]);

    const { announced } = await outcomeOf(world.db, owner, (id) =>
      owner.caller.comments.delete({ ...target, mutationId: id }),
    );
    expect(await tablesWith(world, secret)).toEqual([]);
    const left = { ...first, state: "deleted", text: "", version: first.version + 5 };
    expect(announced).toEqual([
      {
        on: "board",
        type: "comment.deleted",
        version: left.version,
        data: { taskId: at.taskId, commentId: first.id, left, commentCount: 2 },
      },
    ]);
    expect((await caller.comments.list(at)).items).toEqual([left, ...answers]);
    expect(await refusal(caller.comments.history(history(target)))).toBe("COMMENT_NOT_FOUND");
    expect(await refusal(caller.comments.update({ ...target, text: "x" }))).toBe("COMMENT_NOT_FOUND");
    expect(await refusal(caller.comments.create({ ...at, text: `${secret} one`, mutationId }))).toBe("ALREADY_DONE");

    for (const answer of answers) await owner.caller.comments.delete({ ...at, commentId: answer.id });
    expect(await caller.comments.list(at)).toEqual({ items: [], nextCursor: null });
    expect(await countOf(owner, at)).toBe(0);
    expect(await world.db.execute(sql`select 1 from comment_reaction where board_id = ${at.boardId}::uuid`)).toEqual(
      [],
    );
  });

  test("has reactions: each person's once, in the order of their coming, and not without end", async ({ world }) => {
    const { at, commenter, owner } = await scene(world);
    const { id: commentId } = await owner.caller.comments.create({ ...at, text: "Yes?" });
    const target = { ...at, commentId };
    const { announced } = await outcomeOf(world.db, commenter, (mutationId) =>
      commenter.caller.comments.react({ ...target, emoji: "👩🏽‍🚀", mutationId }),
    );
    expect(announced).toMatchObject([
      {
        type: "comment.reacted",
        data: { commentId, emoji: "👩🏽‍🚀", userId: commenter.id, members: [{ userId: commenter.id }] },
      },
    ]);
    await owner.caller.comments.react({ ...target, emoji: "👩🏽‍🚀" });
    await commenter.caller.comments.react({ ...target, emoji: "👍" });
    expect(await idle(world.db, () => commenter.caller.comments.react({ ...target, emoji: "👍" }))).toBeNull();
    await commenter.caller.comments.unreact({ ...target, emoji: "👩🏽‍🚀" });
    expect(await idle(world.db, () => commenter.caller.comments.unreact({ ...target, emoji: "👀" }))).toBeNull();
    await commenter.caller.comments.react({ ...target, emoji: "👩🏽‍🚀" });
    expect((await owner.caller.comments.list(at)).items[0]?.reactions).toEqual([
      { userId: owner.id, emoji: "👩🏽‍🚀" },
      { userId: commenter.id, emoji: "👍" },
      { userId: commenter.id, emoji: "👩🏽‍🚀" },
    ]);
    for (const emoji of ["", "a", "👍👍", ":+1:", " 👍"]) {
      expect(await refusal(owner.caller.comments.react({ ...target, emoji }))).toBe("INPUT_INVALID");
    }
    const more = "🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🍈 🍒 🍑 🥭 🍍 🥥 🥝 🍅 🍆 🥑 🥦".split(" ");
    for (const emoji of more) await owner.caller.comments.react({ ...target, emoji });
    expect(await refusedIdle(world.db, () => owner.caller.comments.react({ ...target, emoji: "🎉" }))).toBe(
      "REACTIONS_TOO_MANY",
    );
  });
});

/** What its history is asked for by. */
function history({ boardId, commentId }: { boardId: string; commentId: string }) {
  return { boardId, commentId };
}

test("comments are listed thread by thread from either end, and a page goes on where it ended, whatever went meanwhile", async ({
  world,
}) => {
  const { at, owner, commenter } = await scene(world);
  const write = (text: string, parentId: string | null = null) =>
    owner.caller.comments.create({ ...at, parentId, text });
  const a = await write("a");
  const b = await write("b");
  await commenter.caller.comments.create({ ...at, parentId: a.id, text: "a1" });
  const c = await write("c");
  await write("b1", b.id);
  await write("a2", a.id);
  const texts = (comments: readonly Comment[]) => comments.map(({ text }) => text).join(" ");
  expect(texts(await listed(owner.caller, at))).toBe("a a1 a2 b b1 c");
  expect(texts(await listed(owner.caller, at, "newest"))).toBe("c b b1 a a1 a2");
  const page = await owner.caller.comments.list({ ...at, order: "newest", limit: 1 });
  await owner.caller.comments.delete({ ...at, commentId: c.id });
  const rest = await owner.caller.comments.list({ ...at, order: "newest", cursor: page.nextCursor });
  expect(texts(rest.items)).toBe("b b1 a a1 a2");
  expect(await refusal(owner.caller.comments.list({ ...at, cursor: "W10" }))).toBe("INPUT_INVALID");
});

test("the count of a card is exact when many comment and delete at once, and stays with the card", async ({
  world,
}) => {
  const { at, owner, commenter, board } = await scene(world);
  const people = [owner, commenter, await board.as("editor")];
  const first = await owner.caller.comments.create({ ...at, text: "Thread" });
  const ids = Array.from({ length: 24 }, () => newId());
  const created = await Promise.allSettled(
    ids.map((id, index) => {
      const parentId = index % 2 === 0 ? first.id : null;
      return pick(people, index).caller.comments.create({ ...at, id, parentId, text: `${index}` });
    }),
  );
  expect(kindsOf(created)).toEqual(ids.map(() => "done"));
  expect(await countOf(owner, at)).toBe(25);
  const ends = await Promise.allSettled([
    ...ids
      .slice(0, 10)
      .flatMap((commentId) => [owner, commenter].map(({ caller }) => caller.comments.delete({ ...at, commentId }))),
    owner.caller.comments.delete({ ...at, commentId: first.id }),
    owner.caller.tasks.update({ ...at, title: "Renamed" }),
    owner.caller.tasks.move({ ...at, columnId: board.column("Done") }),
    ...ids.slice(20).map((_, index) => commenter.caller.comments.create({ ...at, text: `more ${index}` })),
  ]);
  expect(kindsOf(ends).filter((kind) => !["done", "COMMENT_NOT_OWN", "COMMENT_NOT_FOUND"].includes(kind))).toEqual([]);
  const open = (await listed(owner.caller, at)).filter(({ state }) => state === "open");
  expect(open).toHaveLength(25 - 11 + 4);
  expect(await countOf(owner, at)).toBe(open.length);
  await owner.caller.tasks.archive(at);
  await owner.caller.comments.delete({ ...at, commentId: open[0]?.id ?? "" });
  const restored = await owner.caller.tasks.restore(at);
  expect(restored.commentCount).toBe(open.length - 1);
  expect(await countOf(owner, at)).toBe(open.length - 1);
});

test("an open task stays live: what was listed, and the events since, are what is listed later", async ({ world }) => {
  const { at, owner, commenter, board } = await scene(world);
  const people = [owner, commenter];
  const known: Comment[] = [];
  const lists: { version: number; threads: Thread[] }[] = [];
  const look = async () => {
    const { cursor } = await owner.caller.boards.get({ boardId: at.boardId });
    const threads = await Promise.all(
      (["oldest", "newest"] as const).map(async (order) => ({
        taskId: at.taskId,
        order,
        comments: await listed(owner.caller, at, order),
      })),
    );
    lists.push({ version: Number.parseInt(cursor, 10), threads });
  };
  for (let turn = 0; turn < 60; turn += 1) {
    const { caller, id } = people[turn % 2] ?? owner;
    const some = known[(turn * 7) % Math.max(1, known.length)];
    const target = { ...at, commentId: some?.id ?? "" };
    const isOwn = some?.authorId === id;
    if (turn % 12 === 0) await look();
    if (turn % 4 === 0 || !some) {
      const parentId = turn % 8 === 0 ? (known.find((one) => one.parentId === null)?.id ?? null) : null;
      known.push(await caller.comments.create({ ...at, parentId, text: `${turn}` }));
    } else if (turn % 4 === 1 && isOwn) await caller.comments.update({ ...target, text: `Changed ${turn}` });
    else if (turn % 4 === 2) await caller.comments.react({ ...target, emoji: turn % 3 === 0 ? "👍" : "👀" });
    else if (turn % 11 === 0) await caller.comments.unreact({ ...target, emoji: "👍" });
    else if (turn % 13 === 0) {
      await owner.caller.comments.delete(target);
      known.splice(known.indexOf(some), 1);
    } else await caller.comments.create({ boardId: at.boardId, taskId: board.task("Two"), text: "Elsewhere" });
  }
  await look();
  const events = (await readEvents(world.db, at.boardId, 0, 10_000)).map((event) => toEvent<BoardEvent>(event));
  const last = lists.at(-1);
  for (const [index, { version, threads }] of lists.entries()) {
    for (const [way, thread] of threads.entries()) {
      // Also events that the list knew of already: it was asked for after the board.
      const since = Math.max(0, (lists[index - 1]?.version ?? version) - 1);
      const folded = events.slice(since).reduce(evolveComments, thread);
      expect(folded.comments).toEqual(last?.threads[way]?.comments);
    }
  }
});

test("whoever watches the board hears of comments, and their open task and card are what the server has", async ({
  world,
}) => {
  const { at, owner, commenter } = await scene(world);
  const { url } = await world.app();
  const clients = [stockClient(url, owner.token), stockClient(url, commenter.token)];
  const [ours, theirs] = clients;
  if (!ours || !theirs) throw new Error("there are two clients");
  const watch = ours.watch(at.boardId);
  await until(() => watch.state !== undefined);
  const { items } = await ours.trpc.comments.list.query(at);
  const { id: commentId } = await theirs.trpc.comments.create.mutate({ ...at, text: "Hello" });
  await theirs.trpc.comments.update.mutate({ ...at, commentId, text: `Hello <@${owner.id}>` });
  await ours.trpc.comments.react.mutate({ ...at, commentId, emoji: "👋" });
  await ours.trpc.comments.create.mutate({ ...at, parentId: commentId, text: "Hi" });
  await ours.trpc.comments.delete.mutate({ ...at, commentId });
  await until(() => watch.types.length === 5);
  expect(watch.state).toEqual(await ours.trpc.boards.get.query({ boardId: at.boardId }));
  expect(watch.state?.tasks.find(({ id }) => id === at.taskId)?.commentCount).toBe(1);
  const heard = watch.messages.flatMap(({ data }) => (data.type === "snapshot" || data.type === "head" ? [] : [data]));
  const thread = heard.reduce<Thread>(foldComments, { taskId: at.taskId, order: "oldest", comments: items });
  expect(thread.comments).toEqual((await ours.trpc.comments.list.query(at)).items);
  for (const client of clients) await client.close();
});
