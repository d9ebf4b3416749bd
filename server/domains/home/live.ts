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
    open: (entry) => openInbox(ctx.app.db, entry),
  });
}

/** Opens an inbox, or goes on from a cursor, in one statement: whoever's it is may read it. */
async function openInbox(db: Db, entry: Entry): Promise<Opened<Home>> {
  const id = sql`${entry.streamId}::uuid`;
  const row = await readOpening<object>(db, entry, {
    head: sql`
      select true as may, s.version, s.nonce, s.floor, null::bigint as admitted
      from stream s where s.id = ${id} and s.kind = 'inbox'`,
    lost: sql`false`,
    state: sql`(select json_build_object(
      'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name),
      'orgs', (select coalesce(json_agg(json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', m.role,
          'customRole', ${heldRoleJson}, 'factorDueAt', iso(o.factor_due_at)) order by o.id), '[]'::json)
        from membership m join org o on o.id = m.org_id left join org_role r on r.org_id = o.id and r.id = m.role_id
        where m.user_id = u.id),
      'invitations', (select coalesce(json_agg(json_build_object('id', i.id, 'orgId', o.id, 'orgName', o.name,
          'role', i.role, 'expiresAt', iso(i.expires_at)) order by i.id), '[]'::json)
        from invitation i join org o on o.id = i.org_id where i.email = u.email),
      'boards', (select coalesce(json_agg(json_build_object('board', ${boardJson}, 'role', bm.role)
          order by b.id), '[]'::json)
        from membership m
        join board_member bm on bm.org_id = m.org_id and bm.user_id = m.user_id and bm.role is not null
        join board b on b.id = bm.board_id
        where m.user_id = u.id))
      from app_user u where u.id = ${id})`,
  });
  return toOpened(row);
}
