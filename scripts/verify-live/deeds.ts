import { setTimeout as delay } from "node:timers/promises";
import { createTrestle, errorKind, type Trestle } from "../../client/index.ts";
import type { AccessLoss } from "./history.ts";
import { admit, type Member } from "./people.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

/** How long it may take until a watch of a board that is gone has ended. */
const ENDED_MS = 10_000;

/** Takes access away from several people at once, in every way that there is, and gives it back a little later. */
export async function revokeInBurst(world: World, dice: Random): Promise<void> {
  const { cast } = world;
  const victims = dice.shuffled(cast.members.filter(({ role }) => role !== "owner"));
  const deeds = dice.shuffled([
    () => lose(world, victims[0], dice),
    () => lose(world, victims[1], dice),
    () =>
      lower(
        world,
        victims.find(({ role }) => role === "member"),
        dice,
      ),
    () =>
      unshare(
        world,
        victims.find(({ shares }) => shares.length > 0),
        dice,
      ),
    () => turnPrivate(world, dice),
  ]);
  await Promise.all(deeds.slice(0, dice.int(2, 4)).map((deed) => deed()));
}

/** Removes somebody from the organisation, and admits them again with what they had. */
async function lose(world: World, member: Member | undefined, dice: Random): Promise<void> {
  if (!member) return;
  const { cast, persistence } = world;
  const { orgId, owner } = cast;
  const mutationId = crypto.randomUUID();
  const { persist } = persistence;
  await persist((options) => owner.members.remove.mutate({ orgId, userId: member.id, mutationId }, options));
  const losses = await noteLosses(world, member);
  await delay(dice.int(500, 2_500));
  await asPerson(world, member, async (trestle) => {
    for (const loss of losses) loss.until = performance.now();
    await admit({ orgId, owner, boards: cast.boards, persist }, member, trestle);
  });
}

/** Writes down that somebody has no access any more, and where the boards were when that was known. */
async function noteLosses(world: World, member: Member): Promise<AccessLoss[]> {
  const from = performance.now();
  // The database may be on its way up.
  const rows = await world.alone("database", () =>
    world.system.cluster.query(
      (sql) => sql<{ boardId: string; version: string; accessVersion: string }[]>`
        select s.id as "boardId", s.version, o.access_version as "accessVersion"
        from stream s join org o on o.id = s.org_id where s.kind = 'board' and o.id = ${world.cast.orgId}`,
    ),
  );
  const losses = rows.map(({ boardId, version, accessVersion }): AccessLoss => {
    const at = { version: Number(version), accessVersion: Number(accessVersion), timeline: world.lostTimelines.length };
    return { userId: member.id, boardId, from, until: Number.POSITIVE_INFINITY, ...at };
  });
  world.losses.push(...losses);
  return losses;
}

/** Makes a guest of a member: they lose what the organisation sees. */
async function lower(world: World, member: Member | undefined, dice: Random): Promise<void> {
  if (!member) return;
  const set = (role: "guest" | "member") =>
    unlessGone(() => {
      const { orgId, owner } = world.cast;
      const input = { orgId, userId: member.id, role, mutationId: crypto.randomUUID() };
      return world.persistence.persist((options) => owner.members.setRole.mutate(input, options));
    });
  await set("guest");
  await delay(dice.int(500, 2_500));
  await set("member");
}

async function unshare(world: World, member: Member | undefined, dice: Random): Promise<void> {
  if (!member) return;
  const { boards, owner } = world.cast;
  const { persist } = world.persistence;
  for (const [index] of member.shares) {
    const input = { boardId: boards[index]?.id ?? "", userId: member.id, mutationId: crypto.randomUUID() };
    await unlessGone(() => persist((options) => owner.boards.unshare.mutate(input, options)));
  }
  await delay(dice.int(500, 2_500));
  for (const [index, role] of member.shares) {
    const input = { boardId: boards[index]?.id ?? "", userId: member.id, role, mutationId: crypto.randomUUID() };
    await unlessGone(() => persist((options) => owner.boards.share.mutate(input, options)));
  }
}

async function turnPrivate(world: World, dice: Random): Promise<void> {
  const { boards, owner } = world.cast;
  const boardId = dice.pick(boards.slice(0, 2))?.id ?? "";
  const turn = (visibility: "private" | "org") =>
    unlessGone(() => {
      const input = { boardId, visibility, mutationId: crypto.randomUUID() };
      return world.persistence.persist((options) => owner.boards.update.mutate(input, options));
    });
  await turn("private");
  await delay(dice.int(500, 2_000));
  // Somebody may have archived it meanwhile, and an archived board keeps its visibility.
  await world.persistence.persist((options) => owner.boards.restore.mutate({ boardId }, options));
  await turn("org");
}

/** Ends all sessions of somebody but a new one: their devices have to sign in again. */
export async function endSessions(world: World, dice: Random): Promise<void> {
  const person = dice.pick(world.cast.members.filter(({ role }) => role !== "owner"));
  if (!person) return;
  const { persist } = world.persistence;
  await asPerson(world, person, (trestle) => persist(() => trestle.sessions.revokeOthers.mutate()));
  world.sessionsEndedAt.set(person.id, performance.now());
}

/** Creates a board, lets some watch it, and deletes it: their watches end, whatever process they are at. */
export async function deleteBoard(world: World): Promise<void> {
  const { owner, orgId, boards } = world.cast;
  const { persist } = world.persistence;
  const board = await persist((options) => owner.boards.get.query({ boardId: boards[0]?.id ?? "" }, options));
  const input = { orgId, projectId: board.board.projectId, name: "Short-lived", mutationId: crypto.randomUUID() };
  const { id: boardId } = await persist((options) => owner.boards.create.mutate(input, options));
  const watchers = world.clients.filter(({ person }) => isMember(world, person.id)).slice(0, 4);
  for (const client of watchers) client.watch(boardId);
  const watches = watchers.flatMap((client) => client.watches.get(boardId) ?? []);
  await untilOr(ENDED_MS, () => watches.every(({ place }) => place !== undefined));
  const mutationId = crypto.randomUUID();
  await persist((options) => owner.boards.delete.mutate({ boardId, mutationId }, options));
  world.deletedBoards.add(boardId);
}

function isMember(world: World, userId: string): boolean {
  return world.cast.members.some(({ id, role }) => id === userId && role !== "guest");
}

/** Signs somebody in for a moment. */
async function asPerson<Answer>(
  world: World,
  { email, password }: Member,
  work: (trestle: Trestle) => Promise<Answer>,
): Promise<void> {
  const trestle = createTrestle({ url: world.ownerUrl });
  const { persist } = world.persistence;
  await persist((options) => trestle.auth.signIn.mutate({ email, password }, options));
  try {
    await work(trestle);
  } finally {
    await trestle.close();
  }
}

/** Another deed may have been quicker: that there is nobody to do it to is no fault. */
async function unlessGone(deed: () => Promise<unknown>): Promise<void> {
  try {
    await deed();
  } catch (error) {
    const kind = errorKind(error);
    if (kind !== "MEMBER_NOT_FOUND" && kind !== "BOARD_ARCHIVED") throw error;
  }
}

async function untilOr(ms: number, isSo: () => boolean): Promise<boolean> {
  const until = performance.now() + ms;
  while (!isSo()) {
    if (performance.now() > until) return false;
    await delay(20);
  }
  return true;
}
