import { z } from "zod";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What is said to an issuer and by it is secret: only on this machine may it go unencrypted. */
function isConfidential(issuer: string): boolean {
  if (!URL.canParse(issuer)) return false;
  const { protocol, hostname } = new URL(issuer);
  return protocol === "https:" || (protocol === "http:" && LOOPBACK.has(hostname));
}

/** A provider of identities as whoever runs Trestle describes it (`OIDC_PROVIDERS`). */
export const ProviderConfig = z.strictObject({
  /** Its name in addresses: it is part of the redirect URI, `PUBLIC_URL/sign-in/oidc/ID/callback`. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/u, "must be small letters, digits and hyphens"),
  /** What people know it by. */
  name: z.string().trim().min(1).max(50),
  issuer: z.string().refine(isConfidential, "must be an https address"),
  clientId: z.string().min(1),
  /** Absent: a public client, which PKCE alone protects. */
  clientSecret: z.string().min(1).optional(),
  /** How it sends the secret; absent: in the body, if the issuer says that it takes it there. */
  clientAuth: z.enum(["basic", "post"]).optional(),
  scope: z
    .string()
    .regex(/^openid( |$)/u, 'must begin with "openid"')
    .default("openid email profile"),
  /** Values of `acr` that say that somebody proved more than one thing, besides `mfa` in `amr`. */
  multiFactorAcr: z.array(z.string().min(1)).default([]),
  /** Its word that an address is verified is enough to sign in to an account that has the same one, verified here. */
  linksByEmail: z.boolean().default(false),
});
export type ProviderConfig = z.infer<typeof ProviderConfig>;

/** An issuer stands for its subjects: of two providers with the same one, neither could be told from the other. */
export const ProviderConfigs = z
  .array(ProviderConfig)
  .max(20)
  .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "has an id twice")
  .refine((list) => new Set(list.map(({ issuer }) => issuer)).size === list.length, "has an issuer twice");

/** What one trip to a provider and back is known by. All three are secrets of the browser that makes it. */
export interface Trip {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Its owner has to prove themselves to the provider now, whatever it remembers of them. */
  readonly isFresh: boolean;
}

/** Somebody by the word of a provider, of which everything was verified. */
export interface ProvedIdentity {
  readonly issuer: string;
  /** Who it is at this issuer, for ever: addresses and names come and go. */
  readonly subject: string;
  /** The provider says that they proved more than one thing. */
  readonly isMultiFactor: boolean;
  /** When they proved themselves to the provider, if it says so. */
  readonly authenticatedAt: Date | undefined;
  /** What it says about them besides: asked for only where it is needed. */
  profile(): Promise<Profile>;
}

export interface Profile {
  readonly email: string | undefined;
  /** The provider says that they read mail to the address. */
  readonly isEmailVerified: boolean;
  readonly name: string | undefined;
}

/** A provider that people may sign in by. Fails, in both: PROVIDER_UNAVAILABLE. */
export interface IdentityProvider extends Pick<ProviderConfig, "id" | "name" | "issuer" | "linksByEmail"> {
  /** Where a browser goes to be recognised. */
  addressFor(trip: Trip): Promise<string>;
  /** Who came back with this answer. Fails: PROVIDER_REFUSED. */
  recognise(answer: URLSearchParams, trip: Trip): Promise<ProvedIdentity>;
}
