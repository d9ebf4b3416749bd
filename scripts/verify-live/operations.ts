import { CALLS, type Procedure } from "./inputs.ts";
import type { Random } from "./random.ts";

/** What one client will do, as far as the seed alone decides. */
export interface Operation {
  readonly client: number;
  /** Where it is done: mostly on a board that the client watches, sometimes on any. */
  readonly where: { readonly watched: boolean; readonly at: number };
  readonly procedure: Procedure;
  readonly mutationId: string;
  /** The dice of its input, which also needs to know what is on the board by then. */
  readonly dice: Random;
  /** Whether it is sent again, with its id, until there is an answer. */
  readonly insists: boolean;
  /** What follows an answer: the same call again, another call with the same id, or reading the board. */
  readonly next: "nothing" | "repeat" | "reuse" | "read";
}

const NEXT = [
  ["nothing", 80],
  ["repeat", 8],
  ["reuse", 3],
  ["read", 9],
] as const satisfies readonly (readonly [Operation["next"], number])[];
const INSISTS = 0.8;

const WATCHED = 0.93;
const OFTEN = 10;

/** `often` names what is done much more often than it usually is. */
export function planOperations(
  random: Random,
  count: number,
  clients: number,
  often: readonly Procedure[] = [],
): Operation[] {
  const calls = CALLS.map(([name, weight]) => [name, often.includes(name) ? weight * OFTEN : weight] as const);
  return Array.from({ length: count }, (_, index) => {
    const dice = random.fork(`operation ${index}`);
    return {
      client: index % clients,
      where: { watched: dice.chance(WATCHED), at: dice.fraction() },
      procedure: dice.weighted(calls),
      mutationId: dice.uuid(),
      insists: dice.chance(INSISTS),
      next: dice.weighted(NEXT),
      dice,
    };
  });
}
