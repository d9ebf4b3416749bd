import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { each, list } from "../../../db/columns.ts";
import type { AuditKeys } from "./keys.ts";
import { type AuditEntry, type AuditSource, NO_SOURCE } from "./record.ts";

/** Something that was refused: it has changed nothing, so there is no transaction to record it in. */
export interface Refusal {
  readonly source: AuditSource;
  readonly action: string;
  readonly reason: string;
  /** What the call was about, as far as it said so. */
  readonly orgId?: string | undefined;
  readonly boardId?: string | undefined;
  /** The address that was typed at a sign-in. It is stored as the account that it is of, or as its keyed digest. */
  readonly email?: string | undefined;
}

/** A refusal, how often it came, and when last. */
export interface CountedRefusal {
  readonly refusal: Refusal;
  times: number;
  at: Date;
}

/** Different ones of one person, or of one address of nobody, until they are written. */
const MOST_OF_ONE = 10;
/** Different ones of all: with these, a process writes ten rows a second at most, whoever attacks. */
const MOST = 100;
/** The action of a row for all that was too much for rows of its own. */
const SEVERAL = "several";

/**
 * Refusals since they were last written, the same ones counted together. Counting costs the caller nothing but this
 * map; however many there are, few rows come of them, and none is lost from the count.
 */
export class Refusals {
  #counted = new Map<string, CountedRefusal>();
  #byOrigin = new Map<string, number>();

  add(refusal: Refusal, at: Date, times = 1): void {
    const { requestId: _, ...source } = refusal.source;
    const key = JSON.stringify({ ...refusal, source });
    if (this.#count(key, at, times)) return;
    const origin = source.userId ?? source.address ?? "";
    const ofOne = this.#byOrigin.get(origin) ?? 0;
    if (ofOne < MOST_OF_ONE && this.#counted.size < MOST) {
      this.#byOrigin.set(origin, ofOne + 1);
      this.#counted.set(key, { refusal, times, at });
      return;
    }
    // What is left of one of these gets a row, and all that is left of the others one for all.
    const restKey = ofOne > 0 ? `${SEVERAL} ${origin}` : SEVERAL;
    const rest = { source: ofOne > 0 ? refusal.source : NO_SOURCE, action: SEVERAL, reason: SEVERAL };
    if (!this.#count(restKey, at, times)) this.#counted.set(restKey, { refusal: rest, times, at });
  }

  #count(key: string, at: Date, times: number): boolean {
    const counted = this.#counted.get(key);
    if (!counted) return false;
    counted.times += times;
    counted.at = at;
    return true;
  }

  /** What was counted, and begins anew. */
  take(): readonly CountedRefusal[] {
    const taken = [...this.#counted.values()];
    this.#counted = new Map();
    this.#byOrigin = new Map();
    return taken;
  }
}

/**
 * The records of some refusals. What a member did at their organisation is in its chain; a claim about another one is in
 * that of accounts, so that nobody writes into the chain of an organisation that is not theirs.
 */
export async function toEntries(
  db: Db,
  keys: AuditKeys,
  counted: readonly CountedRefusal[],
): Promise<readonly AuditEntry[]> {
  const refusals = counted.map(({ refusal }) => refusal);
  const [orgs, accounts] = await Promise.all([orgsOf(db, refusals), accountsOf(db, refusals)]);
  return counted.map(({ refusal, times, at }, index) => {
    const { source, action, reason, email = "" } = refusal;
    const orgId = orgs.get(index) ?? null;
    const accountId = orgId === null ? (source.userId ?? accounts.get(email) ?? null) : null;
    const object = objectOf(refusal, accountId ?? (email === "" ? null : keys.digest(email)));
    return { orgId, accountId, source, action, object, outcome: "refused", reason, times, at };
  });
}

function objectOf({ orgId, boardId }: Refusal, accountId: string | null): AuditEntry["object"] {
  if (boardId !== undefined) return { kind: "board", id: boardId };
  if (orgId !== undefined) return { kind: "org", id: orgId };
  return { kind: "account", id: accountId };
}

/** The organisation of each refusal whose author belongs to it. */
async function orgsOf(db: Db, refusals: readonly Refusal[]): Promise<ReadonlyMap<number, string>> {
  const rows = await db.execute<{ place: number; orgId: string }>(sql`
    select place, org_id as "orgId" from orgs_of_members(${each("uuid", refusals, ({ source }) => source.userId)},
      ${each("uuid", refusals, ({ orgId }) => orgId ?? null)}, ${each("uuid", refusals, ({ boardId }) => boardId ?? null)})`);
  return new Map(rows.map(({ place, orgId }) => [place, orgId]));
}

/** The accounts of addresses that were typed. */
async function accountsOf(db: Db, refusals: readonly Refusal[]): Promise<ReadonlyMap<string, string>> {
  const emails = refusals.flatMap(({ email }) => email ?? []);
  const rows = await db.execute<{ id: string; email: string }>(sql`
    select a.email, a.id from (select e.email, account_of('address', e.email) as id from unnest(${list("text", emails)}) e(email)) a
    where a.id is not null`);
  return new Map(rows.map(({ id, email }) => [email, id]));
}
