import { sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { each } from "../../db/columns.ts";
import { AppError } from "./app-error.ts";
import { canonicalJson } from "./canonical-json.ts";
import { forgetExpired } from "./expired.ts";
import { sha256 } from "./secrets.ts";

/** What a mutation answered, kept for its repeats (rule L5). */
export interface StoredMutation {
  readonly userId: string;
  readonly id: string;
  readonly procedure: string;
  readonly inputHash: string;
  /** Undefined when the answer held a secret, or is to be forgotten. */
  result: unknown;
  readonly streamId: string;
  /** The stream's version when it was done. */
  readonly version: number;
  readonly at: string;
}

/** How long a repeat is recognised. */
const KEPT_HOURS = 72;

/** The id of a mutation is its user's: nobody else's is meant by it. */
export type MutationKey = Pick<StoredMutation, "userId" | "id">;

/** Mutations by their users and ids. */
export class StoredMutations {
  readonly #byKey = new Map<string, StoredMutation>();

  get({ userId, id }: MutationKey): StoredMutation | undefined {
    return this.#byKey.get(`${userId} ${id}`);
  }

  add(mutation: StoredMutation): void {
    this.#byKey.set(`${mutation.userId} ${mutation.id}`, mutation);
  }

  /** Forgets answers: who repeats is told that it was done. */
  forget(isMeant: (mutation: StoredMutation) => boolean): void {
    for (const mutation of this.#byKey.values()) if (isMeant(mutation)) mutation.result = undefined;
  }
}

/** Those of these mutations that were done before. */
export async function findStored(db: Db, keys: readonly MutationKey[]): Promise<StoredMutation[]> {
  const rows = await db.execute<{ mutation: Omit<StoredMutation, "result"> & { result?: { value: unknown } } }>(sql`
    select json_build_object('userId', m.user_id, 'id', m.id, 'procedure', m.procedure, 'inputHash', m.input_hash,
      'result', m.result, 'streamId', m.stream_id, 'version', m.version, 'at', iso(m.at)) as mutation
    from stored_answers(${each("uuid", keys, ({ userId }) => userId)}, ${each("uuid", keys, ({ id }) => id)}) m`);
  return rows.map(({ mutation }) => ({ ...mutation, result: mutation.result?.value }));
}

/** The answer of a repeat. Fails: MUTATION_ID_REUSED for another call, ALREADY_DONE when the answer was a secret. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what was stored under this procedure is its output
export function storedAnswer<Output>(stored: StoredMutation, procedure: string, inputHash: string): Output;
export function storedAnswer(stored: StoredMutation, procedure: string, inputHash: string): unknown {
  if (stored.procedure !== procedure || stored.inputHash !== inputHash) throw new AppError("MUTATION_ID_REUSED");
  if (stored.result === undefined) throw new AppError("ALREADY_DONE");
  return stored.result;
}

/** Writes results, one statement for all of a transaction. */
export function storeMutations(db: Db, done: readonly StoredMutation[]): Promise<unknown>[] {
  if (done.length === 0) return [];
  // A result may be null: it is kept in an object, so that SQL null can say "not kept".
  const kept = ({ result }: StoredMutation) => (result === undefined ? null : JSON.stringify({ value: result }));
  return [
    db.execute(sql`
      select store_answers(
        ${each("uuid", done, ({ userId }) => userId)}, ${each("uuid", done, ({ id }) => id)},
        ${each("text", done, ({ procedure }) => procedure)}, ${each("text", done, ({ inputHash }) => inputHash)},
        ${each("jsonb", done, kept)}, ${each("uuid", done, ({ streamId }) => streamId)},
        ${each("bigint", done, ({ version }) => version)}, ${each("timestamptz", done, ({ at }) => at)})`),
  ];
}

/** The hash of a parsed input without its mutation id. The order of keys is the sender's, and means nothing. */
export function hashInput({ mutationId: _, ...input }: { mutationId: string }): string {
  return sha256(canonicalJson(input));
}

/** Forgets results that are older than repeats are recognised. */
export async function deleteOldMutations(db: Db, now: Date): Promise<void> {
  await forgetExpired(db, "answer", new Date(now.getTime() - KEPT_HOURS * 3_600_000));
}
