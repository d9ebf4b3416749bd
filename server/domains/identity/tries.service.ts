import type { Database } from "../../../db/client.ts";
import type { AppServices, RequestContext, TryBudgets } from "../../core/context.ts";
import type { Party } from "../../core/fair-queue.ts";
import { networkOf } from "../../core/networks.ts";
import { sha256 } from "../../core/secrets.ts";
import { TryBudget } from "../../core/try-budget.ts";
import type { SignIn, User } from "./auth.contract.ts";
import { findKnownDevice, rememberDevice } from "./known-devices.ts";
import type { SessionOwner } from "./sessions.service.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Of one account or device: NIST SP 800-63B allows a hundred in a row. */
const OF_ONE = [
  { tries: 10, seconds: 5 * MINUTE },
  { tries: 30, seconds: HOUR },
  { tries: 100, seconds: DAY },
];
/** An address may be that of an office: what is right is given back, so only what is wrong counts. */
const OF_AN_ADDRESS = [
  { tries: 20, seconds: 5 * MINUTE },
  { tries: 100, seconds: HOUR },
  { tries: 500, seconds: DAY },
];
const MAILS_OF_AN_ADDRESS = [
  { tries: 30, seconds: HOUR },
  { tries: 100, seconds: DAY },
];

export function createTryBudgets(db: Database): TryBudgets {
  return {
    account: new TryBudget(db, "account", OF_ONE),
    address: new TryBudget(db, "address", OF_AN_ADDRESS),
    device: new TryBudget(db, "device", OF_ONE),
    session: new TryBudget(db, "session", OF_ONE),
    mail: new TryBudget(db, "mail", MAILS_OF_AN_ADDRESS),
  };
}

/** A try to sign in that was counted. */
export interface Attempt {
  /** Whose hashes it waits with. */
  readonly by: Party;
  /** It was right: it counts as none, and the device is known from here on. */
  succeed(userId: string): Promise<void>;
}

/**
 * Counts a try to sign in, before anything is verified, in the same way whether there is such an account or not. A device
 * that the account was signed in on before has a budget of its own, so nobody else can keep it out.
 * Fails: TRIES_TOO_MANY.
 */
export async function beginAttempt(
  app: AppServices,
  request: RequestContext,
  { email, transport }: Pick<SignIn, "email" | "transport">,
): Promise<Attempt> {
  const tally = await tallyOf(app, request, email);
  await tally.take();
  return {
    by: tally.by,
    async succeed(userId) {
      await Promise.all([tally.giveBack(), rememberDevice(app, request, { userId, transport })]);
    },
  };
}

/**
 * The second step of a sign-in was right, too: the try of the first counts as none. Once for each, or whoever has an
 * account of their own could guess the passwords of others without end.
 */
export async function succeedLater(
  app: AppServices,
  request: RequestContext,
  { user, transport }: { user: User; transport: SignIn["transport"] },
): Promise<void> {
  const tally = await tallyOf(app, request, user.email);
  await Promise.all([tally.giveBack(), rememberDevice(app, request, { userId: user.id, transport })]);
}

/** What counts the tries of an account from somewhere. */
interface Tally {
  readonly by: Party;
  take(): Promise<void>;
  giveBack(): Promise<void>;
}

async function tallyOf(app: AppServices, request: RequestContext, email: string): Promise<Tally> {
  const { account, address, device } = app.tries;
  const known = await findKnownDevice(app, request, email);
  if (known) {
    const key = `${known.userId} ${known.mark}`;
    return { by: { key, isFirst: true }, take: () => device.take(key), giveBack: () => device.clear(key) };
  }
  const network = networkOf(request.address);
  const ofAccount = sha256(email);
  return {
    by: partyOf(request),
    async take() {
      // Who has used up what an address may does not use up what the account has.
      if (network !== undefined) await address.take(network);
      await account.take(ofAccount);
    },
    async giveBack() {
      if (network !== undefined) await address.giveBack(network);
      await account.giveBack(ofAccount);
    },
  };
}

/** Counts an account that is made, or a mail that anybody may ask for. Fails: TRIES_TOO_MANY. */
export async function countMail({ tries }: AppServices, request: RequestContext): Promise<void> {
  const network = networkOf(request.address);
  if (network !== undefined) await tries.mail.take(network);
}

/** Counts a secret that is tried without an account's name, such as a link. Fails: TRIES_TOO_MANY. */
export async function countSecret({ tries }: AppServices, request: RequestContext): Promise<void> {
  const network = networkOf(request.address);
  if (network !== undefined) await tries.address.take(network);
}

/**
 * Counts a try of whoever uses a session to prove who they are: by the session, so that one who stole it does not keep
 * its owner from doing the same in another. Fails: TRIES_TOO_MANY.
 */
export async function countProof({ tries }: AppServices, { session }: SessionOwner): Promise<void> {
  await tries.session.take(session.id);
}

/** What was proved counts as no try. */
export async function forgetProofs({ tries }: AppServices, { session }: SessionOwner): Promise<void> {
  await tries.session.clear(session.id);
}

/** Whose hashes a call of nobody in particular waits with. */
export function partyOf({ address }: RequestContext): Party {
  return { key: networkOf(address) ?? "" };
}
