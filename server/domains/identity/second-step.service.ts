import { AppError } from "../../core/app-error.ts";
import type { AppServices, Context } from "../../core/context.ts";
import { SEND_MAIL } from "../../core/mail/outbox.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";
import type {
  PasskeyChallenge,
  RequestChallenge,
  SignedIn,
  SignIn,
  SignInWithCode,
  SignInWithPasskey,
} from "./auth.contract.ts";
import { newChallenge, useChallenge } from "./challenges.ts";
import { tryCode } from "./factor-codes.ts";
import { rememberDevice } from "./known-devices.ts";
import type { Assertion, RequestOptions } from "./passkeys.contract.ts";
import { countUse, knownCredentials, type Proved, provePasskey } from "./passkeys.service.ts";
import { requireCookies, type SigningIn, startSession } from "./session-start.ts";
import type { SessionOwner } from "./sessions.service.ts";
import { findTicket, tryTicket, useTicket } from "./tickets.ts";
import { succeedLater } from "./tries.service.ts";
import { challengeOf, requestOptions } from "./webauthn.ts";

/**
 * A challenge for a passkey: with the ticket of a sign-in, one of that account's; without, any, and a ticket that says
 * that whoever answers is who asked. Fails: SIGN_IN_EXPIRED.
 */
export async function requestAssertion(app: AppServices, { ticket }: RequestChallenge): Promise<PasskeyChallenge> {
  if (ticket === undefined) {
    const own = newSecret();
    const challenge = await newChallenge(app, { purpose: "sign-in", boundTo: sha256(own) });
    return { ticket: own, options: requestOptions(app, { challenge, isUserVerified: true }) };
  }
  const { userId } = await findTicket(app, ticket);
  const challenge = await newChallenge(app, { purpose: "second-factor", boundTo: sha256(ticket) });
  const known = await knownCredentials(app.db.within({ userId }), userId);
  return { ticket, options: requestOptions(app, { challenge, known, isUserVerified: false }) };
}

/**
 * Begins a session by a passkey: alone, when its owner unlocked it, or after the password of the ticket's account.
 * Fails: PASSKEY_WRONG, SIGN_IN_EXPIRED, TRANSPORT_UNSUPPORTED.
 */
export async function signInWithPasskey(ctx: Context, input: SignInWithPasskey): Promise<SignedIn> {
  const { app } = ctx;
  const { credential, ticket, transport } = input;
  requireCookies(ctx.request, transport);
  const purpose = await useChallenge(app, challengeOf(app, credential), {
    purposes: ["sign-in", "second-factor"],
    boundTo: sha256(ticket),
  });
  if (purpose === undefined) throw new AppError("PASSKEY_WRONG");
  if (purpose === "sign-in") {
    const signingIn = await proveAlone(app, credential);
    const signedIn = await startSession(ctx, signingIn, transport);
    // No password was tried, so there is no try to give back.
    await rememberDevice(app, ctx.request, { userId: signingIn.user.id, transport });
    return signedIn;
  }
  return finishSignIn(ctx, await proveAfterPassword(app, { credential, ticket }), transport);
}

async function proveAlone(app: AppServices, credential: Assertion): Promise<SigningIn> {
  const proved = await provePasskey(app, credential, { isUserVerified: true });
  const { signingIn } = proved;
  await countUse(app, app.db.within({ userId: signingIn.user.id }), proved);
  return signingIn;
}

async function proveAfterPassword(
  app: AppServices,
  { credential, ticket }: Pick<SignInWithPasskey, "credential" | "ticket">,
): Promise<SigningIn> {
  const signingIn = await tryTicket(app, ticket);
  const userId = signingIn.user.id;
  const proved: Proved = await provePasskey(app, credential, { ofUser: userId, isUserVerified: false });
  await app.db.within({ userId }).transaction(async (tx) => {
    await useTicket(tx, ticket);
    await countUse(app, tx, proved);
  });
  return signingIn;
}

/**
 * Begins a session by a code, after the password of the ticket's account. Each try is counted before the code is looked
 * at. Fails: CODE_WRONG, CODES_TOO_MANY, SIGN_IN_EXPIRED, TRANSPORT_UNSUPPORTED.
 */
export async function signInWithCode(ctx: Context, { ticket, code, transport }: SignInWithCode): Promise<SignedIn> {
  const { app } = ctx;
  requireCookies(ctx.request, transport);
  const signingIn = await tryTicket(app, ticket);
  const userId = signingIn.user.id;
  const use = await tryCode(app, { userId, code });
  await app.db.within({ userId }).transaction(async (tx) => {
    await useTicket(tx, ticket);
    await use(tx);
  });
  await app.jobs.wake(SEND_MAIL);
  return finishSignIn(ctx, signingIn, transport);
}

/** After the password and the second factor, once for each ticket. */
async function finishSignIn(ctx: Context, signingIn: SigningIn, transport: SignIn["transport"]): Promise<SignedIn> {
  const signedIn = await startSession(ctx, signingIn, transport);
  await succeedLater(ctx.app, ctx.request, { user: signingIn.user, transport });
  return signedIn;
}

/** A challenge for a passkey of the caller, which this session alone may answer. */
export async function requestReassertion(app: AppServices, { user, session }: SessionOwner): Promise<RequestOptions> {
  const challenge = await newChallenge(app, { purpose: "reauthenticate", boundTo: session.id });
  const known = await knownCredentials(app.db.within({ userId: user.id }), user.id);
  return requestOptions(app, { challenge, known, isUserVerified: true });
}

/** Proves by a passkey, which its owner unlocked, that whoever uses this session is its owner. Fails: PASSKEY_WRONG. */
export async function reassert(
  app: AppServices,
  { user, session }: SessionOwner,
  credential: Assertion,
): Promise<void> {
  const by = { purposes: ["reauthenticate"], boundTo: session.id } as const;
  if (!(await useChallenge(app, challengeOf(app, credential), by))) throw new AppError("PASSKEY_WRONG");
  const proved = await provePasskey(app, credential, { ofUser: user.id, isUserVerified: true });
  await countUse(app, app.db.within({ userId: user.id }), proved);
}
