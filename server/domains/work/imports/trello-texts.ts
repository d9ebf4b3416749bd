import { z } from "zod";
import type { LABEL_COLORS } from "../../../../db/enums.ts";

/** 24 hex digits when Trello made it; other makers of such files have other ids. */
export const TrelloId = z.string().regex(/^[\w-]{1,64}$/u);

/** The name of a thing of Trello's within Trestle. */
export function toExternalId(id: string): string {
  return `trello:${id}`;
}

/** Text as Postgres can store it: without NUL and halves of surrogate pairs. */
export function toStorable(text: string): string {
  return text.replaceAll("\0", "").replaceAll(/\p{Surrogate}/gu, "");
}

/** Counts the texts that it cuts. */
export interface Cutter {
  truncated: number;
}

/** A storable text of at most `max` UTF-16 units. */
export function toProse(cutter: Cutter, text: string, max: number): string {
  const whole = toStorable(text);
  if (whole.length <= max) return whole;
  cutter.truncated += 1;
  // Again: the cut may have left half of a pair.
  return toStorable(whole.slice(0, max));
}

/** A storable, trimmed text that says something. */
export function toLine(cutter: Cutter, text: string, max: number): string {
  return toProse(cutter, toStorable(text).trim(), max).trim() || "(untitled)";
}

type LabelColor = (typeof LABEL_COLORS)[number];

const COLORS: Record<string, LabelColor> = {
  red: "red",
  orange: "orange",
  yellow: "yellow",
  lime: "lime",
  green: "green",
  sky: "sky",
  blue: "blue",
  purple: "purple",
  pink: "pink",
  black: "black",
};

/** Trello's `green_dark` and `green_light` are green; no colour is gray. */
export function toLabelColor(color: string | null | undefined): LabelColor {
  return COLORS[(color ?? "").replace(/_(light|dark)$/u, "")] ?? "gray";
}

/** A readable instant of the years 1 to 9999, as contracts show it; else null. */
export function toInstant(text: string | null | undefined): string | null {
  const at = new Date(text ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return null;
  const iso = at.toISOString();
  return iso.length === 24 && !iso.startsWith("0000") ? iso : null;
}

/** When Trello made something: its ids begin with the seconds since 1970, in hex. Null for ids of another make. */
export function toBirth(id: string): string | null {
  if (!/^[0-9a-f]{24}$/u.test(id)) return null;
  return new Date(Number.parseInt(id.slice(0, 8), 16) * 1_000).toISOString();
}
