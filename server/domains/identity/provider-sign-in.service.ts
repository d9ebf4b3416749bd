import { sql } from "drizzle-orm";
import type { SecondFactor, TripPurpose } from "../../../db/enums.ts";
import { AUDITED_REFUSALS } from "../../audited.ts";
import { CALLBACK_COST } from "../../costs.ts";
import { AppError } from "../../core/app-error.ts";
import { sourceOfRequest } from "../../core/audit/source.ts";
import type { AppServices, Context } from "../../core/context.ts";
import { isUnavailable } from "../../core/faults.ts";
import type { IdentityProvider, ProvedIdentity } from "../../core/identity-providers.ts";
import { recordOfAccount } from "./account-records.ts";
import { hasSecondFactor } from "./factors.service.ts";
import type { StartTrip, TripStarted } from "./identities.contract.ts";
import { linkIdentity } from "./identities.service.ts";
import { rememberDevice } from "./known-devices.ts";
import { accountOf, type ProvedAccount } from "./provided-accounts.ts";
import { beginTrip, blankTripCookie, endTrip, type TripPlan } from "./provider-trips.ts";
import { handOver, requireCookies, startSession } from "./session-start.ts";
import { newTicket } from "./tickets.ts";
import { beginAttempt } from "./tries.service.ts";

/** Clocks of a provider may be so far behind. */
const SKEW_MS = 30_000;
/** What a trip that is refused is called in the audit log: as the call that it began with. */
const ACTIONS: Record<TripPurpose, string> = {
  "sign-in": "identities.signIn",
  link: "identities.link",
  reauthenticate: "identities.reauthenticate",
};
/** The page of the front end that people sign in on. */
const SIGN_IN_PAGE = "/sign-in";

/**
 * Begins a trip to a provider: answers where the browser goes, and gives it the cookie without which nobody comes back.
 * Fails: PROVIDER_NOT_FOUND, PROVIDER_UNAVAILABLE, TRANSPORT_UNSUPPORTED.
 */
export async function startTrip(
  { app, request, session, user }: Context,
  purpose: TripPurpose,
  { providerId, returnTo }: StartTrip,
): Promise<TripStarted> {
  requireCookies(request, "cookie");
  const provider = requireProvider(app, providerId);
  const owner = purpose === "sign-in" || !session || !user ? null : { userId: user.id, sessionId: session.id };
  const { trip, cookie } = await beginTrip(app, { providerId, purpose, owner, returnTo });
  const url = await provider.addressFor(trip);
  request.setCookie(cookie);
  return { url };
}

/** What a browser comes back with. */
export interface ProviderAnswer {
  readonly providerId: string;
  /** The query of the redirect URI. */
  readonly answer: URLSearchParams;
  /** The `Cookie` header. */
  readonly cookies: string;
}

/**
 * Ends a trip, and answers where the browser goes next: to a page of ours, with what it has to know behind `#`, where no
 * server sees it: `error` with the kind of a refusal, or `ticket` and `factors` where a second factor is to follow.
 */
export async function finishTrip(ctx: Context, { providerId, answer, cookies }: ProviderAnswer): Promise<string> {
  const { app, request } = ctx;
  const state = answer.get("state") ?? "";
  let page = SIGN_IN_PAGE;
  let purpose: TripPurpose = "sign-in";
  let source = sourceOfRequest(request);
  try {
    app.calls.take(ctx, CALLBACK_COST);
    const provider = requireProvider(app, providerId);
    const { plan, trip, beganAt } = await endTrip(app, { providerId, state, cookies });
    request.setCookie(blankTripCookie(app, state));
    purpose = plan.purpose;
    source = sourceOfRequest(request, plan.owner ?? {});
    if (plan.purpose !== "sign-in") page = plan.returnTo;
    const proved = await provider.recognise(answer, trip);
    if (trip.isFresh) requireFresh(proved, beganAt);
    return app.publicUrl + (await arrive(ctx, { plan, provider, proved }));
  } catch (error) {
    const kind = error instanceof AppError ? error.kind : isUnavailable(error) ? "SERVER_UNAVAILABLE" : undefined;
    if (kind === undefined) throw error;
    if (AUDITED_REFUSALS.has(kind)) app.audit.refused({ source, action: ACTIONS[purpose], reason: kind });
    return `${app.publicUrl}${page}#${new URLSearchParams({ error: kind }).toString()}`;
  }
}

