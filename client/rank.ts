import type { Gap } from "./place.ts";

/** In the order of their bytes, which is the order of ranks. */
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ZERO_HEAD = DIGITS.indexOf("a");

/**
 * The rank that the server will give to what goes within a gap: what is archived keeps its rank, so that a place behind
 * it is only known when all ranks are. A rank is a whole number, whose first letter says how many digits it has, and a
 * fraction. It is the arithmetic of fractional-indexing, which the server takes from there; test/client/predict.test.ts
 * holds them against each other. A rank so long that the server renumbers is a guess.
 */
export function rankWithin({ before, after }: Gap): string {
  if (before === null) return after === null ? "a0" : rankBefore(after);
  const whole = wholeOf(before);
  const next = step(whole, 1);
  if (after === null) return next;
  const fraction = before.slice(whole.length);
  if (wholeOf(after) === whole) return whole + fractionBetween(fraction, after.slice(whole.length));
  return next < after ? next : whole + fractionBetween(fraction, null);
}

/** The ranks that the server will give to several that go within a gap, in their order. */
export function ranksWithin({ before, after }: Gap, count: number): string[] {
  if (count === 0) return [];
  if (before === null || after === null) {
    const ranks: string[] = [];
    for (let last = { before, after }; ranks.length < count;) {
      const rank = rankWithin(last);
      ranks.push(rank);
      last = after === null ? { before: rank, after } : { before, after: rank };
    }
    return after === null ? ranks : ranks.toReversed();
  }
  const middle = Math.floor(count / 2);
  const rank = rankWithin({ before, after });
  const behind = ranksWithin({ before: rank, after }, count - middle - 1);
  return [...ranksWithin({ before, after: rank }, middle), rank, ...behind];
}

function rankBefore(rank: string): string {
  const whole = wholeOf(rank);
  return whole < rank ? whole : step(whole, -1);
}

function wholeOf(rank: string): string {
  return rank.slice(0, lengthOf(rank.charAt(0)));
}

/** The characters of a whole number, with its head: a and Z have one digit, b and Y two. */
function lengthOf(head: string): number {
  const at = DIGITS.indexOf(head);
  return at < ZERO_HEAD ? ZERO_HEAD - at + 1 : at - ZERO_HEAD + 2;
}

/** The whole number after or before another. The ends, of 26 digits, are out of everybody's reach. */
function step(whole: string, by: 1 | -1): string {
  const [last, first] = by === 1 ? ["z", "0"] : ["0", "z"];
  let at = whole.length - 1;
  while (at > 0 && whole[at] === last) at -= 1;
  const digit = DIGITS.charAt(DIGITS.indexOf(whole.charAt(at)) + by);
  return whole.slice(0, at) + digit + first.repeat((at === 0 ? lengthOf(digit) : whole.length) - at - 1);
}

/** "" is zero; null is one. */
function fractionBetween(before: string, after: string | null): string {
  if (after !== null) {
    let same = 0;
    while ((before[same] ?? "0") === after[same]) same += 1;
    if (same > 0) return after.slice(0, same) + fractionBetween(before.slice(same), after.slice(same));
  }
  const low = before === "" ? 0 : DIGITS.indexOf(before.charAt(0));
  const high = after === null ? DIGITS.length : DIGITS.indexOf(after.charAt(0));
  if (high - low > 1) return DIGITS.charAt(Math.round((low + high) / 2));
  if (after !== null && after.length > 1) return after.charAt(0);
  return DIGITS.charAt(low) + fractionBetween(before.slice(1), null);
}
