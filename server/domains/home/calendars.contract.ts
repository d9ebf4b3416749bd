import { z } from "zod";
import { Id, Instant, MutationId } from "../../fields.contract.ts";

/** A link for a calendar program, which anybody who has it may read. */
export const CalendarLink = z.object({
  id: Id,
  /** Null: the tasks that its owner is assigned to, on all boards. */
  boardId: Id.nullable(),
  createdAt: Instant,
  lastUsedAt: Instant.nullable(),
});
export type CalendarLink = z.infer<typeof CalendarLink>;

/** Newest first. */
export const CalendarLinks = z.object({ items: z.array(CalendarLink) });
export type CalendarLinks = z.infer<typeof CalendarLinks>;

export const CreateCalendarLink = z.strictObject({ boardId: Id.nullable().default(null), ...MutationId });
export type CreateCalendarLink = z.infer<typeof CreateCalendarLink>;

/** The path holds the secret, and is answered this once: it goes behind the address of the server. */
export const CalendarLinkIssued = z.object({ link: CalendarLink, path: z.string() });
export type CalendarLinkIssued = z.infer<typeof CalendarLinkIssued>;

export const RevokeCalendarLink = z.strictObject({ linkId: Id, ...MutationId });
export type RevokeCalendarLink = z.infer<typeof RevokeCalendarLink>;
