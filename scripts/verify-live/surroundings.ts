import type { KnownBoard } from "./known.ts";
import type { Random } from "./random.ts";

/** What inputs are made of, besides dice. */
export interface Surroundings {
  readonly board: KnownBoard;
  /** All of the organisation: some tasks go there, or are related to tasks there. */
  readonly boards: readonly KnownBoard[];
  readonly userIds: readonly string[];
  /** Who calls. */
  readonly userId: string;
}

/** Up to three; where it has to be at least one and there is none, one of nothing. */
export function some(random: Random, ids: readonly string[], least: 0 | 1 = 0): string[] {
  const picked = random.shuffled(ids).slice(0, random.int(least, 3));
  return picked.length < least ? [random.uuid()] : picked;
}

/** Short or long, and of more than one script. */
export function text(random: Random, word: string): string {
  const length = random.chance(0.05) ? 400 : random.int(1, 3) * 8;
  return `${word} ${random.int(1, 1e6)} ${"äß漢字🙂 abc".repeat(length).slice(0, length)}`.toWellFormed().trim();
}
