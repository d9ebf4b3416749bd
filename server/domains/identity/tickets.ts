import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";
import type { SigningIn } from "./session-start.ts";

const TICKET_SECONDS = 600;
const TICKET_TRIES = 5;

/** Lets a sign-in whose password was right go on to its second factor. The ticket is for that, and for nothing else. */
export async function newTicket(
  { db, clock }: AppServices,
  { user, signInVersion }: SigningIn,
): Promise<{ ticket: string; expiresAt: string }> {
  const ticket = newSecret();
  const expiresAt = new Date(clock.now().getTime() + TICKET_SECONDS * 1_000).toISOString();
  await db.within({ userId: user.id }).execute(sql`
    insert into sign_in_ticket (token_hash, user_id, sign_in_version, tries_left, expires_at)
    values (${sha256(ticket)}, ${user.id}::uuid, ${signInVersion}::int, ${TICKET_TRIES}::int, ${expiresAt}::timestamptz)`);
  return { ticket, expiresAt };
}

/** Whose sign-in this is, while it may go on. Fails: SIGN_IN_EXPIRED. */
export async function findTicket(app: AppServices, ticket: string): Promise<{ userId: string }> {
  const tokenHash = sha256(ticket);
  const [found] = await app.db.within(whoseIs("ticket", tokenHash)).execute<{ userId: string }>(sql`
    select t.user_id as "userId" from sign_in_ticket t join app_user u on u.id = t.user_id
    where t.token_hash = ${tokenHash} and ${isGood(app)}`);
  if (!found) throw new AppError("SIGN_IN_EXPIRED");
  return found;
}

/** Counts a try before anything is looked at, and answers whose sign-in it is. Fails: SIGN_IN_EXPIRED. */
export async function tryTicket(app: AppServices, ticket: string): Promise<SigningIn> {
  const tokenHash = sha256(ticket);
  const [row] = await app.db.within(whoseIs("ticket", tokenHash)).execute<{ signingIn: SigningIn }>(sql`
    update sign_in_ticket t set tries_left = t.tries_left - 1
    from app_user u where u.id = t.user_id and t.token_hash = ${tokenHash} and ${isGood(app)}
    returning json_build_object('signInVersion', u.sign_in_version,
      'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name)) as "signingIn"`);
  if (!row) throw new AppError("SIGN_IN_EXPIRED");
  return row.signingIn;
}

/** Ends it: of several that go on at the same moment one gets past here. Fails: SIGN_IN_EXPIRED. */
export async function useTicket(tx: Db, ticket: string): Promise<void> {
  const used = await tx.execute(sql`delete from sign_in_ticket where token_hash = ${sha256(ticket)} returning user_id`);
  if (used.length === 0) throw new AppError("SIGN_IN_EXPIRED");
}

/** Until its time or its tries are over, or what the account signs in with has changed. */
function isGood({ clock }: AppServices) {
  return sql`t.tries_left > 0 and t.expires_at > ${clock.now().toISOString()}::timestamptz
    and t.sign_in_version = u.sign_in_version`;
}
