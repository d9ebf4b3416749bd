import { z } from "zod";
import { Email } from "../../fields.contract.ts";
import { CurrentPassword, Password } from "./auth.contract.ts";

export const RequestPasswordReset = z.strictObject({ email: Email });
export type RequestPasswordReset = z.infer<typeof RequestPasswordReset>;

/** `token` is the one of the link that came by mail. */
export const ResetPassword = z.strictObject({ token: z.string().max(100), password: Password });
export type ResetPassword = z.infer<typeof ResetPassword>;

export const ChangePassword = z.strictObject({ currentPassword: CurrentPassword, newPassword: Password });
export type ChangePassword = z.infer<typeof ChangePassword>;
