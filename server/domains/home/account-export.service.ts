import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { describeDevice } from "../identity/device.ts";
import { getFactors } from "../identity/factors.service.ts";
import { openAddress } from "../identity/place-of-use.ts";
import { heldRoleJson } from "../orgs/rows.ts";
import { timeEntryJson, viewJson } from "../work/rows.ts";
import { type AccountExport, MOST_EXPORTED } from "./account.contract.ts";
import { notificationJson } from "./notifications.service.ts";
import { getReminders } from "./reminders.service.ts";
import { watchJson } from "./watches.service.ts";

/** What is of an organisation, and found in it. */
type InOrgs = Pick<
  AccountExport,
  "boards" | "tasks" | "checkItems" | "comments" | "attachments" | "timeEntries" | "views" | "watches" | "events"
>;

interface Listed<Item> {
  count: number;
  items: Item[];
}

type Stored = Omit<AccountExport, "at" | "factors" | "sessions" | "reminders" | keyof InOrgs> & {
  orgIds: string[];
  sessions: { count: number; items: Omit<AccountExport["sessions"]["items"][number], "device">[] };
};

/** Everything that there is about somebody. Looks through the logs of their organisations, one after the other. */
export async function exportAccount(app: AppServices, { id: userId }: { id: string }): Promise<AccountExport> {
  const [row] = await app.db.within({ userId }).execute<{ stored: Stored }>(selectOwn(sql`${userId}::uuid`));
  if (!row) throw new AppError("SIGN_IN_REQUIRED");
  const { user, sessions, keys, orgIds, ...rest } = row.stored;
  const { encryption } = app;
  return {
    at: app.clock.now().toISOString(),
    user,
    factors: await getFactors(app.db.within({ userId }), { id: userId }),
    sessions: {
      ...sessions,
      items: await Promise.all(
        sessions.items.map(async (session) => {
          const place = { row: { id: session.id, userId }, sealed: session.lastAddress };
          const lastAddress = await openAddress(encryption, "session.last_address", place);
          return { ...session, lastAddress, device: describeDevice(session.userAgent) };
        }),
      ),
    },
    keys: {
      ...keys,
      items: await Promise.all(
        keys.items.map(async (key) => {
          const place = { row: { id: key.id, orgId: key.orgId }, sealed: key.lastAddress };
          return { ...key, lastAddress: await openAddress(encryption, "api_key.last_address", place) };
        }),
      ),
    },
    ...rest,
    reminders: await getReminders(app.db.within({ userId }), userId),
    ...(await readInOrgs(app.db, userId, orgIds)),
  };
}

/** What somebody has and did in their organisations: one statement for each, in its tenant. */
async function readInOrgs(db: Database, userId: string, orgIds: readonly string[]): Promise<InOrgs> {
  const rows = await db.within({}).transaction((tx) =>
    Promise.all(
      orgIds.map((orgId) => {
        tx.enter({ orgId, userId });
        return tx.execute<{ stored: InOrgs }>(selectInOrg(sql`${orgId}::uuid`, sql`${userId}::uuid`));
      }),
    ),
  );
  const found = rows.flatMap(([row]) => row?.stored ?? []);
  return {
    boards: together(
      found.map(({ boards }) => boards),
      ({ id }) => id,
    ),
    tasks: together(
      found.map(({ tasks }) => tasks),
      ({ id }) => id,
    ),
    comments: together(
      found.map(({ comments }) => comments),
      ({ at, id }) => at + id,
    ),
    attachments: together(
      found.map(({ attachments }) => attachments),
      ({ at, id }) => at + id,
    ),
    timeEntries: together(
      found.map(({ timeEntries }) => timeEntries),
      ({ startedAt, id }) => startedAt + id,
    ),
    views: together(
      found.map(({ views }) => views),
      ({ createdAt, id }) => createdAt + id,
    ),
    watches: together(
      found.map(({ watches }) => watches),
      ({ createdAt, id }) => createdAt + id,
    ),
    checkItems: together(
      found.map(({ checkItems }) => checkItems),
      ({ id }) => id,
    ),
    events: together(
      found.map(({ events }) => events),
      ({ at, streamId }) => at + streamId,
    ),
  };
}

/** Lists of several organisations as one. `by` goes up with the time: ids do, too. */
function together<Item>(lists: readonly Listed<Item>[], by: (item: Item) => string): Listed<Item> {
  const newest = lists
    .flatMap(({ items }) => items)
    .toSorted((one, other) => Number(by(one) < by(other)) - Number(by(one) > by(other)));
  return { count: lists.reduce((sum, { count }) => sum + count, 0), items: newest.slice(0, MOST_EXPORTED) };
}