interface Arrival {
  readonly plan: TripPlan;
  readonly provider: IdentityProvider;
  readonly proved: ProvedIdentity;
}

/** Does what the trip was for; answers the page to go on with. */
async function arrive(ctx: Context, { plan, provider, proved }: Arrival): Promise<string> {
  const { app } = ctx;
  const { purpose, owner, returnTo } = plan;
  if (purpose === "sign-in" || !owner) return enter(ctx, plan, await accountOf(ctx, provider, proved), proved);
  const { userId, sessionId } = owner;
  const live = await app.sessions.findLive([sessionId]);
  if (!live.has(sessionId)) throw new AppError("SIGN_IN_REQUIRED");
  // Of whom the trip is, whatever else the browser was signed in to meanwhile.
  const source = sourceOfRequest(ctx.request, { userId, sessionId });
  if (purpose === "link") await linkIdentity(app, { userId, source }, proved);
  else {
    await requireIdentityOf(app, userId, proved);
    // The browser may be signed in to something else by now: then its cookie is no business of this.
    const isOwn = ctx.session?.id === sessionId;
    const session = { id: sessionId, userId };
    const renewed = await app.db.within({ userId }).transaction(async (tx) => {
      await recordOfAccount(app, tx, { action: "identities.reauthenticate", accountId: userId, sessionId, source });
      if (isOwn) return app.sessions.renew(session, tx);
      await app.sessions.setAuthenticated(session, tx);
      return undefined;
    });
    handOver(ctx.request, renewed);
  }
  return returnTo;
}

/** Begins a session, unless the account has a second factor that the provider did not ask for. */
async function enter(
  ctx: Context,
  { returnTo }: TripPlan,
  account: ProvedAccount,
  { isMultiFactor }: ProvedIdentity,
): Promise<string> {
  const { app, request } = ctx;
  const { id: userId, email } = account.user;
  if (account.factors.length === 0 || isMultiFactor) {
    await startSession(ctx, account, "cookie");
    await rememberDevice(app, request, { userId, transport: "cookie" });
    return returnTo;
  }
  // A try, as a right password is: the second step gives it back, and must not give back what was not taken.
  await beginAttempt(app, request, { email, transport: "cookie" });
  const { ticket, expiresAt } = await newTicket(app, account);
  const factors: SecondFactor[] = account.factors;
  const next = new URLSearchParams({ ticket, factors: factors.join(","), expiresAt, returnTo });
  return `${SIGN_IN_PAGE}#${next.toString()}`;
}

/** Proves an owner again by an identity of theirs, if it proves as much as signing in does. */
async function requireIdentityOf(
  { db }: AppServices,
  userId: string,
  { issuer, subject, isMultiFactor }: ProvedIdentity,
): Promise<void> {
  const [own] = await db.within({ userId }).execute<{ isProtected: boolean }>(sql`
    select ${hasSecondFactor(sql`i.user_id`)} as "isProtected" from identity i
    where i.issuer = ${issuer} and i.subject = ${subject} and i.user_id = ${userId}::uuid`);
  if (!own) throw new AppError("IDENTITY_NOT_FOUND");
  if (own.isProtected && !isMultiFactor) throw new AppError("CODE_REQUIRED");
}

/** A provider that remembers somebody has proved nothing now. Fails: PROVIDER_REFUSED. */
function requireFresh({ authenticatedAt }: ProvedIdentity, beganAt: Date): void {
  if (!authenticatedAt || authenticatedAt.getTime() < beganAt.getTime() - SKEW_MS) {
    throw new AppError("PROVIDER_REFUSED");
  }
}

function requireProvider({ providers }: AppServices, id: string): IdentityProvider {
  const provider = providers.find((each) => each.id === id);
  if (!provider) throw new AppError("PROVIDER_NOT_FOUND");
  return provider;
}
