import type { Context, RequestContext } from "../context.ts";
import type { AuditSource } from "./record.ts";

/** Who a call comes from, for the audit log. An API key stands in for a session. */
export function sourceOf({ user, session, request }: Pick<Context, "user" | "session" | "request">): AuditSource {
  const isKey = session?.key !== undefined;
  return {
    userId: user?.id ?? null,
    sessionId: isKey ? null : (session?.id ?? null),
    keyId: isKey ? session.id : null,
    address: request.address ?? null,
    requestId: request.requestId?.() ?? null,
  };
}

/** A request of somebody who is recognised only by what it brings: whoever that turns out to be. */
export function sourceOfRequest(
  request: RequestContext,
  who: Partial<Pick<AuditSource, "userId" | "sessionId">> = {},
): AuditSource {
  return { ...sourceOf({ user: undefined, session: undefined, request }), ...who };
}
