import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "./client.ts";
import type { ClientWatch } from "./client-watch.ts";
import type { World } from "./world.ts";

const LOOK_EVERY_MS = 100;
const ENDINGS = new Set(["ACCESS_REVOKED", "BOARD_NOT_FOUND"]);

/** How long every watch took to be where the database is, and what is not so in the end, as sentences. */
export interface Settled {
  readonly tookMs: readonly number[];
  readonly stragglers: readonly string[];
}

interface Truth {
  readonly cursors: ReadonlyMap<string, string>;
  /** `userId boardId` of those who may read. */
  readonly readers: ReadonlySet<string>;
}

/** Waits until every watch holds the newest version, or has been told that it may not; not longer than `limitMs`. */
export async function settle(world: World, limitMs: number): Promise<Settled> {
  const watches = world.clients.flatMap((client) =>
    [...client.watches].map(([boardId, watch]) => ({ client, boardId, watch })),
  );
  const start = performance.now();
  const tookMs = new Map<ClientWatch, number>();
  for (;;) {
    // Asked again each time: what a paused server had under way may be committed only now.
    const truth = await readTruth(world);
    for (const { client, boardId, watch } of watches) {
      if (troubleOf(world, truth, client, boardId, watch) !== undefined) tookMs.delete(watch);
      else if (!tookMs.has(watch)) tookMs.set(watch, performance.now() - start);
    }
    if (tookMs.size === watches.length || performance.now() - start > limitMs) {
      const stragglers = watches.flatMap(
        ({ client, boardId, watch }) => troubleOf(world, truth, client, boardId, watch) ?? [],
      );
      for (const { client, boardId, watch } of watches) {
        if (world.deletedBoards.has(boardId)) client.giveUp(boardId);
        else if (watch.place && watch.ending === undefined) world.held.push(watch.place.state);
      }
      return { tookMs: [...tookMs.values()], stragglers };
    }
    await delay(LOOK_EVERY_MS);
  }
}

function troubleOf(
  world: World,
  truth: Truth,
  client: Client,
  boardId: string,
  watch: ClientWatch,
): string | undefined {
  const who = `${client.name} (${client.kind}, ${client.person.name}) of board ${boardId}`;
  const { place, ending } = watch;
  if (!truth.readers.has(`${client.person.id} ${boardId}`)) {
    return ending !== undefined && ENDINGS.has(ending)
      ? undefined
      : `${who} may not watch it, and was not told so: ${ending ?? "no ending"}`;
  }
  const endedAt = world.sessionsEndedAt.get(client.person.id) ?? 0;
  if (client.signedInAt < endedAt) {
    return `${who} goes on with a session that ended ${Math.round(performance.now() - endedAt)} ms ago`;
  }
  const cursor = truth.cursors.get(boardId);
  if (ending !== undefined) return `${who} may watch it, and was told ${ending}`;
  return place?.cursor === cursor ? undefined : `${who} is at ${place?.cursor ?? "nothing"}, the board at ${cursor}`;
}

async function readTruth(world: World): Promise<Truth> {
  return world.system.cluster.query(async (sql) => {
    const heads = await sql<{ id: string; version: string; nonce: string }[]>`
      select id, version, nonce from stream where kind = 'board'`;
    const readers = await sql<{ userId: string; boardId: string }[]>`
      select m.user_id as "userId", b.id as "boardId" from board b join membership m on m.org_id = b.org_id
      left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
      where board_role(m.role, b.visibility, bm.role) is not null`;
    return {
      cursors: new Map(heads.map(({ id, version, nonce }) => [id, `${version}.${nonce}`])),
      readers: new Set(readers.map(({ userId, boardId }) => `${userId} ${boardId}`)),
    };
  });
}
