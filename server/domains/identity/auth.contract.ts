import { z } from "zod";
import { ORG_ROLES, SECOND_FACTORS } from "../../../db/enums.ts";
import { Email, Id, Instant, line } from "../../fields.contract.ts";
import { HeldCustomRole } from "../orgs/roles.contract.ts";
import { MailedCode } from "./emails.contract.ts";
import { FactorCode } from "./factors.contract.ts";
import { Assertion, RequestOptions } from "./passkeys.contract.ts";

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

/** What somebody calls themselves. */
export const AccountName = line(100);

export const User = z.object({ id: Id, email: z.string(), name: z.string() });
export type User = z.infer<typeof User>;

export const RequestSignUp = z.strictObject({ email: Email });
export type RequestSignUp = z.infer<typeof RequestSignUp>;

/** `code` is the one that `requestSignUp` mailed: needed where the server says so (`SIGN_UP=mail`). */
export const SignUp = z.strictObject({
  email: Email,
  password: Password,
  name: AccountName,
  code: MailedCode.optional(),
  transport: Transport,
});
export type SignUp = z.infer<typeof SignUp>;

export const SignIn = z.strictObject({ email: Email, password: CurrentPassword, transport: Transport });
export type SignIn = z.infer<typeof SignIn>;

/** `token` is null when the session travels in a cookie. */
export const SignedIn = z.object({ state: z.literal("signed-in"), user: User, token: z.string().nullable() });
export type SignedIn = z.infer<typeof SignedIn>;

/** The password was right, and nobody is signed in yet: the ticket goes on to `signInWithCode` or `signInWithPasskey`. */
const SecondFactorNeeded = z.object({
  state: z.literal("second-factor"),
  user: z.null(),
  token: z.null(),
  ticket: z.string(),
  /** What the account has. */
  factors: z.array(z.enum(SECOND_FACTORS)),
  expiresAt: Instant,
});
export const SignInAnswer = z.discriminatedUnion("state", [SignedIn, SecondFactorNeeded]);
export type SignInAnswer = z.infer<typeof SignInAnswer>;

const Ticket = z.string().max(100);

/** Without a ticket: to sign in by a passkey alone. */
export const RequestChallenge = z.strictObject({ ticket: Ticket.optional() }).default({});
export type RequestChallenge = z.infer<typeof RequestChallenge>;
/** `ticket` goes back to the server with the answer: the one that was given, or, without one, its own. */
export const PasskeyChallenge = z.object({ ticket: z.string(), options: RequestOptions });
export type PasskeyChallenge = z.infer<typeof PasskeyChallenge>;

export const SignInWithPasskey = z.strictObject({ ticket: Ticket, credential: Assertion, transport: Transport });
export type SignInWithPasskey = z.infer<typeof SignInWithPasskey>;
export const SignInWithCode = z.strictObject({ ticket: Ticket, code: FactorCode, transport: Transport });
export type SignInWithCode = z.infer<typeof SignInWithCode>;

/** A password, with a code where the account has a second factor; or a passkey. */
export const Reauthenticate = z.union([
  z.strictObject({ password: CurrentPassword, code: FactorCode.optional() }),
  z.strictObject({ credential: Assertion }),
]);
export type Reauthenticate = z.infer<typeof Reauthenticate>;

/**
 * The session has another token: a browser got it as its cookie, others get it here, and use it from now on. Null also
 * when another proof did that less than ten seconds ago.
 */
export const Renewed = z.object({ token: z.string().nullable() });
export type Renewed = z.infer<typeof Renewed>;

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
      /** From when on its members need a second factor; null: it demands none. */
      factorDueAt: Instant.nullable(),
    }),
  ),
});
export type Me = z.infer<typeof Me>;
