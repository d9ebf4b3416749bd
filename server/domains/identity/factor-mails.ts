import type { MailKind } from "../../core/mail/outbox.ts";

const DAY_SECONDS = 86_400;

/** Tells the owner of an account what became of its factors. `says` is a sentence about "your account at <address>". */
export function notice(name: string, subject: string, says: (account: string) => string): MailKind {
  return {
    name,
    ttlSeconds: DAY_SECONDS,
    isWanted: () => Promise.resolve(true),
    write: ({ publicUrl }) =>
      Promise.resolve({
        subject,
        text: `${says(`your account at ${publicUrl}`)}

Was it not you? Then ask for a new password at once, and look at what your account is signed in with:
${publicUrl}/forgot-password
`,
      }),
  };
}

export const PASSKEY_ADDED = notice("passkey-added", "A passkey was added", (account) => {
  return `A passkey was added to ${account}: whoever has it can sign in to it.`;
});
export const PASSKEY_REMOVED = notice("passkey-removed", "A passkey was removed", (account) => {
  return `A passkey was removed from ${account}, and whoever was signed in elsewhere is so no more.`;
});
export const AUTHENTICATOR_ADDED = notice("authenticator-added", "An authenticator app was added", (account) => {
  return `An authenticator app was added to ${account}: its codes are asked for from now on.`;
});
export const AUTHENTICATOR_REMOVED = notice("authenticator-removed", "An authenticator app was removed", (account) => {
  return `The authenticator app of ${account} was removed, and whoever was signed in elsewhere is so no more.`;
});
export const RECOVERY_CODES_RENEWED = notice("recovery-codes-renewed", "New recovery codes", (account) => {
  return `New recovery codes were made for ${account}: those of before are worth nothing any more.`;
});
export const RECOVERY_CODE_USED = notice("recovery-code-used", "A recovery code was used", (account) => {
  return `A recovery code of ${account} was used, and is worth nothing any more.`;
});
export const FACTORS_RESET = notice("factors-reset", "Your second factors were removed", (account) => {
  return `Whoever runs that server has removed all passkeys, authenticator apps and recovery codes of ${account}.
Its password alone signs in to it now: set up another second factor soon.`;
});

/** The mails about factors. */
export const FACTOR_MAILS: readonly MailKind[] = [
  PASSKEY_ADDED,
  PASSKEY_REMOVED,
  AUTHENTICATOR_ADDED,
  AUTHENTICATOR_REMOVED,
  RECOVERY_CODES_RENEWED,
  RECOVERY_CODE_USED,
  FACTORS_RESET,
];
