import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { words } from "../../../db/columns.ts";
import { mayDo, type OrgActor, requireCover } from "../../core/access.ts";
import type { AppServices } from "../../core/context.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { sha256 } from "../../core/secrets.ts";
import { note, type Tx } from "../../core/tx.ts";
import { Id, Instant } from "../../fields.contract.ts";
import type { HeldRole } from "../../policy.ts";
import { newKeyToken } from "./key-token.ts";
import {
  type ApiKey,
  type CreateKey,
  type KeyIssued,
  type KeyPage,
  type ListKeys,
  RevokeKey,
} from "./keys.contract.ts";
import { openAddress } from "./place-of-use.ts";
import { getHeldByService } from "../orgs/service-accounts.service.ts";
import { announceEnded, controlStreamOfUser, requireControlOf } from "./session-end.ts";

/** Of one person in one organisation. */
const MOST_KEYS = 50;

/** The one way a row (alias `k`, its owner `u`) becomes an `ApiKey`. */
const keyJson = sql<ApiKey>`json_build_object('id', k.id, 'orgId', k.org_id,
  'owner', json_build_object('id', u.id, 'name', u.name), 'name', k.name, 'actions', k.actions,
  'createdAt', iso(k.created_at), 'expiresAt', iso(k.expires_at), 'lastUsedAt', iso(k.last_used_at),
  'lastAddress', k.last_address)`;
const KeyKey = z.tuple([Instant, Id]);

/** The caller's keys in an organisation, newest first; with `key:manage` everybody's. Expired ones, too. */
export async function listKeys(app: AppServices, actor: OrgActor, input: ListKeys): Promise<KeyPage> {
  const after = decodeCursor(KeyKey, input.cursor);
  const rows = await app.db.within({ orgId: actor.orgId }).execute<{ key: ApiKey }>(sql`
    select ${keyJson} as key from api_key k join app_user u on u.id = k.user_id
    where ${visibleTo(actor)}
      ${after ? sql`and (k.created_at, k.id) < (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
    order by k.created_at desc, k.id desc limit ${input.limit + 1}`);
  const keys = await Promise.all(
    rows.map(async ({ key }) => {
      const place = { row: { id: key.id, orgId: key.orgId }, sealed: key.lastAddress };
      return { ...key, lastAddress: await openAddress(app.encryption, "api_key.last_address", place) };
    }),
  );
  return toPage(keys, input.limit, (key) => [key.createdAt, key.id]);
}

/**
 * Makes a key of the caller, or of a service account that they manage, and answers its token, of which only the hash is
 * kept. Fails: KEYS_TOO_MANY, SERVICE_NOT_FOUND, ACTION_FORBIDDEN, ROLE_TOO_HIGH.
 */
export async function createKey(tx: Tx, actor: OrgActor, input: CreateKey): Promise<KeyIssued> {
  const { orgId } = actor;
  const userId = input.serviceId === undefined ? actor.userId : await getManaged(tx, actor, input.serviceId);
  if (input.expiresAt !== null && new Date(input.expiresAt) <= tx.now) {
    throw new AppError("INPUT_INVALID", { fields: { expiresAt: "This is over." } });
  }
  const token = newKeyToken();
  const [row] = await tx.db.execute<{ key: ApiKey }>(sql`
    with k as (
      insert into api_key (id, org_id, user_id, name, token_hash, actions, created_at, expires_at)
      select ${newId()}::uuid, ${orgId}::uuid, ${userId}::uuid, ${input.name}, ${sha256(token)},
        ${words(input.actions)}, ${tx.now.toISOString()}::timestamptz, ${input.expiresAt}::timestamptz
      where (select count(*) from api_key where org_id = ${orgId}::uuid and user_id = ${userId}::uuid) < ${MOST_KEYS}::int
      returning *)
    select ${keyJson} as key from k join app_user u on u.id = k.user_id`);
  if (!row) throw new AppError("KEYS_TOO_MANY");
  note(tx, { id: row.key.id, after: row.key });
  return { key: row.key, token };
}

/** The service account whose keys the actor may make. */
async function getManaged(tx: Tx, actor: OrgActor, serviceId: string): Promise<string> {
  if (!mayDo(actor, "key:manage")) throw new AppError("ACTION_FORBIDDEN");
  requireCover(actor, await getHeldByService(tx.db, actor, serviceId));
  return serviceId;
}

/**
 * Ends a key of the caller, or, with `key:manage`, of anybody who may do no more than they: whatever it has open is
 * closed, on every process. Fails: KEY_NOT_FOUND, ROLE_TOO_HIGH.
 */
export async function revokeKey(tx: Tx, actor: OrgActor, { keyId }: RevokeKey): Promise<null> {
  const own = sql`k.id = ${keyId}::uuid and ${visibleTo(actor)}`;
  const [found] = await tx.db.execute<FoundKey & { key: ApiKey }>(sql`
    select k.user_id as "userId", m.role, to_json(m.allowed) as allowed, ${keyJson} as key
    from api_key k join app_user u on u.id = k.user_id
      join membership m on m.org_id = k.org_id and m.user_id = k.user_id where ${own}`);
  if (!found) throw new AppError("KEY_NOT_FOUND");
  const { key } = found;
  if (found.userId !== actor.userId) requireCover(actor, found);
  requireControlOf(tx, found.userId);
  note(tx, { id: key.id, before: key });
  tx.send(tx.db.execute(sql`delete from api_key k where ${own}`));
  announceEnded(tx, actor, key.owner.id);
  return null;
}

/** Whose a key is, and what they may do. */
interface FoundKey extends HeldRole, Record<string, unknown> {
  userId: string;
}

/** The control stream of a key's owner. */
export function controlOfKey({ orgId }: { orgId: string }, input: unknown): SQL {
  const { keyId } = RevokeKey.parse(input);
  return sql`
    select ${controlStreamOfUser(sql`k.user_id`)} as id from api_key k
    where k.id = ${keyId}::uuid and k.org_id = ${orgId}::uuid`;
}

function visibleTo(actor: OrgActor): SQL {
  const { orgId, userId } = actor;
  const isOfAll = mayDo(actor, "key:manage");
  return sql`k.org_id = ${orgId}::uuid and (${isOfAll}::boolean or k.user_id = ${userId}::uuid)`;
}
