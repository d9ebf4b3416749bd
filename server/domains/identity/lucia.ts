import { sql } from "drizzle-orm";
import {
  type Adapter,
  type DatabaseSession,
  type DatabaseUser,
  generateIdFromEntropySize,
  Lucia,
  TimeSpan,
} from "lucia";
import type { Database } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { AppError } from "../../core/app-error.ts";
import type { Clock } from "../../core/clock.ts";
import { forgetExpired } from "../../core/expired.ts";
import type { SessionOrigin, SessionService, SignedInUser } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { sha256 } from "../../core/secrets.ts";
import { looksLikeKey } from "./key-token.ts";
import { Keys, type SessionParts } from "./keys.ts";
import { isPlaceNews, openAddress } from "./place-of-use.ts";

/** A session that is used lives on, up to this long after it began. Lucia has no such end. */
const LONGEST_DAYS = 90;
const SLIDING_DAYS = 30;
const DAY_MS = 86_400_000;
/** How long the token of before is good for, for requests that are under way when it is replaced. */
const FORMER_MS = 10_000;
/** As many random bits as Lucia takes: 200. */
const TOKEN_BYTES = 25;
/** The shape of Lucia's tokens: anything else is not worth a look-up. */
const TOKEN = /^[a-z2-7]{40}$/u;

interface SessionAttributes {
  publicId: string;
  userAgent: string;
  endsAt: Date;
  lastUsedAt?: Date | null;
  lastAddress?: string | null;
  /** It was found by the token that it had before. */
  isFormer?: boolean;
  /** Only at its making: that of the account when its owner was recognised, which it must still have. */
  signInVersion?: number | undefined;
  record?: SessionOrigin["record"];
}

declare module "lucia" {
  interface Register {
    Lucia: Lucia<SessionAttributes, SignedInUser>;
    DatabaseUserAttributes: SignedInUser;
    DatabaseSessionAttributes: SessionAttributes;
  }
}

interface SessionRow extends Record<string, unknown> {
  readonly userId: string;
  readonly publicId: string;
  readonly expiresAt: string;
  readonly endsAt: string;
  readonly userAgent: string;
  readonly lastUsedAt: string | null;
  readonly lastAddress: string | null;
  readonly isFormer: boolean;
  readonly email: string | null;
  readonly name: string;
}

/**
 * Sessions on Lucia, of which nobody else in Trestle knows. The table holds SHA-256 of the token: a copy of it signs
 * nobody in. Lucia hands `session.id` on to update and delete, so there it is the token itself.
 */
class HashedSessionAdapter implements Adapter {
  readonly #db: Database;
  readonly #clock: Clock;

  constructor({ db, clock }: SessionParts) {
    this.#db = db;
    this.#clock = clock;
  }

