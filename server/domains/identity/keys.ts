import { sql } from "drizzle-orm";
import type { AppServices, CurrentSession, SignedInUser } from "../../core/context.ts";
import { sha256 } from "../../core/secrets.ts";
import type { Action } from "../../policy.ts";
import { isKeyToken } from "./key-token.ts";
import { isPlaceNews, openAddress } from "./place-of-use.ts";

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

/** What sessions and keys stand on. */
export type SessionParts = Pick<AppServices, "db" | "clock" | "encryption">;

/** API keys as what somebody signs in with: beside sessions, and found and ended as these are. */
export class Keys {
  readonly #db: SessionParts["db"];
  readonly #clock: SessionParts["clock"];
  readonly #encryption: SessionParts["encryption"];

  constructor({ db, clock, encryption }: SessionParts) {
    this.#db = db;
    this.#clock = clock;
    this.#encryption = encryption;
  }

  async find(token: string, address?: string): Promise<{ session: CurrentSession; user: SignedInUser } | undefined> {
    if (!isKeyToken(token)) return undefined;
    const [row] = await this.#db.execute<KeyRow>(sql`
      select k.id, k.org_id as "orgId", to_json(k.actions) as actions, iso(k.expires_at) as "expiresAt",
        iso(k.last_used_at) as "lastUsedAt", k.last_address as "lastAddress",
        json_build_object('id', k.user_id, 'email', k.email, 'name', k.name) as user
      from key_of_token(${sha256(token)}) k`);
    if (!row) return undefined;
    const { id, orgId, user, lastUsedAt, lastAddress: sealed } = row;
    const expiresAt = row.expiresAt === null ? NEVER : new Date(row.expiresAt);
    if (expiresAt <= this.#clock.now()) return undefined;
    const place = { row: { id, orgId }, sealed };
    const use = { lastUsedAt, openAddress: () => openAddress(this.#encryption, "api_key.last_address", place) };
    const isNews = address !== undefined && (await isPlaceNews(use, address, this.#clock.now()));
    // Nobody waits for it to be written, and one that is lost is of no harm.
    if (isNews) this.#noteUse(place.row, address).catch(() => {});
    return { session: { id, token, expiresAt, key: { orgId, actions: new Set(row.actions) } }, user };
  }

  async #noteUse(row: { id: string; orgId: string }, address: string): Promise<void> {
    const at = this.#clock.now().toISOString();
    const sealed = await this.#encryption.seal("api_key.last_address", row, address);
    await this.#db
      .within({ orgId: row.orgId })
      .execute(
        sql`update api_key set last_used_at = ${at}::timestamptz, last_address = ${sealed} where id = ${row.id}::uuid`,
      );
  }
}