function selectOwn(userId: SQL): SQL {
  return sql`
    select json_build_object(
      'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name, 'createdAt', iso(u.created_at),
        'emailVerifiedAt', iso(u.email_verified_at)),
      'sessions', ${listed(
        sql`json_build_object('id', s.public_id, 'userAgent', s.user_agent, 'createdAt', iso(s.created_at),
          'lastUsedAt', iso(coalesce(s.last_used_at, s.created_at)), 'lastAddress', s.last_address,
          'expiresAt', iso(least(s.expires_at, s.ends_at)))`,
        sql`session s where s.user_id = ${userId}`,
        sql`s.created_at desc, s.public_id desc`,
      )},
      'identities', ${listed(
        sql`json_build_object('id', i.id, 'issuer', i.issuer, 'subject', i.subject, 'email', i.email,
          'createdAt', iso(i.created_at), 'lastUsedAt', iso(i.last_used_at))`,
        sql`identity i where i.user_id = ${userId}`,
        sql`i.created_at desc, i.id desc`,
      )},
      'keys', ${listed(
        sql`json_build_object('id', k.id, 'orgId', k.org_id, 'name', k.name, 'actions', k.actions,
          'createdAt', iso(k.created_at), 'expiresAt', iso(k.expires_at), 'lastUsedAt', iso(k.last_used_at),
          'lastAddress', k.last_address)`,
        sql`own_keys() k`,
        sql`k.created_at desc, k.id desc`,
      )},
      'orgs', ${listed(
        sql`json_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', m.role,
          'customRole', ${heldRoleJson}, 'factorDueAt', iso(o.factor_due_at), 'joinedAt', iso(m.created_at))`,
        sql`own_memberships() m join own_orgs() o on o.id = m.org_id left join own_roles() r on r.id = m.role_id`,
        sql`m.created_at desc, o.id desc`,
      )},
      'notifications', ${listed(notificationJson, sql`notification n where n.user_id = ${userId}`, sql`n.id desc`)},
      'invitations', ${listed(
        sql`json_build_object('id', i.id, 'orgId', o.id, 'orgName', o.name, 'role', i.role, 'expiresAt', iso(i.expires_at))`,
        sql`own_invitations() i join own_orgs() o on o.id = i.org_id`,
        sql`i.created_at desc, i.id desc`,
      )},
      'orgIds', (select coalesce(json_agg(m.org_id order by m.org_id), '[]'::json) from own_memberships() m)) as stored
    from app_user u where u.id = ${userId} and u.disabled_at is null`;
}

function selectInOrg(orgId: SQL, userId: SQL): SQL {
  return sql`
    select json_build_object(
      'boards', ${listed(
        sql`json_build_object('id', b.id, 'orgId', b.org_id, 'name', b.name, 'role', bm.role)`,
        sql`board_member bm join board b on b.id = bm.board_id
          where bm.org_id = m.org_id and bm.user_id = m.user_id`,
        sql`b.id desc`,
      )},
      'tasks', ${listed(
        sql`json_build_object('id', t.id, 'boardId', t.board_id, 'title', t.title)`,
        sql`task_assignee a join task t on t.id = a.task_id join board b on b.id = t.board_id
          left join board_member bm on bm.board_id = b.id and bm.user_id = a.user_id
          where a.org_id = m.org_id and a.user_id = m.user_id and board_role(m.role, b.visibility, bm.role) is not null`,
        sql`t.id desc`,
      )},
      'comments', ${listed(
        sql`json_build_object('id', c.id, 'boardId', c.board_id, 'taskId', c.task_id, 'text', c.text, 'at', iso(c.created_at))`,
        sql`comment c join board b on b.id = c.board_id
          left join board_member bm on bm.board_id = b.id and bm.user_id = c.author_id
          where c.org_id = m.org_id and c.author_id = m.user_id and c.state = 'open'
            and board_role(m.role, b.visibility, bm.role) is not null`,
        sql`c.created_at desc, c.id desc`,
      )},
      'attachments', ${listed(
        sql`json_build_object('id', a.id, 'boardId', a.board_id, 'taskId', a.task_id, 'name', a.name,
          'sizeBytes', a.size_bytes, 'at', iso(a.created_at))`,
        sql`attachment a join board b on b.id = a.board_id
          left join board_member bm on bm.board_id = b.id and bm.user_id = a.created_by
          where a.org_id = m.org_id and a.created_by = m.user_id
            and board_role(m.role, b.visibility, bm.role) is not null`,
        sql`a.created_at desc, a.id desc`,
      )},
      'timeEntries', ${listed(
        timeEntryJson,
        sql`time_entry e where e.org_id = m.org_id and e.user_id = m.user_id`,
        sql`e.started_at desc, e.id desc`,
      )},
      'views', ${listed(
        viewJson,
        sql`saved_view v where v.org_id = m.org_id and v.created_by = m.user_id`,
        sql`v.created_at desc, v.id desc`,
      )},
      'watches', ${listed(
        sql`${watchJson}::jsonb || jsonb_build_object('orgId', w.org_id)`,
        sql`watch w where w.org_id = m.org_id and w.user_id = m.user_id`,
        sql`w.created_at desc, w.id desc`,
      )},
      'checkItems', ${listed(
        sql`json_build_object('id', i.id, 'boardId', i.board_id, 'taskId', i.task_id, 'text', i.text)`,
        sql`check_item i join board b on b.id = i.board_id
          left join board_member bm on bm.board_id = b.id and bm.user_id = i.assignee_id
          where i.org_id = m.org_id and i.assignee_id = m.user_id
            and board_role(m.role, b.visibility, bm.role) is not null`,
        sql`i.id desc`,
      )},
      'events', ${listed(
        sql`json_build_object('streamId', e.stream_id, 'version', e.version, 'type', e.type, 'at', iso(e.at))`,
        sql`stream s join event e on e.stream_id = s.id where s.org_id = m.org_id and e.actor_id = m.user_id`,
        sql`e.at desc, e.stream_id desc, e.version desc`,
      )}) as stored
    from membership m where m.org_id = ${orgId} and m.user_id = ${userId}`;
}

/** Rows as a list of JSON with their count. */
function listed(row: SQL, from: SQL, order: SQL): SQL {
  return sql`json_build_object('count', (select count(*)::int from ${from}),
    'items', (select coalesce(json_agg(l.item), '[]'::json) from (
      select ${row} as item from ${from} order by ${order} limit ${MOST_EXPORTED}::int) l))`;
}
