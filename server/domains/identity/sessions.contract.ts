import { z } from "zod";
import { Id, Instant, page, PageInput } from "../../fields.contract.ts";

/** A session as its owner sees it. `current` is the one that asks. */
export const Session = z.object({
  id: Id,
  userAgent: z.string(),
  createdAt: Instant,
  expiresAt: Instant,
  current: z.boolean(),
});
export type Session = z.infer<typeof Session>;

export const ListSessions = z.strictObject(PageInput);
export type ListSessions = z.infer<typeof ListSessions>;
export const SessionPage = page(Session);
export type SessionPage = z.infer<typeof SessionPage>;

export const RevokeSession = z.strictObject({ sessionId: Id });
export type RevokeSession = z.infer<typeof RevokeSession>;
export const RevokedSessions = z.object({ revoked: z.int() });
export type RevokedSessions = z.infer<typeof RevokedSessions>;
