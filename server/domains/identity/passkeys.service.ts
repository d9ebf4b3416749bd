import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { words } from "../../../db/columns.ts";
import { whoseIs } from "../../../db/tenant.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices, SignedInUser } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { newChallenge, useChallenge } from "./challenges.ts";
import { PASSKEY_ADDED, PASSKEY_REMOVED } from "./factor-mails.ts";
import { addFactor, passkeyJson, removeFactor } from "./factors.service.ts";
import type {
  Assertion,
  CreatePasskey,
  CreationOptions,
  DeletePasskey,
  Passkey,
  PasskeyCreated,
  UpdatePasskey,
} from "./passkeys.contract.ts";
import type { SigningIn } from "./session-start.ts";
import type { SessionOwner } from "./sessions.service.ts";
import {
  challengeOf,
  creationOptions,
  type StoredCredential,
  userHandleOf,
  verifyAssertion,
  verifyCreation,
} from "./webauthn.ts";

const MOST_PASSKEYS = 20;

interface KnownCredential extends Record<string, unknown> {
  readonly credentialId: string;
  readonly transports: string[];
}

/** The passkeys that a browser may be asked for. */
export async function knownCredentials(db: Db, userId: string): Promise<KnownCredential[]> {
  return db.execute<KnownCredential>(sql`
    select credential_id as "credentialId", to_json(transports) as transports from passkey
    where user_id = ${userId}::uuid order by created_at desc, id desc limit ${MOST_PASSKEYS}`);
}

/** A challenge for a new passkey of the caller, which this session alone may answer. */
export async function requestPasskey(app: AppServices, { user, session }: SessionOwner): Promise<CreationOptions> {
  const challenge = await newChallenge(app, { purpose: "create", boundTo: session.id });
  return creationOptions(app, {
    challenge,
    user,
    known: await knownCredentials(app.db.within({ userId: user.id }), user.id),
  });
}

/**
 * Adds the passkey that answers the challenge. The account's first second factor ends its other sessions, and comes with
 * recovery codes. Fails: PASSKEY_WRONG, PASSKEY_TAKEN, PASSKEYS_TOO_MANY.
 */
export async function createPasskey(
  app: AppServices,
  owner: SessionOwner,
  { name, credential }: CreatePasskey,
): Promise<PasskeyCreated> {
  const by = { purposes: ["create"], boundTo: owner.session.id } as const;
  if (!(await useChallenge(app, challengeOf(app, credential), by))) throw new AppError("PASSKEY_WRONG");
  const stored = await verifyCreation(app, credential);
  const passkey: Passkey = { id: newId(), name, createdAt: app.clock.now().toISOString(), lastUsedAt: null };
  const recoveryCodes = await addFactor(app, owner, {
    action: "passkeys.create",
    mail: PASSKEY_ADDED,
    change: (tx) => insertPasskey(tx, owner.user, { ...passkey, ...stored }),
  });
  return { passkey, recoveryCodes };
}

/** Under the lock of the account's sessions, so that no two are counted at once. */
async function insertPasskey(tx: Db, { id: userId }: SignedInUser, row: Passkey & StoredCredential): Promise<void> {
  const [{ count } = { count: 0 }] = await tx.execute<{ count: number }>(
    sql`select count(*)::int as count from passkey where user_id = ${userId}::uuid`,
  );
  if (count >= MOST_PASSKEYS) throw new AppError("PASSKEYS_TOO_MANY");
  const added = await tx.execute(sql`
    insert into passkey (id, user_id, credential_id, public_key, sign_count, transports, name, created_at)
    values (${row.id}::uuid, ${userId}::uuid, ${row.credentialId}, ${row.publicKey}, ${row.signCount}::bigint,
      ${words(row.transports)}, ${row.name}, ${row.createdAt}::timestamptz)
    on conflict (credential_id) do nothing returning id`);
  if (added.length === 0) throw new AppError("PASSKEY_TAKEN");
}