  async getSessionAndUser(token: string): Promise<[DatabaseSession | null, DatabaseUser | null]> {
    if (!TOKEN.test(token)) return [null, null];
    const now = this.#clock.now();
    const [row] = await this.#db.execute<SessionRow>(sql`
      select user_id as "userId", public_id as "publicId", iso(expires_at) as "expiresAt", iso(ends_at) as "endsAt",
        user_agent as "userAgent", iso(last_used_at) as "lastUsedAt", last_address as "lastAddress",
        is_former as "isFormer", email, name
      from session_of_token(${sha256(token)}, ${at(now)})`);
    if (!row) return [null, null];
    const endsAt = new Date(row.endsAt);
    if (endsAt <= now) return [null, null];
    const { userId, publicId, userAgent, lastAddress, isFormer, email, name } = row;
    const lastUsedAt = row.lastUsedAt === null ? null : new Date(row.lastUsedAt);
    const attributes = { publicId, userAgent, endsAt, lastUsedAt, lastAddress, isFormer };
    return [
      { id: token, userId, expiresAt: new Date(row.expiresAt), attributes },
      { id: userId, attributes: { id: userId, email, name } },
    ];
  }

  /**
   * Holds the account's row: what ends all sessions, such as a new password, comes before and lets none begin that
   * needed no more than the old one, or after and ends this one, too.
   */
  async setSession({ id, userId, expiresAt, attributes }: DatabaseSession): Promise<void> {
    const { publicId, userAgent, endsAt, lastAddress = null, signInVersion, record } = attributes;
    const now = at(this.#clock.now());
    await this.#db.within({ userId }).transaction(async (tx) => {
      const begun = await tx.execute(sql`
        insert into session (id, public_id, user_id, expires_at, ends_at, created_at, last_used_at,
          user_agent, last_address)
        select ${sha256(id)}, ${publicId}::uuid, u.id, ${at(expiresAt)}, ${at(endsAt)}, ${now}, ${now},
          ${userAgent}, ${lastAddress}
        from app_user u
        where u.id = ${userId}::uuid and u.sign_in_version = coalesce(${signInVersion ?? null}::int, u.sign_in_version)
        for share
        returning public_id`);
      if (begun.length === 0) throw new AppError("CREDENTIALS_WRONG");
      await record?.(tx, publicId);
    });
  }

  async updateSessionExpiration(token: string, expiresAt: Date): Promise<void> {
    const id = sha256(token);
    await this.#db
      .within(whoseIs("session", id))
      .execute(sql`update session set expires_at = least(${at(expiresAt)}, ends_at) where id = ${id}`);
  }

  async deleteSession(token: string): Promise<void> {
    const id = sha256(token);
    await this.#db.within(whoseIs("session", id)).execute(sql`delete from session where id = ${id}`);
  }

  async deleteUserSessions(userId: string): Promise<void> {
    await this.#db.within({ userId }).execute(sql`delete from session where user_id = ${userId}::uuid`);
  }

  deleteExpiredSessions(): Promise<void> {
    return forgetExpired(this.#db, "session", this.#clock.now());
  }

  /** Tokens cannot be had back from their hashes: sessions are listed by their public ids, not through Lucia. */
  getUserSessions(): Promise<DatabaseSession[]> {
    throw new Error("Sessions are listed by sessions.service.ts.");
  }
}

function at(instant: Date) {
  return sql`${instant.toISOString()}::timestamptz`;
}

/** Makes the session service. `secure`: Trestle is reached by https, so the cookie is bound to it and to this host. */
export function createSessions(parts: SessionParts, { secure }: { secure: boolean }): SessionService {
  const { db, clock, encryption } = parts;
  const lucia = new Lucia<SessionAttributes, SignedInUser>(new HashedSessionAdapter(parts), {
    sessionExpiresIn: new TimeSpan(SLIDING_DAYS, "d"),
    sessionCookie: {
      name: secure ? "__Host-trestle" : "trestle",
      attributes: { secure, sameSite: "lax", path: "/" },
    },
    getSessionAttributes: (attributes) => attributes,
    getUserAttributes: (attributes) => attributes,
  });
  const keys = new Keys(parts);
  const listeners: ((sessionIds: readonly string[]) => void)[] = [];

  async function noteUse(row: { id: string; userId: string }, address: string): Promise<void> {
    const { id, userId } = row;
    const lastAddress = await encryption.seal("session.last_address", row, address);
    await db.within({ userId }).execute(sql`
      update session set last_used_at = ${at(clock.now())}, last_address = ${lastAddress}
      where public_id = ${id}::uuid`);
  }

  return {
    blankCookie: lucia.createBlankSessionCookie().serialize(),

    async create(userId, userAgent, { address, signInVersion, record } = {}) {
      const publicId = newId();
      const endsAt = new Date(clock.now().getTime() + LONGEST_DAYS * DAY_MS);
      const lastAddress =
        address === undefined ? null : await encryption.seal("session.last_address", { id: publicId, userId }, address);
      const attributes = { publicId, userAgent, endsAt, lastAddress, signInVersion, record };
      const created = await lucia.createSession(userId, attributes);
      return { token: created.id, cookie: lucia.createSessionCookie(created.id).serialize() };
    },

    async find(token, address) {
      if (looksLikeKey(token)) {
        const found = await keys.find(token, address);
        return found && { ...found, cookie: undefined };
      }
      const found = await lucia.validateSession(token);
      if (!found.session) return undefined;
      const { publicId, endsAt, fresh, isFormer, userId, lastUsedAt, lastAddress: sealed = null } = found.session;
      const row = { id: publicId, userId };
      const use = { lastUsedAt, openAddress: () => openAddress(encryption, "session.last_address", { row, sealed }) };
      const isNews = address !== undefined && (await isPlaceNews(use, address, clock.now()));
      // Nobody waits for it to be written, and one that is lost is of no harm.
      if (isNews) noteUse(row, address).catch(() => {});
      const expiresAt = new Date(Math.min(found.session.expiresAt.getTime(), endsAt.getTime()));
      return {
        session: { id: publicId, token, expiresAt },
        user: found.user,
        // The browser has another one by now, or is about to.
        cookie: fresh && isFormer !== true ? lucia.createSessionCookie(token).serialize() : undefined,
      };
    },

    async authenticatedAt({ id, userId }) {
      const [row] = await db.within({ userId }).execute<{ at: string }>(sql`
        select iso(coalesce(authenticated_at, created_at)) as at from session where public_id = ${id}::uuid`);
      return row && new Date(row.at);
    },

    async setAuthenticated({ id, userId }, on = db.within({ userId })) {
      await on.execute(sql`update session set authenticated_at = ${at(clock.now())} where public_id = ${id}::uuid`);
    },

    async renew({ id, userId }, on = db.within({ userId })) {
      const now = clock.now();
      const next = generateIdFromEntropySize(TOKEN_BYTES);
      const until = at(new Date(now.getTime() + FORMER_MS));
      const renewed = await on.execute(sql`
        update session set authenticated_at = ${at(now)}, id = ${sha256(next)}, former_id = id, former_until = ${until}
        where public_id = ${id}::uuid and coalesce(former_until <= ${at(now)}, true)
        returning public_id`);
      if (renewed.length > 0) return { token: next, cookie: lucia.createSessionCookie(next).serialize() };
      await this.setAuthenticated({ id, userId }, on);
      return undefined;
    },

    async findLive(sessionIds) {
      const [ids, now] = [uuids(sessionIds), at(clock.now())];
      const rows = await db.execute<{ id: string }>(sql`
        select id from live_sessions(${ids}, ${now}) as id union all select id from live_keys(${ids}, ${now}) as id`);
      return new Set(rows.map(({ id }) => id));
    },

    tokenOf({ cookie, authorization }) {
      const bearer = authorization === undefined ? null : lucia.readBearerToken(authorization);
      if (bearer) return { token: bearer, via: "bearer" };
      if (cookie === undefined) return undefined;
      try {
        const token = lucia.readSessionCookie(cookie) ?? "";
        // A key is no cookie: pages of others could use it.
        return token === "" || looksLikeKey(token) ? undefined : { token, via: "cookie" };
      } catch {
        // A malformed escape in any cookie of the site makes Lucia throw: nobody is signed in by that.
        return undefined;
      }
    },

    onEnded(listener) {
      listeners.push(listener);
    },

    announceEnded(sessionIds) {
      for (const listener of listeners) listener(sessionIds);
    },
  };
}
