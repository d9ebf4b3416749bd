/** A column whose texts are encrypted: which column of its table tells the row, and which one whose it is. */
export type EncryptedColumn = { readonly row: string } & ({ readonly org: string } | { readonly account: string });

/**
 * What is encrypted: table and column → the row, and the organisation or account that it belongs to. The column itself
 * has type `text`. One line here, and `app.encryption` seals and opens it, and the rotation of keys covers it.
 */
export const ENCRYPTED_COLUMNS = {
  "session.last_address": { row: "public_id", account: "user_id" },
  "authenticator.secret": { row: "user_id", account: "user_id" },
  "api_key.last_address": { row: "id", org: "org_id" },
} as const satisfies Record<`${string}.${string}`, EncryptedColumn>;

export type EncryptedName = keyof typeof ENCRYPTED_COLUMNS;

/** The row that a text belongs to: what was sealed for one is refused in any other. */
export type RowOf<Name extends EncryptedName> = (typeof ENCRYPTED_COLUMNS)[Name] extends { readonly org: string }
  ? { readonly id: string; readonly orgId: string }
  : { readonly id: string; readonly userId: string };
