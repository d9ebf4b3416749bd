import { sql } from "drizzle-orm";
import type { SecondFactor } from "../../../db/enums.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { AppError } from "../../core/app-error.ts";
import type { AuditSource } from "../../core/audit/record.ts";
import { sourceOfRequest } from "../../core/audit/source.ts";
import type { AppServices, RequestContext } from "../../core/context.ts";
import { isUniqueViolation } from "../../core/faults.ts";
import type { IdentityProvider, Profile, ProvedIdentity } from "../../core/identity-providers.ts";
import { newId } from "../../core/ids.ts";
import { SEND_MAIL } from "../../core/mail/outbox.ts";
import { Email, line } from "../../fields.contract.ts";
import { recordOfAccount } from "./account-records.ts";
import type { User } from "./auth.contract.ts";
import { secondFactors } from "./factors.service.ts";
import { insertIdentity, noteLink } from "./identities.service.ts";
import type { SigningIn } from "./session-start.ts";
import { lockSignUp } from "./sign-ups.service.ts";

/** An account whose owner a provider has recognised. */
export interface ProvedAccount extends SigningIn {
  readonly factors: SecondFactor[];
}

/**
 * The account that an identity signs in to: its own, and with its first sign-in a new one, without a password. Where the
 * address has an account already, that is its owner's, who links the two themselves, unless the provider's word is
 * enough and both addresses are verified. Fails: EMAIL_UNVERIFIED, IDENTITY_NOT_LINKED, ACCOUNT_DISABLED.
 */
export async function accountOf(
  { app, request }: { app: AppServices; request: RequestContext },
  provider: IdentityProvider,
  proved: ProvedIdentity,
): Promise<ProvedAccount> {
  const known = await useIdentity(app, proved);
  if (known) return known;
  const newcomer = toNewcomer(await proved.profile());
  const from = sourceOfRequest(request);
  const isNew = (await createAccount(app, { proved, newcomer, from })) || (await isLinked(app, proved));
  if (!isNew) await linkByEmail(app, { provider, proved, email: newcomer.email, from });
  const account = await useIdentity(app, proved);
  if (!account) throw new AppError("SIGN_IN_EXPIRED");
  return account;
}

/** The account of an identity that is linked. Notes its use. */
async function useIdentity({ db, clock }: AppServices, { issuer, subject }: ProvedIdentity) {
  const owner = db.within(whoseIs("identity", `${issuer} ${subject}`));
  const [account] = await owner.execute<ProvedAccount & { isDisabled: boolean } & Record<string, unknown>>(sql`
    update identity i set last_used_at = ${clock.now().toISOString()}::timestamptz
    from app_user u where i.issuer = ${issuer} and i.subject = ${subject} and u.id = i.user_id
    returning json_build_object('id', u.id, 'email', u.email, 'name', u.name) as user,
      u.sign_in_version as "signInVersion", u.disabled_at is not null as "isDisabled",
      ${secondFactors(sql`u.id`)} as factors`);
  if (account?.isDisabled === true) throw new AppError("ACCOUNT_DISABLED");
  return account;
}

async function isLinked({ db }: AppServices, { issuer, subject }: ProvedIdentity): Promise<boolean> {
  const [row] = await db.execute<{ is: boolean }>(
    sql`select account_of('identity', ${`${issuer} ${subject}`}) is not null as is`,
  );
  return row?.is === true;
}

interface Newcomer {
  readonly email: string;
  readonly name: string;
}

/** What an account is made of. An address that nobody has verified could be anybody's. */
function toNewcomer({ email, isEmailVerified, name }: Profile): Newcomer {
  const address = Email.safeParse(email);
  if (!isEmailVerified || !address.success) throw new AppError("EMAIL_UNVERIFIED");
  const shown = line(100).safeParse(name);
  return { email: address.data, name: shown.data ?? address.data.slice(0, address.data.indexOf("@")) };
}

/** Makes an account with its identity. False: the address or the identity has one. */
async function createAccount(
  app: AppServices,
  { proved, newcomer, from }: { proved: ProvedIdentity; newcomer: Newcomer; from: AuditSource },
): Promise<boolean> {
  const { email, name } = newcomer;
  const at = sql`${app.clock.now().toISOString()}::timestamptz`;
  const id = newId();
  try {
    return await app.db.within({ userId: id }).transaction(async (tx) => {
      const [account] = await tx.execute<User>(sql`
        with held as materialized (select ${lockSignUp(email)})
        insert into app_user (id, email, name, created_at, email_verified_at)
        select ${id}::uuid, ${email}, ${name}, ${at}, ${at} from held
        on conflict (email) do nothing returning id, email, name`);
      if (!account) return false;
      if (!(await insertIdentity(app, tx, { ...proved, userId: id, email }))) throw new OvertakenByTwin();
      const source = { ...from, userId: id };
      await recordOfAccount(app, tx, { action: "auth.signUp", accountId: id, source, after: account });
      return true;
    });
  } catch (error) {
    if (error instanceof OvertakenByTwin || isUniqueViolation(error)) return false;
    throw error;
  }
}

/** The same person came by two windows, and the provider told of two addresses: the account is rolled back. */
class OvertakenByTwin extends Error {}

/** Links an identity to the account that has its address, and says so by mail. Fails: IDENTITY_NOT_LINKED. */
async function linkByEmail(
  app: AppServices,
  {
    provider,
    proved,
    email,
    from,
  }: { provider: IdentityProvider; proved: ProvedIdentity; email: string; from: AuditSource },
): Promise<void> {
  if (!provider.linksByEmail) throw new AppError("IDENTITY_NOT_LINKED");
  await app.db.within(whoseIs("address", email)).transaction(async (tx) => {
    const [account] = await tx.execute<{ id: string }>(sql`
      select id from app_user where email = ${email} and email_verified_at is not null and disabled_at is null
      for update`);
    if (!account) throw new AppError("IDENTITY_NOT_LINKED");
    if (!(await insertIdentity(app, tx, { ...proved, userId: account.id, email }))) return;
    await noteLink(app, tx, { userId: account.id, source: { ...from, userId: account.id } });
  });
  await app.jobs.wake(SEND_MAIL);
}
