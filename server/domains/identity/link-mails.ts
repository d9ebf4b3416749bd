import { notice } from "./factor-mails.ts";

export const IDENTITY_LINKED = notice("identity-linked", "A way to sign in was added", (account) => {
  return `A sign-in by another provider was linked to ${account}: whoever has it there can sign in here.`;
});
export const IDENTITY_UNLINKED = notice("identity-unlinked", "A way to sign in was removed", (account) => {
  return `A sign-in by another provider was unlinked from ${account}, and whoever was signed in elsewhere is so no more.`;
});

/** The mails about identities at providers. */
export const LINK_MAILS = [IDENTITY_LINKED, IDENTITY_UNLINKED];
