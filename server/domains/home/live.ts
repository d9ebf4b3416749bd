import type { TrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { AppServices, RequestContext, SignedInUser } from "../../core/context.ts";
import { toCursor } from "../../core/event-log.ts";
import type { StreamKind } from "../../core/live/stream-log.ts";
import { type Opened, type Entry, readOpening, toOpened } from "../../core/live/opening.ts";
import { Watch } from "../../core/live/watch.ts";
import type { HomeMessage, InboxEvent } from "../../events.ts";
import { heldRoleJson } from "../orgs/rows.ts";
import { boardJson } from "../work/rows.ts";
import type { Home, WatchMe } from "./me.contract.ts";
import { operationJson, operationsShown } from "./operations.service.ts";

/** What the hub has to know of inboxes: each has the id of the one person who reads it, for ever. */
export const inboxStream: StreamKind = {
  readers: (_, userId, userIds) => Promise.resolve(new Map(userIds.includes(userId) ? [[userId, 0]] : [])),
  endsAccess: () => false,
  resets: () => false,
};

/**
 * The cursor of every inbox to which nothing was said yet: whoever signed in after somebody else on the same client would
 * go on from it with the other one's state.
 */
const ANYBODYS = toCursor({ version: 0, nonce: 0 });

/** Follows what concerns the caller, as every `Watch` does. */
export function watchMe(
  ctx: { app: AppServices; request: RequestContext; user: SignedInUser },
  { lastEventId }: WatchMe,
  signal: AbortSignal | undefined,
): AsyncIterable<TrackedEnvelope<HomeMessage>, void> {
  const { id: userId } = ctx.user;
  return new Watch<Home, InboxEvent>(ctx, {
    streamId: userId,
    userId,
    lastEventId: lastEventId === ANYBODYS ? "" : lastEventId,
    signal,
    open: (entry) => openInbox(ctx.app.db.within({ userId }), entry),
  });
}

/** Opens an inbox, or goes on from a cursor, in one statement: whoever's it is may read it. */
async function openInbox(db: Db, entry: Entry): Promise<Opened> {
  const id = sql`${entry.streamId}::uuid`;
  const row = await readOpening<object>(db, entry, {
    head: sql`
      select true as may, s.version, s.nonce, s.floor, null::bigint as admitted
      from stream s where s.id = ${id} and s.kind = 'inbox'`,
    lost: sql`false`,
    fields: {
      user: sql`(select json_build_object('id', u.id, 'email', u.email, 'name', u.name) from app_user u where u.id = ${id})`,
    },
    lists: {
      orgs: {
        each: sql`json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', m.role,
          'customRole', ${heldRoleJson}, 'factorDueAt', iso(o.factor_due_at))`,
        from: sql`own_memberships() m join own_orgs() o on o.id = m.org_id left join own_roles() r on r.id = m.role_id`,
        orderBy: sql`o.id`,
      },
      invitations: {
        each: sql`json_build_object('id', i.id, 'orgId', o.id, 'orgName', o.name, 'role', i.role,
          'expiresAt', iso(i.expires_at))`,
        from: sql`own_invitations() i join own_orgs() o on o.id = i.org_id`,
        orderBy: sql`i.id`,
      },
      boards: {
        each: sql`json_build_object('board', ${boardJson}, 'role', bm.role)`,
        from: sql`own_shares() bm join own_shared_boards() b on b.id = bm.board_id`,
        orderBy: sql`b.id`,
      },
      operations: { each: operationJson, from: sql`${operationsShown(id)} o`, orderBy: sql`o.id` },
    },
  });
  return toOpened(row);
}
