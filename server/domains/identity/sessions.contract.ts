import { z } from "zod";
import { Id, Instant, page, PageInput } from "../../fields.contract.ts";

/** A session as its owner sees it. `current` is the one that asks. */
export const Session = z.object({
  id: Id,
  userAgent: z.string(),
  /** The same in words, such as `Firefox on Windows`. */
  device: z.string(),
  createdAt: Instant,
  /** To some minutes. */
  lastUsedAt: Instant,
  /** Where it was used from then; null: not known. */
  lastAddress: z.string().nullable(),
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
