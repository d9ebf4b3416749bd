import { once } from "./once.ts";

const LANGUAGE = "en";
const plurals = once(() => new Intl.PluralRules(LANGUAGE));
const numbers = once(() => new Intl.NumberFormat(LANGUAGE));

/** `count` of something: its one or its other form. */
export function counted(count: number, one: string, other: string): string {
  // Most are small, and look the same: the first format of a page takes 15 ms.
  const shown = count < 1_000 ? String(count) : numbers().format(count);
  return `${shown} ${plurals().select(count) === "one" ? one : other}`;
}
