import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { DATA_KEY_PURPOSES } from "../../../db/enums.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { RootKeys } from "./root-keys.ts";

const KEY_BYTES = 32;
/** Nonces are random: NIST SP 800-38D, 8.3 allows a key so many. */
const MOST_TEXTS = 2 ** 32;
/** How many texts a process may encrypt by a key before it asks for more. */
const BLOCK = 16_384;
/** For how long a process believes that a key is the one of now, after it was retired elsewhere. */
export const BELIEVED_MS = 3_000;
/** Unwrapped keys in memory, of the organisations that were used last. */
const MOST_KEYS = 2_000;

/** A key of an organisation, or of accounts (`orgId` null), as it is in memory alone. */
export interface DataKey {
  readonly id: string;
  readonly orgId: string | null;
  readonly key: KeyObject;
  /** How many texts this process may still encrypt by it. */
  left: number;
}

type DataKeyPurpose = (typeof DATA_KEY_PURPOSES)[number];

interface Scope {
  readonly orgId: string | null;
  readonly purpose: DataKeyPurpose;
}

export interface KeyRow extends Record<string, unknown> {
  readonly id: string;
  readonly orgId: string | null;
  readonly purpose: DataKeyPurpose;
  readonly rootKeyId: string;
  readonly wrapped: string;
}

export const keyColumns = sql`id, org_id as "orgId", purpose, root_key_id as "rootKeyId", wrapped`;

/** What a wrapped key is bound to. */
export function aboutKey({ id, orgId, purpose }: Pick<KeyRow, "id" | "orgId" | "purpose">): (string | null)[] {
  return ["data key", id, orgId, purpose];
}

/** A key is wrapped by a root key that this process does not have. */
export class RootKeyMissing extends Error {
  constructor(rootKeyId: string) {
    super(`a data key is wrapped by the root key ${rootKeyId}, which is not known here`);
  }
}

/** The root keys that the data keys of a database are wrapped by. */
export async function rootKeyIds(db: Db): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`select distinct root_key_id as id from data_key order by 1`);
  return rows.map(({ id }) => id);
}

/**
 * The data keys, made when they are first needed. `db` is a connection of their own: whoever seals in a transaction of
 * the pool must not wait for another connection of it, and a key must be there whatever becomes of that transaction.
 */
export class DataKeys {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #rootKeys: RootKeys;
  /** Those that were used last are the last. */
  readonly #known = new Map<string, DataKey>();
  readonly #current = new Map<string, { key: Promise<DataKey>; until: number }>();

  constructor({ db, clock, rootKeys }: { db: Db; clock: Clock; rootKeys: RootKeys }) {
    this.#db = db;
    this.#clock = clock;
    this.#rootKeys = rootKeys;
  }

  /** The key to encrypt a text by, which counts as encrypted by it from then on. */
  async takeCurrent(orgId: string | null): Promise<DataKey> {
    for (;;) {
      const key = await this.current({ orgId, purpose: "seal" });
      if (key.left > 0 || (await this.#reserve(key))) {
        key.left -= 1;
        return key;
      }
      this.forgetCurrent();
    }
  }

  /** The key of now, made if there is none. */
  current(scope: Scope): Promise<DataKey> {
    const name = `${scope.orgId ?? ""} ${scope.purpose}`;
    const known = this.#current.get(name);
    if (known && known.until > performance.now()) return known.key;
    const key = this.#findOrMake(scope);
    this.#current.delete(name);
    bounded(this.#current, MOST_KEYS).set(name, { key, until: performance.now() + BELIEVED_MS });
    key.catch(() => this.#current.delete(name));
    return key;
  }

  /** A key by its id; undefined: there is none. */
  async find(id: string): Promise<DataKey | undefined> {
    const known = this.#known.get(id);
    if (known) return this.#keep(known);
    const [row] = await this.#db.execute<KeyRow>(sql`select ${keyColumns} from data_key where id = ${id}::uuid`);
    return row && this.#unwrap(row);
  }

  /** Looks again which keys are those of now. */
  forgetCurrent(): void {
    this.#current.clear();
  }

  async #findOrMake({ orgId, purpose }: Scope): Promise<DataKey> {
    const find = () =>
      this.#db.execute<KeyRow>(sql`
        select ${keyColumns} from data_key
        where coalesce(org_id, ${NOBODY}::uuid) = ${orgId ?? NOBODY}::uuid and purpose = ${purpose} and retired_at is null`);
    const [found] = await find();
    if (found) return this.#unwrap(found);
    const id = newId();
    const { rootKeyId, wrapped } = this.#rootKeys.wrap(randomBytes(KEY_BYTES), aboutKey({ id, orgId, purpose }));
    await this.#db.execute(sql`
      insert into data_key (id, org_id, purpose, root_key_id, wrapped, created_at)
      values (${id}::uuid, ${orgId}::uuid, ${purpose}, ${rootKeyId}, ${wrapped},
        ${this.#clock.now().toISOString()}::timestamptz)
      on conflict do nothing`);
    // Somebody else's, if two made one.
    const [made] = await find();
    if (!made) throw new Error("a data key that was just made is retired already");
    return this.#unwrap(made);
  }

  #unwrap(row: KeyRow): DataKey {
    const known = this.#known.get(row.id);
    if (known) return this.#keep(known);
    const bytes = this.#rootKeys.unwrap(row, aboutKey(row));
    if (!bytes) throw new RootKeyMissing(row.rootKeyId);
    const key = createSecretKey(bytes);
    bytes.fill(0);
    return this.#keep({ id: row.id, orgId: row.orgId, key, left: 0 });
  }

  #keep(key: DataKey): DataKey {
    this.#known.delete(key.id);
    bounded(this.#known, MOST_KEYS).set(key.id, key);
    return key;
  }

  /** Takes leave for more texts. One that has had its share is retired: the next that is sealed makes another. */
  async #reserve(key: DataKey): Promise<boolean> {
    const [reserved] = await this.#db.execute(sql`
      update data_key set reserved = reserved + ${BLOCK}::int
      where id = ${key.id}::uuid and retired_at is null and reserved <= ${MOST_TEXTS - BLOCK}::bigint
      returning id`);
    if (reserved) {
      key.left += BLOCK;
      return true;
    }
    await this.#db.execute(sql`
      update data_key set retired_at = ${this.#clock.now().toISOString()}::timestamptz
      where id = ${key.id}::uuid and retired_at is null`);
    return false;
  }
}

/** In place of an organisation, for accounts: as in the index. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** The map with room for one more: what was used longest ago goes. */
function bounded<Value>(map: Map<string, Value>, most: number): Map<string, Value> {
  for (const oldest of map.keys()) {
    if (map.size < most) break;
    map.delete(oldest);
  }
  return map;
}
