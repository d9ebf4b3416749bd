import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database, Db, TenantTransaction } from "../../../db/client.ts";
import type { Tenant } from "../../../db/tenant.ts";
import { ENCRYPTED_COLUMNS, type EncryptedColumn, type EncryptedName } from "../../encrypted-columns.ts";
import type { AppServices } from "../context.ts";
import { pause } from "../faults.ts";
import { type JobKind, type Worker, worker } from "../jobs.ts";
import { aboutKey, BELIEVED_MS, keyColumns, type KeyRow, RootKeyMissing } from "./data-keys.ts";
import { CiphertextRefused, FORMAT, type Row } from "./encryption.ts";
import type { RootKeys } from "./root-keys.ts";

/** Keys or texts that are changed in one transaction. */
const BATCH = 200;
/** How long a retired key is kept after nothing is encrypted by it any more, for transactions that were under way. */
const KEPT_MS = 86_400_000;

type Parts = Pick<AppServices, "db" | "clock" | "encryption">;

/** A data key by which nothing more is encrypted. */
interface Retired extends Record<string, unknown> {
  readonly id: string;
  readonly orgId: string | null;
  /** ISO 8601. */
  readonly retiredAt: string;
}

/** How a rotation goes on. */
export interface Progress {
  onBatch?(count: number): void;
  readonly signal?: AbortSignal;
}

/**
 * Wraps every data key by the root key of now, in batches: what was done stays done when it is ended in the middle.
 * Answers how many. Fails with `RootKeyMissing` for one whose root key is not known here.
 */
export async function rewrapDataKeys(
  { db, rootKeys }: { db: AppServices["db"]; rootKeys: RootKeys },
  { onBatch, signal }: Progress = {},
): Promise<number> {
  let done = 0;
  for (;;) {
    signal?.throwIfAborted();
    const rows = await db.execute<KeyRow>(sql`
      select ${keyColumns} from data_key where root_key_id <> ${rootKeys.currentId} order by id limit ${BATCH}`);
    if (rows.length === 0) return done;
    await db.transaction((tx) => Promise.all(rows.map((row) => tx.execute(rewrapped(row, rootKeys)))));
    done += rows.length;
    onBatch?.(rows.length);
  }
}

function rewrapped(row: KeyRow, rootKeys: RootKeys): SQL {
  const bytes = rootKeys.unwrap(row, aboutKey(row));
  if (!bytes) throw new RootKeyMissing(row.rootKeyId);
  const { rootKeyId, wrapped } = rootKeys.wrap(bytes, aboutKey(row));
  bytes.fill(0);
  return sql`
    update data_key set root_key_id = ${rootKeyId}, wrapped = ${wrapped}
    where id = ${row.id}::uuid and root_key_id = ${row.rootKeyId}`;
}

/** Retires the data keys of now: whatever is encrypted from then on is so by new ones. Answers how many there were. */
export async function retireDataKeys(db: Db, now: Date): Promise<number> {
  const retired = await db.execute(sql`
    update data_key set retired_at = ${now.toISOString()}::timestamptz
    where retired_at is null and purpose = 'seal' returning id`);
  return retired.length;
}

/**
 * Encrypts anew what is encrypted by retired keys, while servers read and write it: a text that somebody changes
 * meanwhile is left to them. Done when no process can believe in those keys any more and nothing is left on them; then
 * those that were retired a day ago are deleted. Ended in the middle and begun again, it goes on where it was, for what
 * is done is on no retired key.
 */
export async function reencrypt(parts: Parts, progress: Progress = {}): Promise<number> {
  parts.encryption.dataKeys.forgetCurrent();
  let done = 0;
  for (;;) {
    const retired = await findRetired(parts.db);
    const startedAt = parts.clock.now().getTime();
    let changed = 0;
    for (const key of retired) changed += await reencryptAll(parts, key, progress);
    done += changed;
    const isBelieved = retired.some(({ retiredAt }) => startedAt - Date.parse(retiredAt) < 2 * BELIEVED_MS);
    if (changed === 0 && !isBelieved) break;
    if (isBelieved) await pause(BELIEVED_MS / 4, progress.signal);
    progress.signal?.throwIfAborted();
  }
  await deleteOldKeys(parts);
  return done;
}

function findRetired(db: Db): Promise<Retired[]> {
  return db.execute<Retired>(sql`
    select id, org_id as "orgId", iso(retired_at) as "retiredAt" from data_key
    where retired_at is not null and purpose = 'seal' order by id`);
}

async function reencryptAll(parts: Parts, key: Retired, progress: Progress): Promise<number> {
  let done = 0;
  for (const column of columnsOf(key)) {
    let last: string | undefined;
    for (;;) {
      progress.signal?.throwIfAborted();
      const rows = await parts.db.within(tenantOf(key)).execute<TextRow>(textsOn(key, column, last));
      const texts = await Promise.all(rows.map((row) => resealed(parts, column, row)));
      done += await parts.db.within(tenantOf(key)).transaction((tx) => save(tx, column, texts));
      if (rows.length > 0) progress.onBatch?.(rows.length);
      last = rows.at(-1)?.id;
      if (rows.length < BATCH) break;
    }
  }
  return done;
}

/** Where the texts are seen that a key was used for: those of accounts, each its own, are found by a door of the wall. */
function tenantOf({ orgId }: Retired): Tenant {
  return { orgId: orgId ?? undefined };
}

/** The columns that a key may have been used for. */
function columnsOf({ orgId }: Retired): Column[] {
  return COLUMNS.filter(({ isOrg }) => isOrg === (orgId !== null));
}

