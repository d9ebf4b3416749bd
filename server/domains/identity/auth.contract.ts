import { z } from "zod";
import { ORG_ROLES } from "../../../db/enums.ts";
import { Email, Id, line } from "../../fields.contract.ts";
import { HeldCustomRole } from "../orgs/roles.contract.ts";
import { MailedCode } from "./emails.contract.ts";

/** How the session travels: a cookie for browsers, or a bearer token in the answer for everything else. */
const Transport = z.enum(["cookie", "token"]).default("cookie");
/** 8 to 128 characters of any script: nothing is cut, trimmed or changed in case. */
export const Password = z
  .string()
  .max(512)
  .refine((text) => {
    const length = Array.from(text).length;
    return length >= 8 && length <= 128;
  }, "A password has 8 to 128 characters.");

/** The password that somebody has: whatever was allowed when they chose it. */
export const CurrentPassword = z.string().min(1).max(512);

export const User = z.object({ id: Id, email: z.string(), name: z.string() });
export type User = z.infer<typeof User>;

export const RequestSignUp = z.strictObject({ email: Email });
export type RequestSignUp = z.infer<typeof RequestSignUp>;

/** `code` is the one that `requestSignUp` mailed: needed where the server says so (`SIGN_UP=mail`). */
export const SignUp = z.strictObject({
  email: Email,
  password: Password,
  name: line(100),
  code: MailedCode.optional(),
  transport: Transport,
});
export type SignUp = z.infer<typeof SignUp>;

export const SignIn = z.strictObject({ email: Email, password: CurrentPassword, transport: Transport });
export type SignIn = z.infer<typeof SignIn>;

export const Reauthenticate = z.strictObject({ password: CurrentPassword });
export type Reauthenticate = z.infer<typeof Reauthenticate>;

/** `token` is null when the session travels in a cookie. */
export const SignedIn = z.object({ user: User, token: z.string().nullable() });
export type SignedIn = z.infer<typeof SignedIn>;

export const Me = z.object({
  /** A service account has no address. */
  user: User.extend({ email: z.string().nullable() }),
  orgs: z.array(
    z.object({
      id: Id,
      name: z.string(),
      slug: z.string(),
      /** Of a custom role its base. */
      role: z.enum(ORG_ROLES),
      customRole: HeldCustomRole.nullable(),
    }),
  ),
});
export type Me = z.infer<typeof Me>;
