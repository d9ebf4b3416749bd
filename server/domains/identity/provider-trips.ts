import { sql } from "drizzle-orm";
import type { TripPurpose } from "../../../db/enums.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import type { Trip } from "../../core/identity-providers.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";

/** As long as people may need to sign in at their provider. */
const TRIP_SECONDS = 600;

/** What a trip is for, and for whom. */
export interface TripPlan {
  readonly providerId: string;
  readonly purpose: TripPurpose;
  /** Whose session wants it: none to sign in. */
  readonly owner: { readonly userId: string; readonly sessionId: string } | null;
  readonly returnTo: string;
}

/**
 * Begins a trip. The browser keeps a secret, of which nonce and verifier are made, and the provider is told the state:
 * whoever reads the table has neither, and who has one of both lacks the other.
 */
export async function beginTrip(app: AppServices, plan: TripPlan): Promise<{ trip: Trip; cookie: string }> {
  const { providerId, purpose, owner, returnTo } = plan;
  const [state, browser] = [newSecret(), newSecret()];
  const now = app.clock.now();
  const expiresAt = new Date(now.getTime() + TRIP_SECONDS * 1_000);
  await app.db.execute(sql`
    insert into provider_trip (state_hash, browser_hash, provider_id, purpose, user_id, session_id, return_to,
      created_at, expires_at)
    values (${sha256(state)}, ${sha256(browser)}, ${providerId}, ${purpose}, ${owner?.userId ?? null}::uuid,
      ${owner?.sessionId ?? null}::uuid, ${returnTo}, ${now.toISOString()}::timestamptz,
      ${expiresAt.toISOString()}::timestamptz)`);
  return { trip: tripOf(state, browser, purpose), cookie: cookieOf(app, { state, browser, maxAge: TRIP_SECONDS }) };
}

/**
 * Ends the trip that a provider's answer belongs to, in the browser that it began in: of several with the same answer
 * one gets past here. Fails: SIGN_IN_EXPIRED.
 */
export async function endTrip(
  app: AppServices,
  { providerId, state, cookies }: { providerId: string; state: string; cookies: string },
): Promise<{ plan: TripPlan; trip: Trip; beganAt: Date }> {
  const browser = browserOf(app, state, cookies);
  const [ended] = await app.db.execute<{ plan: TripPlan; beganAt: string }>(sql`
    delete from provider_trip t
    where t.state_hash = ${sha256(state)} and t.browser_hash = ${sha256(browser)} and t.provider_id = ${providerId}
      and t.expires_at > ${app.clock.now().toISOString()}::timestamptz
    returning json_build_object('providerId', t.provider_id, 'purpose', t.purpose, 'returnTo', t.return_to,
      'owner', case when t.session_id is not null
        then json_build_object('userId', t.user_id, 'sessionId', t.session_id) end) as plan,
      iso(t.created_at) as "beganAt"`);
  if (!ended) throw new AppError("SIGN_IN_EXPIRED");
  const { plan, beganAt } = ended;
  return { plan, trip: tripOf(state, browser, plan.purpose), beganAt: new Date(beganAt) };
}

/** Forgets trips from which nobody came back. */
export async function deleteExpiredTrips({ db, clock }: AppServices): Promise<void> {
  await db.execute(sql`delete from provider_trip where expires_at < ${clock.now().toISOString()}::timestamptz`);
}

function tripOf(state: string, browser: string, purpose: TripPurpose): Trip {
  const [nonce, verifier] = [sha256(`nonce ${browser}`), sha256(`verifier ${browser}`)];
  return { state, nonce, verifier, isFresh: purpose === "reauthenticate" };
}

/** A cookie for each trip: those of several windows do not get into each other's way. */
function nameOf({ publicUrl }: AppServices, state: string): string {
  const name = `trestle-trip-${sha256(state).slice(0, 16)}`;
  return publicUrl.startsWith("https:") ? `__Host-${name}` : name;
}

/** `Lax`: it has to come along when a provider sends the browser back. */
function cookieOf(app: AppServices, { state, browser, maxAge }: { state: string; browser: string; maxAge: number }) {
  const secure = app.publicUrl.startsWith("https:") ? "; Secure" : "";
  return `${nameOf(app, state)}=${browser}; HttpOnly; Max-Age=${maxAge}; Path=/; SameSite=Lax${secure}`;
}

/** Takes the browser's secret away: the trip is over. */
export function blankTripCookie(app: AppServices, state: string): string {
  return cookieOf(app, { state, browser: "", maxAge: 0 });
}

function browserOf(app: AppServices, state: string, cookies: string): string {
  const prefix = `${nameOf(app, state)}=`;
  const found = cookies.split(";").find((cookie) => cookie.trim().startsWith(prefix));
  return found?.trim().slice(prefix.length) ?? "";
}
