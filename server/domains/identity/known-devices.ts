import { sql } from "drizzle-orm";
import { words } from "../../../db/columns.ts";
import { whoseIs } from "../../../db/tenant.ts";
import type { AppServices, RequestContext } from "../../core/context.ts";
import { forgetExpired } from "../../core/expired.ts";
import { networkOf } from "../../core/networks.ts";
import { newSecret, sha256 } from "../../core/secrets.ts";

/** A device that is not used for so long is forgotten. */
const KEPT_DAYS = 180;
/** Of an account: programs that keep no cookies are a new one each time. */
const MOST_DEVICES = 100;
const COOKIE_SECONDS = KEPT_DAYS * 86_400;

/** An account, and a mark of where it was signed in to before. */
export interface KnownDevice {
  readonly userId: string;
  readonly mark: string;
}

/**
 * Whether somebody signed in to the account from here before: with this browser, by a token in a cookie that says nothing
 * else, or from this network. It lets nobody in; it is a place in line that nobody else can take.
 */
export async function findKnownDevice(
  app: AppServices,
  request: RequestContext,
  email: string,
): Promise<KnownDevice | undefined> {
  const network = networkOf(request.address);
  const token = tokenOf(app, request);
  const ofBrowser = token === undefined ? null : browserMark(token);
  const [device] = await app.db.within(whoseIs("address", email)).execute<{ userId: string; mark: string }>(sql`
    select d.user_id as "userId", d.mark from app_user u join known_device d on d.user_id = u.id
    where u.email = ${email}
      and d.mark in (${ofBrowser}, encode(sha256(convert_to(u.id::text || ' ' || ${network ?? null}::text, 'UTF8')), 'hex'))
    order by d.mark = ${ofBrowser} desc nulls last limit 1`);
  return device;
}

/** From here on this is where the account was signed in to. What keeps cookies gets a token, unless it has one. */
export async function rememberDevice(
  app: AppServices,
  request: RequestContext,
  { userId, transport }: { userId: string; transport: "cookie" | "token" },
): Promise<void> {
  const network = networkOf(request.address);
  const token = tokenOf(app, request) ?? newSecret();
  if (transport === "cookie") request.setCookie(cookieWith(app, token));
  const marks = [
    ...(transport === "cookie" ? [browserMark(token)] : []),
    ...(network === undefined ? [] : [sha256(`${userId} ${network}`)]),
  ];
  if (marks.length === 0) return;
  await app.db.within({ userId }).transaction(async (tx) => {
    await Promise.all([
      tx.execute(sql`
        insert into known_device (user_id, mark, seen_at)
        select ${userId}::uuid, mark, ${app.clock.now().toISOString()}::timestamptz from unnest(${words(marks)}) as mark
        on conflict (user_id, mark) do update set seen_at = excluded.seen_at`),
      tx.execute(sql`
        delete from known_device where user_id = ${userId}::uuid and mark in (
          select mark from known_device where user_id = ${userId}::uuid order by seen_at desc offset ${MOST_DEVICES}::int)`),
    ]);
  });
}

export function forgetOldDevices({ db, clock }: AppServices): Promise<void> {
  return forgetExpired(db, "device", new Date(clock.now().getTime() - COOKIE_SECONDS * 1_000));
}

function browserMark(token: string): string {
  return sha256(`browser ${token}`);
}

function tokenOf(app: AppServices, { cookies = "" }: RequestContext): string | undefined {
  const pair = cookies.split(/; */u).find((text) => text.startsWith(`${nameOf(app)}=`));
  const token = pair?.slice(nameOf(app).length + 1) ?? "";
  return /^[\w-]{27}$/u.test(token) ? token : undefined;
}

function cookieWith(app: AppServices, token: string): string {
  const secure = isSecure(app) ? "; Secure" : "";
  return `${nameOf(app)}=${token}; HttpOnly; SameSite=Lax; Path=/; Max-Age=${COOKIE_SECONDS}${secure}`;
}

function nameOf(app: AppServices): string {
  return isSecure(app) ? "__Host-trestle-device" : "trestle-device";
}

function isSecure({ publicUrl }: AppServices): boolean {
  return publicUrl.startsWith("https:");
}