/** Gives a passkey of the caller another name. Fails: PASSKEY_NOT_FOUND. */
export async function updatePasskey(db: Db, user: SignedInUser, { passkeyId, name }: UpdatePasskey): Promise<Passkey> {
  const [row] = await db.execute<{ passkey: Passkey }>(sql`
    update passkey p set name = ${name} where p.id = ${passkeyId}::uuid and p.user_id = ${user.id}::uuid
    returning ${passkeyJson} as passkey`);
  if (!row) throw new AppError("PASSKEY_NOT_FOUND");
  return row.passkey;
}

/** Removes a passkey of the caller, ends all their sessions but this one, and says so by mail. Fails: PASSKEY_NOT_FOUND. */
export async function deletePasskey(
  app: AppServices,
  owner: SessionOwner,
  { passkeyId }: DeletePasskey,
): Promise<null> {
  await removeFactor(app, owner, {
    action: "passkeys.delete",
    mail: PASSKEY_REMOVED,
    async change(tx) {
      const removed = await tx.execute(sql`
        delete from passkey where id = ${passkeyId}::uuid and user_id = ${owner.user.id}::uuid returning id`);
      if (removed.length === 0) throw new AppError("PASSKEY_NOT_FOUND");
    },
  });
  return null;
}

/** What a passkey has proved: whose it is, and how often it has signed. */
export interface Proved {
  readonly passkeyId: string;
  readonly signCount: number;
  readonly signingIn: SigningIn;
}

interface PasskeyRow extends StoredCredential, Record<string, unknown> {
  readonly id: string;
  readonly signingIn: SigningIn;
}

/**
 * Finds the passkey that answers a challenge of ours, which was used up, and verifies the answer. It counts once
 * `countUse` has taken it. Fails: PASSKEY_WRONG, also when it is not `ofUser`'s.
 */
export async function provePasskey(
  app: AppServices,
  assertion: Assertion,
  { ofUser, isUserVerified }: { ofUser?: string; isUserVerified: boolean },
): Promise<Proved> {
  const [row] = await app.db.within(whoseIs("passkey", assertion.id)).execute<PasskeyRow>(sql`
    select p.id, p.credential_id as "credentialId", p.public_key as "publicKey", p.sign_count::float8 as "signCount",
      json_build_object('signInVersion', u.sign_in_version,
        'user', json_build_object('id', u.id, 'email', u.email, 'name', u.name)) as "signingIn"
    from passkey p join app_user u on u.id = p.user_id
    where p.credential_id = ${assertion.id} and u.disabled_at is null`);
  if (!row) throw new AppError("PASSKEY_WRONG");
  const { user } = row.signingIn;
  const isOfAnother = ofUser !== undefined && user.id !== ofUser;
  // What it says about its owner, where it says something, has to be so.
  const { userHandle } = assertion.response;
  const isSaidOfAnother = typeof userHandle === "string" && userHandle !== userHandleOf(user.id);
  if (isOfAnother || isSaidOfAnother) throw new AppError("PASSKEY_WRONG");
  const signCount = await verifyAssertion(app, assertion, { stored: row, isUserVerified });
  return { passkeyId: row.id, signCount, signingIn: row.signingIn };
}

/** A count that does not go up is that of a copy, unless the device does not count. Fails: PASSKEY_WRONG. */
export async function countUse(app: AppServices, tx: Db, { passkeyId, signCount }: Proved): Promise<void> {
  const used = await tx.execute(sql`
    update passkey set sign_count = ${signCount}::bigint, last_used_at = ${app.clock.now().toISOString()}::timestamptz
    where id = ${passkeyId}::uuid
      and (sign_count < ${signCount}::bigint or (sign_count = 0 and ${signCount}::bigint = 0))
    returning id`);
  if (used.length === 0) throw new AppError("PASSKEY_WRONG");
}
