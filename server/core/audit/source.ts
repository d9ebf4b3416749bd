import type { Context } from "../context.ts";
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
