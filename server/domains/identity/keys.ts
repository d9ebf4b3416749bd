import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { Clock } from "../../core/clock.ts";
import type { CurrentSession, SignedInUser } from "../../core/context.ts";
import { sha256 } from "../../core/secrets.ts";
import type { Action } from "../../policy.ts";
import { isKeyToken } from "./key-token.ts";
import { isPlaceNews } from "./place-of-use.ts";

/** For a key that does not expire: the last instant that a `Date` has. */
const NEVER = new Date(8_640_000_000_000_000);

interface KeyRow extends Record<string, unknown> {
  readonly id: string;
  readonly orgId: string;
  readonly actions: Action[];
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly lastAddress: string | null;
  readonly user: SignedInUser;
}

/** API keys as what somebody signs in with: beside sessions, and found and ended as these are. */
export class Keys {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor(db: Database, clock: Clock) {
    this.#db = db;
    this.#clock = clock;
  }

  async find(token: string, address?: string): Promise<{ session: CurrentSession; user: SignedInUser } | undefined> {
    if (!isKeyToken(token)) return undefined;
    const [row] = await this.#db.execute<KeyRow>(sql`
      select k.id, k.org_id as "orgId", to_json(k.actions) as actions, iso(k.expires_at) as "expiresAt",
        iso(k.last_used_at) as "lastUsedAt", k.last_address as "lastAddress",
        json_build_object('id', u.id, 'email', u.email, 'name', u.name) as user
      from key_of_token(${sha256(token)}) k join app_user u on u.id = k.user_id
      where u.disabled_at is null`);
    if (!row) return undefined;
    const { id, orgId, user } = row;
    const expiresAt = row.expiresAt === null ? NEVER : new Date(row.expiresAt);
    if (expiresAt <= this.#clock.now()) return undefined;
    if (address !== undefined && isPlaceNews(row, address, this.#clock.now())) this.#noteUse(row, address);
    return { session: { id, token, expiresAt, key: { orgId, actions: new Set(row.actions) } }, user };
  }

  /** Selects the ids of those that still count. */
  live(ids: readonly string[]): SQL {
    return sql`
      select k.id from keys_in_use(${uuids(ids)}) k join app_user u on u.id = k.user_id
      where u.disabled_at is null
        and (k.expires_at is null or k.expires_at > ${this.#clock.now().toISOString()}::timestamptz)`;
  }

  /** Nobody waits for it, and one that is lost is of no harm. */
  #noteUse({ id, orgId }: KeyRow, address: string): void {
    const at = this.#clock.now().toISOString();
    this.#db
      .within({ orgId })
      .execute(
        sql`update api_key set last_used_at = ${at}::timestamptz, last_address = ${address} where id = ${id}::uuid`,
      )
      .catch(() => {});
  }
}
