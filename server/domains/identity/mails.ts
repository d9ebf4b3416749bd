import { randomInt } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { whoseIs } from "../../../db/tenant.ts";
import type { AppServices } from "../../core/context.ts";
import { forgetExpired } from "../../core/expired.ts";
import type { MailText } from "../../core/mail/message.ts";
import type { MailKind } from "../../core/mail/outbox.ts";
import { FACTOR_MAILS } from "./factor-mails.ts";
import { LINK_MAILS } from "./link-mails.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const CODE_SECONDS = 600;
const CODE_DIGITS = 8;
const CODES = 10 ** CODE_DIGITS;
/** One in twenty million for who guesses. */
const CODE_TRIES = 5;

/** The link that sets a new password: its token is made here, and only its hash is ever stored. */
export const PASSWORD_RESET: MailKind = {
  name: "password-reset",
  ttlSeconds: HOUR_SECONDS,
  async isWanted({ db }, { recipient }) {
    return (await accountOf(db.within(whoseIs("address", recipient)), recipient)) !== undefined;
  },
  async write(app, tx, { recipient }) {
    const token = newSecret();
    const expiresAt = new Date(app.clock.now().getTime() + HOUR_SECONDS * 1_000).toISOString();
    tx.enter(whoseIs("address", recipient));
    await tx.execute(sql`
      insert into password_reset (user_id, token_hash, email, expires_at)
      values (${await accountOf(tx, recipient)}::uuid, ${sha256(token)}, ${recipient}, ${expiresAt}::timestamptz)
      on conflict (user_id) do update
      set token_hash = excluded.token_hash, email = excluded.email, expires_at = excluded.expires_at`);
    return {
      subject: "Set a new password",
      text: `Somebody, probably you, asked for a new password for your account. This link sets one, once, within the next
hour:

${app.publicUrl}/reset-password#${token}

Was it not you? Then nothing has happened, and nothing will: do not pass the link on.
`,
    };
  },
};

export const PASSWORD_CHANGED: MailKind = {
  name: "password-changed",
  ttlSeconds: DAY_SECONDS,
  isWanted: () => Promise.resolve(true),
  write: ({ publicUrl }) =>
    Promise.resolve({
      subject: "Your password was changed",
      text: `The password of your account at ${publicUrl} was changed, and whoever was signed in elsewhere is so no more.

Was it not you? Then ask for a new password at once: ${publicUrl}/forgot-password
`,
    }),
};

/** The code that proves the address of an account, or another one that it is to have. */
export const EMAIL_CODE: MailKind = {
  name: "email-code",
  ttlSeconds: CODE_SECONDS,
  isWanted: () => Promise.resolve(true),
  async write(app, tx, { recipient, userId }) {
    const holder = await holderOf(tx, recipient);
    if (holder !== null && holder !== userId) return takenAddress(app.publicUrl);
    const { code, codeHash, expiresAt } = await newCode(app);
    tx.enter({ userId: userId ?? undefined });
    await tx.execute(sql`
      insert into email_code (user_id, email, code_hash, tries_left, expires_at)
      values (${userId}::uuid, ${recipient}, ${codeHash}, ${CODE_TRIES}::int, ${expiresAt}::timestamptz)
      on conflict (user_id) do update set email = excluded.email, code_hash = excluded.code_hash,
        tries_left = excluded.tries_left, expires_at = excluded.expires_at`);
    return codeText(app.publicUrl, code);
  },
};

/** The code that an account is made with where sign-up asks for one. */
export const SIGN_UP_CODE: MailKind = {
  name: "sign-up-code",
  ttlSeconds: CODE_SECONDS,
  isWanted: () => Promise.resolve(true),
  async write(app, tx, { recipient }) {
    if ((await holderOf(tx, recipient)) !== null) return takenAddress(app.publicUrl);
    const { code, codeHash, expiresAt } = await newCode(app);
    await tx.execute(sql`
      insert into sign_up_code (email, code_hash, tries_left, expires_at)
      values (${recipient}, ${codeHash}, ${CODE_TRIES}::int, ${expiresAt}::timestamptz)
      on conflict (email) do update set code_hash = excluded.code_hash, tries_left = excluded.tries_left,
        expires_at = excluded.expires_at`);
    return codeText(app.publicUrl, code);
  },
};

/** A code, and what is stored of it: it is short, so it is hashed like a password. */
async function newCode({ clock, passwords }: AppServices) {
  const code = randomInt(CODES).toString().padStart(CODE_DIGITS, "0");
  const expiresAt = new Date(clock.now().getTime() + CODE_SECONDS * 1_000).toISOString();
  return { code, codeHash: await passwords.hash(code), expiresAt };
}

function codeText(publicUrl: string, code: string): MailText {
  return {
    subject: "Your code",
    text: `This code proves that you read mail to this address. It is good for ten minutes:

    ${code.slice(0, 4)} ${code.slice(4)}

Was it not you who asked at ${publicUrl}? Then nothing has happened, and nothing will: tell it to nobody.
`,
  };
}

/** To whoever has the address already: only they are told that they do. */
function takenAddress(publicUrl: string): MailText {
  return {
    subject: "Your address was asked for",
    text: `Somebody wants to use this address for an account at ${publicUrl}. You have an account with it already, so
nothing has happened, and nothing will.

Was it you? Then sign in, or ask for a new password: ${publicUrl}/forgot-password
`,
  };
}

/** To the address that an account had before. */
export const EMAIL_CHANGED: MailKind = {
  name: "email-changed",
  ttlSeconds: DAY_SECONDS,
  isWanted: () => Promise.resolve(true),
  write: ({ publicUrl }) =>
    Promise.resolve({
      subject: "Your address was changed",
      text: `Your account at ${publicUrl} has another e-mail address from now on, and whoever was signed in elsewhere is so
no more. Was it not you? Then tell whoever runs that server at once.
`,
    }),
};

/** The account that has an address, whoever asks. */
async function holderOf(db: Db, email: string): Promise<string | null> {
  const [account] = await db.execute<{ id: string | null }>(sql`select account_of('address', ${email}) as id`);
  return account?.id ?? null;
}

/** The account that has an address, if anybody may sign in to it. */
async function accountOf(db: Db, email: string): Promise<string | undefined> {
  const [account] = await db.execute<{ id: string }>(
    sql`select id from app_user where email = ${email} and disabled_at is null`,
  );
  return account?.id;
}

/** The mails of this domain. */
export const IDENTITY_MAILS: readonly MailKind[] = [
  ...FACTOR_MAILS,
  ...LINK_MAILS,
  PASSWORD_RESET,
  PASSWORD_CHANGED,
  EMAIL_CODE,
  EMAIL_CHANGED,
  SIGN_UP_CODE,
];

/** Forgets codes and links that have expired. */
export async function deleteExpiredProofs({ db, clock }: AppServices): Promise<void> {
  const now = clock.now();
  for (const kind of ["password-reset", "email-code", "ticket"] as const) await forgetExpired(db, kind, now);
  const at = sql`${now.toISOString()}::timestamptz`;
  await db.execute(sql`delete from sign_up_code where expires_at < ${at}`);
  await db.execute(sql`delete from challenge where expires_at < ${at}`);
}
