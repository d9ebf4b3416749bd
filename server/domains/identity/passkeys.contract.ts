import { z } from "zod";
import { Id, Instant, line } from "../../fields.contract.ts";

/** A passkey as its owner sees it. */
export const Passkey = z.object({
  id: Id,
  name: z.string(),
  createdAt: Instant,
  /** Null: it has not been used yet. */
  lastUsedAt: Instant.nullable(),
});
export type Passkey = z.infer<typeof Passkey>;

function base64url(max: number) {
  return z
    .string()
    .max(max)
    .regex(/^[\w-]*$/u, "This is no base64url.");
}

// What browsers make, as its `toJSON()`: they add to it from year to year, and what is not named here is left out.
const credentialFields = { id: base64url(1_364), rawId: base64url(1_364), type: z.literal("public-key") };

/** What `navigator.credentials.create()` answered. */
export const CreatedCredential = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: base64url(8_000),
    attestationObject: base64url(64_000),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/u))
      .max(10)
      .default([]),
  }),
});
export type CreatedCredential = z.infer<typeof CreatedCredential>;

/** What `navigator.credentials.get()` answered. */
export const Assertion = z.object({
  ...credentialFields,
  response: z.object({
    clientDataJSON: base64url(8_000),
    authenticatorData: base64url(8_000),
    signature: base64url(8_000),
    userHandle: base64url(200).nullish(),
  }),
});
export type Assertion = z.infer<typeof Assertion>;

const Descriptor = z.object({ type: z.literal("public-key"), id: z.string(), transports: z.array(z.string()) });
const UserVerification = z.enum(["required", "preferred"]);

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()`. */
export const CreationOptions = z.object({
  challenge: z.string(),
  /** In milliseconds. */
  timeout: z.int(),
  rp: z.object({ id: z.string(), name: z.string() }),
  user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z.array(z.object({ type: z.literal("public-key"), alg: z.int() })),
  excludeCredentials: z.array(Descriptor),
  authenticatorSelection: z.object({
    residentKey: z.literal("required"),
    requireResidentKey: z.literal(true),
    userVerification: UserVerification,
  }),
  attestation: z.literal("none"),
});
export type CreationOptions = z.infer<typeof CreationOptions>;

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()`. */
export const RequestOptions = z.object({
  challenge: z.string(),
  /** In milliseconds. */
  timeout: z.int(),
  rpId: z.string(),
  /** None: whichever its owner chooses. */
  allowCredentials: z.array(Descriptor),
  userVerification: UserVerification,
});
export type RequestOptions = z.infer<typeof RequestOptions>;

export const CreatePasskey = z.strictObject({ name: line(100), credential: CreatedCredential });
export type CreatePasskey = z.infer<typeof CreatePasskey>;
export const UpdatePasskey = z.strictObject({ passkeyId: Id, name: line(100) });
export type UpdatePasskey = z.infer<typeof UpdatePasskey>;
export const DeletePasskey = z.strictObject({ passkeyId: Id });
export type DeletePasskey = z.infer<typeof DeletePasskey>;

/** With the first second factor of an account come its recovery codes, this once; null with any other. */
export const PasskeyCreated = z.object({ passkey: Passkey, recoveryCodes: z.array(z.string()).nullable() });
export type PasskeyCreated = z.infer<typeof PasskeyCreated>;
