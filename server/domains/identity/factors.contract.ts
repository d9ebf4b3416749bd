import { z } from "zod";
import { Instant } from "../../fields.contract.ts";
import { Passkey } from "./passkeys.contract.ts";

/** What proves its owner besides the password. With none of it, the password alone signs in. */
export const Factors = z.object({
  /** An app that shows codes; null: there is none. */
  authenticator: z.object({ createdAt: Instant, lastUsedAt: Instant.nullable() }).nullable(),
  /** Newest first. */
  passkeys: z.array(Passkey),
  recoveryCodesLeft: z.int(),
});
export type Factors = z.infer<typeof Factors>;

/** Each is good once; shown this once, and those of before are worth nothing. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;

/** The six digits that an authenticator app shows, or a recovery code: typed with or without gaps. */
export const FactorCode = z
  .string()
  .max(40)
  .transform((text) => text.replaceAll(/[\s-]/gu, "").toUpperCase())
  .pipe(z.string().regex(/^(?:\d{6}|[A-Z2-7]{16})$/u, "A code has six digits, or sixteen letters and digits."));
