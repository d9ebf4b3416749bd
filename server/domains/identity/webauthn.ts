import type { VerifiedAuthenticationResponse, VerifiedRegistrationResponse } from "@simplewebauthn/server";
import { z } from "zod";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { isAllowedOrigin } from "../../core/origins.ts";
import { CHALLENGE_SECONDS } from "./challenges.ts";
import type { Assertion, CreatedCredential, CreationOptions, RequestOptions } from "./passkeys.contract.ts";

/** EdDSA, ES256 and RS256: what the devices of today sign with. */
const ALGORITHMS = [-8, -7, -257];
const TIMEOUT_MS = CHALLENGE_SECONDS * 1_000;

/** It costs a process 0.3 s and 28 MB, which only those pay where somebody has a passkey. */
const library = () => import("@simplewebauthn/server");

/** A credential as it is kept. */
export interface StoredCredential {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly signCount: number;
  readonly transports: readonly string[];
}

type Known = Pick<StoredCredential, "credentialId" | "transports">;

export interface PasskeyOwner {
  readonly id: string;
  readonly email: string | null;
  readonly name: string;
}

/** What a browser needs to make a passkey that its owner is asked to unlock, and that needs no name typed later. */
export function creationOptions(
  { publicUrl }: AppServices,
  { challenge, user, known }: { challenge: string; user: PasskeyOwner; known: readonly Known[] },
): CreationOptions {
  const { hostname } = new URL(publicUrl);
  return {
    challenge,
    timeout: TIMEOUT_MS,
    rp: { id: hostname, name: "Trestle" },
    user: { id: userHandleOf(user.id), name: user.email ?? user.name, displayName: user.name },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    excludeCredentials: known.map(toDescriptor),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
    attestation: "none",
  };
}

/** What a browser needs to ask for a passkey: one of those that are known, or, without them, any. */
export function requestOptions(
  { publicUrl }: AppServices,
  { challenge, known = [], isUserVerified }: { challenge: string; known?: readonly Known[]; isUserVerified: boolean },
): RequestOptions {
  return {
    challenge,
    timeout: TIMEOUT_MS,
    rpId: new URL(publicUrl).hostname,
    allowCredentials: known.map(toDescriptor),
    userVerification: isUserVerified ? "required" : "preferred",
  };
}

function toDescriptor({ credentialId, transports }: Known): RequestOptions["allowCredentials"][number] {
  return { type: "public-key", id: credentialId, transports: [...transports] };
}

/** The account as its passkeys know it: 16 bytes that tell nobody who it is. */
export function userHandleOf(userId: string): string {
  return Buffer.from(userId.replaceAll("-", ""), "hex").toString("base64url");
}

const ClientData = z.object({ challenge: z.string(), origin: z.string(), crossOrigin: z.literal(false).optional() });

/** What a browser says that it asked a passkey, on which page: not inside of another one. Fails: PASSKEY_WRONG. */
function readClientData({ origins }: AppServices, { response }: CreatedCredential | Assertion) {
  const text = Buffer.from(response.clientDataJSON, "base64url").toString();
  const parsed = ClientData.safeParse(parseJson(text));
  if (!parsed.success || !isAllowedOrigin(origins, parsed.data.origin)) throw new AppError("PASSKEY_WRONG");
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The challenge that was answered: to be used up before the answer is looked at. Fails: PASSKEY_WRONG. */
export function challengeOf(app: AppServices, credential: CreatedCredential | Assertion): string {
  return readClientData(app, credential).challenge;
}

/** Verifies a new credential, whose challenge was ours, and that its owner unlocked it. Fails: PASSKEY_WRONG. */
export async function verifyCreation(app: AppServices, credential: CreatedCredential): Promise<StoredCredential> {
  const { challenge, origin } = readClientData(app, credential);
  const { verifyRegistrationResponse } = await library();
  const { registrationInfo } = await verified<VerifiedRegistrationResponse>(() =>
    verifyRegistrationResponse({
      response: { ...credential, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: new URL(app.publicUrl).hostname,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }),
  );
  if (!registrationInfo) throw new AppError("PASSKEY_WRONG");
  const { id, publicKey, counter } = registrationInfo.credential;
  return {
    credentialId: id,
    publicKey: Buffer.from(publicKey).toString("base64url"),
    signCount: counter,
    transports: credential.response.transports,
  };
}

/** Verifies what a known credential signed, whose challenge was ours. Answers how often it has signed. Fails: PASSKEY_WRONG. */
export async function verifyAssertion(
  app: AppServices,
  assertion: Assertion,
  { stored, isUserVerified }: { stored: StoredCredential; isUserVerified: boolean },
): Promise<number> {
  const { challenge, origin } = readClientData(app, assertion);
  const { verifyAuthenticationResponse } = await library();
  const { clientDataJSON, authenticatorData, signature } = assertion.response;
  const { authenticationInfo } = await verified<VerifiedAuthenticationResponse>(() =>
    verifyAuthenticationResponse({
      response: {
        ...assertion,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: new URL(app.publicUrl).hostname,
      credential: {
        id: stored.credentialId,
        publicKey: new Uint8Array(Buffer.from(stored.publicKey, "base64url")),
        counter: stored.signCount,
      },
      requireUserVerification: isUserVerified,
    }),
  );
  return authenticationInfo.newCounter;
}

/** The library throws for what is not as it should be, and for what cannot be read. */
async function verified<Result extends { verified: boolean }>(verify: () => Promise<Result>): Promise<Result> {
  const result = await verify().catch((error: unknown) => {
    throw new AppError("PASSKEY_WRONG", { cause: error });
  });
  if (!result.verified) throw new AppError("PASSKEY_WRONG");
  return result;
}
