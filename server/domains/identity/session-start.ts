import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import { sourceOfRequest } from "../../core/audit/source.ts";
import type { Context, RequestContext } from "../../core/context.ts";
import { recordOfAccount, recordOfOwner } from "./account-records.ts";
import type { Renewed, SignedIn, SignIn, User } from "./auth.contract.ts";
import { endSession } from "./session-end.ts";
import { endForgottenSessions } from "./sessions.service.ts";

const MOST_USER_AGENT = 200;

/** Somebody who has proved enough, unless what they sign in with has changed since (`sign_in_version`). */
export interface SigningIn {
  readonly user: User;
  readonly signInVersion: number;
}

/** A cookie cannot be set on a socket that is open: a token can be answered there. */
export function requireCookies(request: RequestContext, transport: SignIn["transport"]): void {
  if (request.transport === "websocket" && transport === "cookie") throw new AppError("TRANSPORT_UNSUPPORTED");
}

/** Begins a session. One that the browser had before ends: its cookie is replaced. Fails: CREDENTIALS_WRONG. */
export async function startSession(
  ctx: Context,
  { user, signInVersion }: SigningIn,
  transport: SignIn["transport"],
): Promise<SignedIn> {
  const { app, request, session, user: before } = ctx;
  const record = (tx: Db, sessionId: string) => {
    const source = sourceOfRequest(request, { userId: user.id, sessionId });
    return recordOfAccount(app, tx, { action: "auth.signIn", accountId: user.id, sessionId, source });
  };
  const by = { address: request.address, signInVersion, record };
  const { token, cookie } = await app.sessions.create(user.id, storable(request.userAgent), by);
  await endForgottenSessions(app, user.id);
  if (transport === "token") return { state: "signed-in", user, token };
  request.setCookie(cookie);
  if (session && before) {
    const owner = { ...ctx, user: before };
    const deed = { action: "auth.signOut", sessionId: session.id } as const;
    await endSession(app, { userId: before.id, sessionId: session.id }, (tx) => recordOfOwner(app, tx, owner, deed));
  }
  return { state: "signed-in", user, token: null };
}

/** Who has a cookie for a token calls by HTTP when that is replaced. Fails: TRANSPORT_UNSUPPORTED. */
export function requireRenewable(request: RequestContext): void {
  requireCookies(request, request.via === "cookie" ? "cookie" : "token");
}

/** Hands over what `SessionService.renew` has made, once that is committed: browsers get it as their cookie. */
export function handOver(request: RequestContext, renewed: { token: string; cookie: string } | undefined): Renewed {
  if (!renewed) return { token: null };
  if (request.via !== "cookie") return { token: renewed.token };
  request.setCookie(renewed.cookie);
  return { token: null };
}

/** What a client says about itself, cut to what a list of sessions shows and to what Postgres stores. */
function storable(userAgent: string): string {
  return userAgent.slice(0, MOST_USER_AGENT).replaceAll("\0", "").toWellFormed();
}
