import type { Random } from "./random.ts";

/** What goes wrong, and how often compared to the others. */
export const FAULTS = [
  ["kill a server", 14],
  ["roll all servers", 2],
  ["restart Postgres (fast)", 4],
  ["restart Postgres (immediate)", 5],
  ["pause a server", 9],
  ["cut an edge", 14],
  ["reset an edge", 8],
  ["black-hole an edge", 8],
  ["slow an edge", 8],
  ["drop wake-ups", 6],
  ["repeat wake-ups", 3],
  ["hold wake-ups", 4],
  ["stop reading", 6],
  ["revoke in a burst", 9],
  ["end sessions", 2],
  ["delete a board", 2],
  ["restore a backup", 1.5],
] as const satisfies readonly (readonly [string, number])[];
export type FaultKind = (typeof FAULTS)[number][0];

export interface Fault {
  readonly kind: FaultKind;
  readonly dice: Random;
}

export type FaultWeights = readonly (readonly [FaultKind, number])[];

export function planFaults(random: Random, count: number, weights: FaultWeights): Fault[] {
  return Array.from({ length: count }, (_, index) => {
    const dice = random.fork(`fault ${index}`);
    return { kind: dice.weighted(weights), dice };
  });
}
