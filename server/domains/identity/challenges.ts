import { sql } from "drizzle-orm";
import { words } from "../../../db/columns.ts";
import type { ChallengePurpose } from "../../../db/enums.ts";
import type { AppServices } from "../../core/context.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";

/** As long as people may look for their passkey. */
export const CHALLENGE_SECONDS = 300;

/** What a challenge is for, and who may answer it. */
interface Bound {
  readonly purpose: ChallengePurpose;
  /** The public id of a session, or the hash of a ticket. */
  readonly boundTo: string;
}

/** Makes a challenge, in base64url, of which the hash is kept. */
export async function newChallenge({ db, clock }: AppServices, { purpose, boundTo }: Bound): Promise<string> {
  const challenge = newSecret();
  const expiresAt = new Date(clock.now().getTime() + CHALLENGE_SECONDS * 1_000).toISOString();
  await db.execute(sql`
    insert into challenge (hash, purpose, bound_to, expires_at)
    values (${sha256(challenge)}, ${purpose}, ${boundTo}, ${expiresAt}::timestamptz)`);
  return challenge;
}

/** Takes a challenge out, whatever comes of its answer: of several at the same moment one gets its purpose. */
export async function useChallenge(
  { db, clock }: AppServices,
  challenge: string,
  { purposes, boundTo }: { purposes: readonly ChallengePurpose[]; boundTo: string },
): Promise<ChallengePurpose | undefined> {
  const [used] = await db.execute<{ purpose: ChallengePurpose }>(sql`
    delete from challenge
    where hash = ${sha256(challenge)} and purpose = any(${words(purposes)}) and bound_to = ${boundTo}
      and expires_at > ${clock.now().toISOString()}::timestamptz
    returning purpose`);
  return used?.purpose;
}
