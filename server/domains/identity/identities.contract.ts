import { z } from "zod";
import { Id, Instant } from "../../fields.contract.ts";

/**
 * A path of the front end to come back to, at the address of this server: none of another one can be written so that it
 * passes.
 */
const ReturnPath = z
  .string()
  .max(500)
  .regex(/^\/(?![/\\])[\w/.~%!$&'()*+,;=:@?-]*$/u, "This is no path of this server.")
  .default("/");

const Provider = z.object({ id: z.string(), name: z.string() });
export const Providers = z.object({ items: z.array(Provider) });
export type Providers = z.infer<typeof Providers>;

/** By which provider, and where to the browser comes back. */
export const StartTrip = z.strictObject({ providerId: z.string().min(1).max(32), returnTo: ReturnPath });
export type StartTrip = z.infer<typeof StartTrip>;

/** Where the browser goes, as a whole page. */
export const TripStarted = z.object({ url: z.string() });
export type TripStarted = z.infer<typeof TripStarted>;

/** Somebody elsewhere who signs in to the caller's account. */
export const Identity = z.object({
  id: Id,
  /** Null: its provider is not configured any more, and it signs nobody in. */
  provider: Provider.nullable(),
  issuer: z.string(),
  /** What the provider said when it was linked. */
  email: z.string().nullable(),
  createdAt: Instant,
  lastUsedAt: Instant.nullable(),
});
export type Identity = z.infer<typeof Identity>;

/** What the caller signs in with, besides passkeys. */
export const Identities = z.object({ items: z.array(Identity), hasPassword: z.boolean() });
export type Identities = z.infer<typeof Identities>;

export const UnlinkIdentity = z.strictObject({ identityId: Id });
export type UnlinkIdentity = z.infer<typeof UnlinkIdentity>;
