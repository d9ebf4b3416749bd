import { z } from "zod";
import { Email } from "../../fields.contract.ts";

/** The address of an account, and whether its owner has proved that they read mail to it. */
export const AccountEmail = z.object({ email: z.string(), isVerified: z.boolean() });
export type AccountEmail = z.infer<typeof AccountEmail>;

export const ChangeEmail = z.strictObject({ email: Email });
export type ChangeEmail = z.infer<typeof ChangeEmail>;

/** The eight digits that came by mail, typed with or without the gap in the middle. */
export const MailedCode = z
  .string()
  .max(20)
  .transform((text) => text.replaceAll(/[\s-]/gu, ""))
  .pipe(z.string().regex(/^\d{8}$/u, "A code has eight digits."));

export const ConfirmEmail = z.strictObject({ code: MailedCode });
export type ConfirmEmail = z.infer<typeof ConfirmEmail>;
