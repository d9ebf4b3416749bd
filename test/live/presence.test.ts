import { sql } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import { createTrestle, errorKind, type PresenceMessage } from "../../client/index.ts";
import { newId } from "../../server/core/ids.ts";
import { until } from "../setup/clients.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, signedIn, test, type World } from "../setup/world.ts";

/** Somebody at a board by a client of ours, and whom they see there. */
async function at(world: World, boardId: string, { token }: Person) {
  const client = createTrestle({ url: (await world.app()).url, token });
  onTestFinished(() => client.close());
  const seen: { last: PresenceMessage | undefined; ended: unknown } = { last: undefined, ended: undefined };
  const here = client.presence(boardId, {
    people: (message) => {
      seen.last = message;
    },
    ended: (error) => {
      seen.ended = error;
    },
  });
  return {
    ...here,
    client,
    whyEnded: () => seen.ended && errorKind(seen.ended),
    sees: () => seen.last?.people.map(({ userId }) => userId).toSorted(),
    tasksOf: ({ id }: { id: string }) => seen.last?.people.find(({ userId }) => userId === id)?.taskIds,
  };
}

const idsOf = (...people: readonly { id: string }[]) => people.map(({ id }) => id).toSorted();

test("people at a board see each other and what each changes, over all processes, and nobody stays who has left", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["One"] });
  const [owner, member] = [org.owner, await org.another("member")];
  const heads = () => world.db.execute(sql`select id, version from stream order by id`);
  const before = await heads();
  const [first, second] = [await at(world, board.id, owner), await at(world, board.id, member)];
  await until(() => first.sees()?.length === 2 && second.sees()?.length === 2);
  expect(first.sees()).toEqual(idsOf(owner, member));
  second.edit(board.task("One"));
  await until(() => first.tasksOf(member)?.includes(board.task("One")) === true);
  // In one place of theirs: the other subscription has ended, and nobody blinked.
  await until(async () => (await world.db.execute(sql`select from presence`)).length === 2);
  second.edit(null);
  await until(() => first.tasksOf(member)?.length === 0);

  // By another process, in a second place.
  const elsewhere = await signedIn(world.otherServices(), owner.token);
  const watch = await elsewhere.caller.boards.presence({ boardId: board.id, taskId: board.task("One") });
  const messages = watch[Symbol.asyncIterator]();
  const heard = await messages.next();
  expect(heard.value).toMatchObject({ count: 2 });
  await until(() => second.tasksOf(owner)?.includes(board.task("One")) === true);
  await messages.return?.();
  await until(() => second.tasksOf(owner)?.length === 0);
  second.close();
  await until(() => first.sees()?.length === 1);

  // A process that is killed says nothing more.
  const id = newId();
  await until(async () => {
    await world.db.execute(sql`
      insert into presence (id, org_id, board_id, user_id, seen_at) values (${id}::uuid, ${org.id}::uuid,
        ${board.id}::uuid, ${member.id}::uuid, clock_timestamp())
      on conflict (id) do update set seen_at = excluded.seen_at`);
    return first.sees()?.length === 2;
  });
  await until(() => first.sees()?.length === 1);
  expect(await heads()).toEqual(before);
  first.close();
  await until(async () => (await world.db.execute(sql`select from presence`)).length === 0);
});

test("who may not see a board is not there and hears nothing; guests see those whom the board knows", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ visibility: "private" });
  const [admin, colleague] = [await org.as("admin"), await org.another("member")];
  const [guest, editor] = [await board.as("viewer"), await board.as("editor")];
  const stranger = await world.person();
  const ask = await stranger.caller.boards.presence({ boardId: board.id });
  expect(await refusal(ask[Symbol.asyncIterator]().next())).toBe("BOARD_NOT_FOUND");
  const [byGuest, byEditor, byOwner] = [
    await at(world, board.id, guest),
    await at(world, board.id, editor),
    await at(world, board.id, org.owner),
  ];
  await until(() => byOwner.sees()?.length === 3);
  // Nobody shared it with the owner of an open board: members see them there, guests do not.
  await org.owner.caller.boards.update({ boardId: board.id, visibility: "org" });
  const byAdmin = await at(world, board.id, admin);
  await until(() => byOwner.sees()?.length === 4);
  const knownTo = await at(world, board.id, colleague);
  await until(() => byOwner.sees()?.length === 5);
  expect(byOwner.sees()).toEqual(idsOf(guest, editor, org.owner, admin, colleague));
  expect(byGuest.sees()).not.toContain(admin.id);
  expect(byGuest.sees()).not.toContain(colleague.id);
  expect(byGuest.sees()).toContain(editor.id);
  await org.owner.caller.boards.unshare({ boardId: board.id, userId: editor.id });
  await until(() => byEditor.whyEnded() !== undefined);
  expect(byEditor.whyEnded()).toBe("ACCESS_REVOKED");
  await until(() => byOwner.sees()?.includes(editor.id) === false);
  for (const one of [byGuest, byOwner, byAdmin, knownTo]) one.close();
});
