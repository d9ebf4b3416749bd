import {
  allowInsecureRequests,
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  customFetch,
  type CustomFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  ResponseBodyError,
  type ServerMetadata,
} from "openid-client";
import { z } from "zod";
import { AppError } from "../../core/app-error.ts";
import type { IdentityProvider, Profile, ProvedIdentity, ProviderConfig, Trip } from "../../core/identity-providers.ts";
import type { Logger } from "../../core/log.ts";

/** For each request to a provider: people wait for it. */
const PATIENCE_SECONDS = 5;
const MAX_ANSWER_BYTES = 1 << 20;
/** How long what an issuer says about itself is believed. Its keys are asked for anew each time: they may be replaced. */
const METADATA_MS = 600_000;
/** Older proofs than the trip itself are refused by whoever asked for a fresh one: here it only has to be said. */
const MOST_AGE_SECONDS = 86_400;

interface Options {
  readonly publicUrl: string;
  readonly log: Logger;
  /** For each request, in seconds. */
  readonly timeout?: number;
}

/** The one door to openid-client, and to the issuers that are configured: nobody else is dialled. */
export function createProvider(
  config: ProviderConfig,
  { publicUrl, log, timeout = PATIENCE_SECONDS }: Options,
): IdentityProvider {
  const { id, name, issuer, linksByEmail } = config;
  const redirectUri = `${publicUrl}/sign-in/oidc/${id}/callback`;
  let known: { metadata: ServerMetadata; askedAt: number } | undefined;

  /** What the issuer says about itself: from a moment ago, or asked for. */
  async function metadataOf(): Promise<ServerMetadata> {
    if (known && performance.now() - known.askedAt < METADATA_MS) return known.metadata;
    const askedAt = performance.now();
    const found = await discovery(new URL(issuer), config.clientId, undefined, None(), {
      [customFetch]: boundedFetch,
      timeout,
      execute: isPlainHttp(issuer) ? [allowInsecureRequests] : [],
    });
    known = { metadata: found.serverMetadata(), askedAt };
    return known.metadata;
  }

  async function client(): Promise<Configuration> {
    const metadata = await metadataOf().catch((error: unknown) => {
      log.warn({ provider: id, code: codeOf(error) }, "a provider of identities cannot be reached");
      throw new AppError("PROVIDER_UNAVAILABLE", { cause: error });
    });
    const made = new Configuration({ ...metadata }, config.clientId, {}, authenticationOf(config, metadata));
    made.timeout = timeout;
    made[customFetch] = boundedFetch;
    if (isPlainHttp(issuer)) allowInsecureRequests(made);
    // By OpenID Connect, TLS to the issuer would be proof enough of where a token is from.
    enableNonRepudiationChecks(made);
    return made;
  }

  async function addressFor({ state, nonce, verifier, isFresh }: Trip): Promise<string> {
    const url = buildAuthorizationUrl(await client(), {
      redirect_uri: redirectUri,
      scope: config.scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      ...(isFresh ? { prompt: "login", max_age: "0" } : {}),
    });
    return url.href;
  }

  async function recognise(answer: URLSearchParams, trip: Trip): Promise<ProvedIdentity> {
    const by = await client();
    try {
      const tokens = await authorizationCodeGrant(by, new URL(`${redirectUri}?${answer.toString()}`), {
        expectedState: trip.state,
        expectedNonce: trip.nonce,
        pkceCodeVerifier: trip.verifier,
        idTokenExpected: true,
        ...(trip.isFresh ? { maxAge: MOST_AGE_SECONDS } : {}),
      });
      const claims = Claims.parse(tokens.claims());
      const isMultiFactor = claims.amr.includes("mfa") || config.multiFactorAcr.includes(claims.acr ?? "");
      return {
        issuer,
        subject: claims.sub,
        isMultiFactor,
        authenticatedAt: claims.auth_time === undefined ? undefined : new Date(claims.auth_time * 1_000),
        profile: async () =>
          toProfile(claims.email === undefined ? await askFor(by, tokens.access_token, claims.sub) : claims),
      };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  /** Many providers say in the token who it is, and the rest only to whoever asks with it. */
  async function askFor(by: Configuration, accessToken: string, subject: string): Promise<About> {
    if (by.serverMetadata().userinfo_endpoint === undefined) return {};
    try {
      return About.parse(await fetchUserInfo(by, accessToken, subject));
    } catch (error) {
      throw refusalOf(error);
    }
  }

  function refusalOf(error: unknown): unknown {
    const kind = kindOf(error);
    if (kind === undefined) return error;
    // The code alone: what lies deeper are claims and tokens.
    log.warn({ provider: id, code: codeOf(error) }, "a provider of identities recognised nobody");
    return new AppError(kind);
  }

  return { id, name, issuer, linksByEmail, addressFor, recognise };
}

const text = z.string().max(1_000);
const About = z.object({
  email: text.optional(),
  // A few say so in words.
  email_verified: z.union([z.boolean(), z.enum(["true", "false"]).transform((word) => word === "true")]).optional(),
  name: text.optional(),
});
type About = z.infer<typeof About>;
const Claims = About.extend({
  sub: z.string().min(1).max(255),
  amr: z.array(z.string()).default([]),
  acr: z.string().optional(),
  auth_time: z.number().optional(),
});

function toProfile({ email, email_verified: isVerified, name }: About): Profile {
  return { email, isEmailVerified: isVerified === true, name };
}

/** How the client proves who it is: as the issuer knows it, by the body where both will do. */
function authenticationOf({ clientSecret, clientAuth }: ProviderConfig, metadata: ServerMetadata): ClientAuth {
  if (clientSecret === undefined) return None();
  const takesPost = metadata.token_endpoint_auth_methods_supported?.includes("client_secret_post") === true;
  return (clientAuth ?? (takesPost ? "post" : "basic")) === "post"
    ? ClientSecretPost(clientSecret)
    : ClientSecretBasic(clientSecret);
}

function isPlainHttp(issuer: string): boolean {
  return issuer.startsWith("http:");
}

/** `fetch` whose answers end at a limit, as no document of a provider is that long. */
const boundedFetch: CustomFetch = async (url, { body, ...options }) => {
  const response = await fetch(url, {
    ...options,
    body: body instanceof Uint8Array ? Buffer.from(body) : (body ?? null),
  });
  let bytes = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) controller.error(new ClientError("a provider answers too much"));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body?.pipeThrough(limit) ?? null, { status, statusText, headers });
};

/** Whether a provider could not be asked, or is not to be believed; undefined: a fault of ours. */
function kindOf(error: unknown): "PROVIDER_UNAVAILABLE" | "PROVIDER_REFUSED" | undefined {
  if (error instanceof AuthorizationResponseError || error instanceof z.ZodError) return "PROVIDER_REFUSED";
  if (error instanceof ResponseBodyError) return error.status < 500 ? "PROVIDER_REFUSED" : "PROVIDER_UNAVAILABLE";
  if (error instanceof ClientError) return isAway(error) ? "PROVIDER_UNAVAILABLE" : "PROVIDER_REFUSED";
  // What `fetch` fails with, and the library for answers that make no sense to it.
  return error instanceof TypeError && !codeOf(error).startsWith("ERR_INVALID_ARG")
    ? "PROVIDER_UNAVAILABLE"
    : undefined;
}

function isAway({ code, cause }: ClientError): boolean {
  return code === "OAUTH_TIMEOUT" || (cause instanceof Response && cause.status >= 500);
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return error instanceof Error ? error.name : "unknown";
}