interface Column {
  readonly name: EncryptedName;
  readonly isOrg: boolean;
  readonly table: SQL;
  readonly value: SQL;
  readonly row: SQL;
  readonly owner: SQL;
}

const COLUMNS = Object.keys(ENCRYPTED_COLUMNS).filter(isEncryptedName).map(toColumn);

function isEncryptedName(name: string): name is EncryptedName {
  return name in ENCRYPTED_COLUMNS;
}

function toColumn(name: EncryptedName): Column {
  const [table = "", value = ""] = name.split(".");
  const column: EncryptedColumn = ENCRYPTED_COLUMNS[name];
  const isOrg = "org" in column;
  const owner = isOrg ? column.org : column.account;
  const named = (text: string) => sql`${sql.identifier(text)}`;
  return { name, isOrg, table: named(table), value: named(value), row: named(column.row), owner: named(owner) };
}

interface TextRow extends Record<string, unknown> {
  readonly id: string;
  readonly owner: string;
  readonly sealed: string;
}

/** Selects texts that are encrypted by a key, in the order of their rows; without a limit all that are left. */
function textsOn(key: Retired, column: Column, after?: string, limit: number | null = BATCH): SQL {
  const { name, table, value, row, owner } = column;
  const pattern = `${FORMAT}.${key.id}.%`;
  if (!column.isOrg) {
    return sql`select id, owner, sealed from sealed_texts(${name}, ${pattern}, ${after ?? null}::uuid, ${limit}::int)`;
  }
  return sql`
    select ${row} as id, ${owner} as owner, ${value} as sealed from ${table}
    where ${value} like ${pattern} and ${owner} = ${key.orgId}::uuid
      and (${after ?? null}::uuid is null or ${row} > ${after ?? null}::uuid)
    order by ${row} limit ${limit}::int`;
}

interface Resealed {
  readonly id: string;
  readonly owner: string;
  readonly before: string;
  readonly after: string;
}

/** Undefined: it was tampered with (which is in the log), and stays as it is. */
async function resealed(
  { encryption }: Parts,
  { name, isOrg }: Column,
  { id, owner, sealed }: TextRow,
): Promise<Resealed | undefined> {
  const row: Row = isOrg ? { id, orgId: owner } : { id, userId: owner };
  try {
    return { id, owner, before: sealed, after: await encryption.reseal(name, row, sealed) };
  } catch (error) {
    if (error instanceof CiphertextRefused) return undefined;
    throw error;
  }
}

async function save(
  tx: TenantTransaction,
  { table, value, row, isOrg }: Column,
  texts: readonly (Resealed | undefined)[],
): Promise<number> {
  const whole = texts.filter((text) => text !== undefined);
  const saved = await Promise.all(
    whole.map(({ id, owner, before, after }) => {
      tx.enter(isOrg ? { orgId: owner } : { userId: owner });
      return tx.execute(sql`
        update ${table} set ${value} = ${after}
        where ${row} = ${id}::uuid and ${value} = ${before} returning ${row}`);
    }),
  );
  return saved.flat().length;
}

async function deleteOldKeys(parts: Parts): Promise<void> {
  const before = parts.clock.now().getTime() - KEPT_MS;
  for (const key of await findRetired(parts.db)) {
    if (Date.parse(key.retiredAt) > before || (await countTexts(parts.db, key)) > 0) continue;
    await parts.db.execute(sql`delete from data_key where id = ${key.id}::uuid and retired_at is not null`);
  }
}

async function countTexts(db: Database, key: Retired): Promise<number> {
  const counts = await Promise.all(
    columnsOf(key).map((column) =>
      db
        .within(tenantOf(key))
        .execute<{ count: number }>(
          sql`select count(*)::int as count from (${textsOn(key, column, undefined, null)}) t`,
        ),
    ),
  );
  return counts.flat().reduce((sum, { count }) => sum + count, 0);
}

/** What the keys of a database are at. */
export interface KeyStatus {
  /** Root key → how many data keys it wraps. */
  readonly rootKeys: Readonly<Record<string, number>>;
  readonly retiredKeys: number;
  /** Texts that are encrypted by retired keys. */
  readonly texts: number;
}

export async function keyStatus(db: Database): Promise<KeyStatus> {
  const rows = await db.execute<{ id: string; count: number }>(sql`
    select root_key_id as id, count(*)::int as count from data_key group by 1 order by 1`);
  const retired = await findRetired(db);
  let texts = 0;
  for (const key of retired) texts += await countTexts(db, key);
  return { rootKeys: Object.fromEntries(rows.map(({ id, count }) => [id, count])), retiredKeys: retired.length, texts };
}

const Reencrypt = z.strictObject({});
/** What a command that was ended in the middle leaves to the servers. */
export const REENCRYPT: JobKind<z.infer<typeof Reencrypt>> = {
  name: "encryption.reencrypt",
  payload: Reencrypt,
  retries: 24,
  firstRetrySeconds: 10,
  longestRetrySeconds: 3_600,
  timeoutSeconds: 3_600,
};

export function reencryptWorker(app: AppServices): Worker {
  return worker(REENCRYPT, async (_, signal) => void (await reencrypt(app, { signal })));
}

/** Sees to keys that were retired because they had their share, and deletes those of which nothing is left. */
export async function tidyRetiredKeys(app: AppServices): Promise<void> {
  const [retired] = await findRetired(app.db);
  if (retired) await app.db.transaction((tx) => app.jobs.enqueue(tx, REENCRYPT, {}));
}
