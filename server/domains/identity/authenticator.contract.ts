import { z } from "zod";
import { FactorCode } from "./factors.contract.ts";

/** What an app that shows codes needs to know, this once: as an address for a QR code, and to type. */
export const AuthenticatorSecret = z.object({ uri: z.string(), secret: z.string() });
export type AuthenticatorSecret = z.infer<typeof AuthenticatorSecret>;

export const ConfirmAuthenticator = z.strictObject({ code: FactorCode });
export type ConfirmAuthenticator = z.infer<typeof ConfirmAuthenticator>;

/** With the first second factor of an account come its recovery codes, this once; null with any other. */
export const AuthenticatorConfirmed = z.object({ recoveryCodes: z.array(z.string()).nullable() });
export type AuthenticatorConfirmed = z.infer<typeof AuthenticatorConfirmed>;
