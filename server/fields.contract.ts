import { z } from "zod";
import { toTimeZone } from "./days.ts";

/** Postgres stores neither NUL nor half of a surrogate pair: refused here, before they spoil a statement. */
export function storable(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

/** One line of text, trimmed, 1 to `max` code points: what zod counts. */
export function line(max: number) {
  return z.string().trim().min(1).max(max).refine(storable, "This text holds characters that cannot be stored.");
}

/** Text of several lines, kept as written, up to `max` code points. */
export function prose(max: number) {
  return z.string().max(max).refine(storable, "This text holds characters that cannot be stored.");
}

export const Id = z.uuid().toLowerCase();
/** An instant: ISO 8601, UTC, as `Date.toISOString` writes it. */
export const Instant = z.iso.datetime();
/** An instant that a client sends: any offset is accepted, the answer is UTC. Years 1 to 9999. */
export const InstantInput = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .refine((text) => text.length === 24 && !text.startsWith("0000"), "The year must be 1 to 9999.");
/** A whole day, without a time: `2026-03-01`. */
export const Day = z.iso.date();
/** A time zone by its IANA name, such as `Europe/Berlin`. */
export const TimeZone = z
  .string()
  .max(64)
  .transform((name) => toTimeZone(name) ?? "")
  .refine((name) => name !== "", "There is no time zone of that name.");
export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email());
/** A board's or organisation's version: 0 before its first event. */
export const Version = z.int().nonnegative();

/** A mutation's own id, made by the client (UUID): a repeat with the same id and input is answered, not done again. */
export const MutationId = { mutationId: Id.optional() };
/** TanStack's infinite queries add `direction`; lists go forward only. */
export const PageInput = {
  /** Holds the last row's name: 200 code points of up to six bytes in JSON, a third more in base64url. */
  cursor: z.string().max(2_000).nullish(),
  limit: z.int().min(1).max(100).default(50),
  direction: z.enum(["forward", "backward"]).optional(),
};

/** A page of a list: `nextCursor` is null on the last one. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** An answer that our own SQL or code made whole: typed, and not walked again to be checked. */
export function trusted<T>() {
  return z.custom<T>();
}
