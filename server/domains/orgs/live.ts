import type { TrackedEnvelope } from "@trpc/server";
import { sql } from "drizzle-orm";
import type { Database, Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { OrgRole } from "../../../db/enums.ts";
import { type KeyLimits, LACKS_FACTOR, membershipAllows, toOrgActor } from "../../core/access.ts";
import type { AppServices, RequestContext } from "../../core/context.ts";
import type { StreamKind } from "../../core/live/stream-log.ts";
import { type Opened, type Entry, readOpening, toOpened } from "../../core/live/opening.ts";
import { Watch } from "../../core/live/watch.ts";
import type { OrgEvent, OrgMessage } from "../../events.ts";
import type { OrgAction } from "../../policy.ts";
import { boardJson, projectJson } from "../work/rows.ts";
import type { OrgSnapshot, WatchOrg } from "./orgs.contract.ts";
import { roleJson } from "./rows.ts";

/** Whether a member (alias `m`) may watch their organisation: with a built-in role everybody but guests. */
const MAY_WATCH = membershipAllows("org:watch");

/** Somebody who wants to watch an organisation, not yet known to belong to it. */
interface OrgClaim {
  readonly userId: string;
  readonly orgId: string;
  readonly action: OrgAction;
  readonly key: KeyLimits | undefined;
}

/** What the hub has to know of organisations. */
export const orgStream: StreamKind = {
  async readers(db: Database, orgId: string, userIds: readonly string[]) {
    const rows = await db.within({ orgId }).execute<{ userId: string; admitted: string }>(sql`
      select m.user_id as "userId", m.access_version as admitted from membership m
      where m.org_id = ${orgId}::uuid and m.user_id = any(${uuids(userIds)}) and ${MAY_WATCH}`);
    return new Map(rows.map(({ userId, admitted }) => [userId, Number(admitted)]));
  },
  endsAccess: (type) => ["member.removed", "member.role-changed", "role.updated", "org.factor-demanded"].includes(type),
  resets: () => false,
};

/** Follows an organisation live, as every `Watch` does. Fails: ORG_NOT_FOUND, ACTION_FORBIDDEN, what every watch fails with. */
export function watchOrg(
  ctx: { app: AppServices; request: RequestContext; claim: OrgClaim },
  { orgId, lastEventId }: WatchOrg,
  signal: AbortSignal | undefined,
): AsyncIterable<TrackedEnvelope<OrgMessage>, void> {
  const { claim } = ctx;
  return new Watch<OrgSnapshot, OrgEvent>(ctx, {
    streamId: orgId,
    userId: claim.userId,
    lastEventId,
    signal,
    open: (entry) => openOrg(ctx.app.db.within({ orgId }), claim, entry),
  });
}

/** Opens an organisation's stream, or goes on from a cursor, in one statement. Fails: ORG_NOT_FOUND, ACTION_FORBIDDEN. */
async function openOrg(db: Db, { action, ...who }: OrgClaim, entry: Entry): Promise<Opened> {
  const { orgId, userId } = who;
  const id = sql`${orgId}::uuid`;
  const row = await readOpening<{ role: OrgRole | null; allowed: string[] | null; lacksFactor: boolean }>(db, entry, {
    head: sql`
      select m.role, to_json(m.allowed) as allowed, ${LACKS_FACTOR} as "lacksFactor",
        coalesce(${MAY_WATCH}, false) as may, s.version, s.nonce, s.floor,
        m.access_version as admitted
      from stream s left join membership m on m.org_id = s.id and m.user_id = ${userId}::uuid
      where s.id = ${id} and s.kind = 'org'`,
    // Removal and lower roles count in the access version.
    lost: sql`false`,
    fields: {
      org: sql`(select json_build_object('id', o.id, 'name', o.name, 'slug', o.slug,
        'factorDueAt', iso(o.factor_due_at)) from org o where o.id = ${id})`,
    },
    lists: {
      members: {
        each: sql`json_build_object('userId', x.user_id, 'name', u.name, 'kind', u.kind, 'role', x.role,
          'roleId', x.role_id)`,
        from: sql`membership x join app_user u on u.id = x.user_id where x.org_id = ${id}`,
        orderBy: sql`x.user_id`,
      },
      roles: { each: roleJson, from: sql`org_role r where r.org_id = ${id}`, orderBy: sql`r.id` },
      projects: { each: projectJson, from: sql`project p where p.org_id = ${id}`, orderBy: sql`p.id` },
      boards: {
        each: boardJson,
        from: sql`board b where b.org_id = ${id} and b.visibility = 'org'`,
        orderBy: sql`b.id`,
      },
    },
  });
  const { role = null, allowed = null, lacksFactor = false } = row ?? {};
  toOrgActor({ ...who, held: role === null ? undefined : { role, allowed }, lacksFactor }, action);
  return toOpened(row);
}
