import fc from "fast-check";
import type { BusMood } from "./bus.ts";
import type { CommandName } from "./commands.ts";

/** What happens in a run, after so many steps of what came before. Numbers pick among what there is at that moment. */
export interface Deed {
  readonly afterSteps: number;
  readonly does: Does;
}

export type Does =
  | { type: "write"; process: number; board: number; commands: readonly CommandName[]; thinkMs: number }
  | { type: "open" | "close"; client: number; board: number }
  | { type: "cut" | "stop-reading" | "read" | "dial-again"; client: number }
  | { type: "hold"; client: number; ms: number }
  | { type: "crash"; process: number; backAfterMs: number }
  | { type: "lose-connections"; process: number }
  | { type: "lose-database" | "silence-database"; process: number; ms: number }
  | { type: "restore"; commits: number }
  | { type: "wait"; ms: number }
  | { type: "bus"; mood: BusMood }
  | { type: "remove" | "admit"; process: number; user: number }
  | { type: "share" | "unshare"; process: number; user: number; board: number }
  | { type: "turn-visibility" | "raise-floor" | "delete"; process: number; board: number };

/** One schedule: the seed decides every order and delay, the deeds what is done in it. */
export interface Plan {
  readonly seed: number;
  readonly processes: number;
  readonly clients: number;
  readonly slowness: number;
  readonly bus: BusMood;
  readonly deeds: readonly Deed[];
}

const COMMON: readonly CommandName[] = ["create", "rename", "move", "archive", "restore"];
const RARE: readonly CommandName[] = ["describe", "addColumn", "archiveColumn", "restoreColumn", "rerank", "reset"];

const index = fc.noBias(fc.nat(11));
const command = fc.oneof(
  { arbitrary: fc.constantFrom(...COMMON), weight: 4 },
  { arbitrary: fc.constantFrom(...RARE), weight: 1 },
);
const thinkMs = fc.oneof(
  { arbitrary: fc.constant(0), weight: 6 },
  { arbitrary: fc.nat(50), weight: 2 },
  { arbitrary: fc.nat(3_000), weight: 1 },
);
const mood = fc.constantFrom<BusMood[]>("good", "bad", "dead");

const write = fc.record({
  type: fc.constant("write"),
  process: index,
  board: index,
  commands: fc.array(command, { minLength: 1, maxLength: 3 }),
  thinkMs,
});
const onClient = fc.record({
  type: fc.constantFrom("cut", "stop-reading", "read", "read", "dial-again"),
  client: index,
});
const onWatch = fc.record({ type: fc.constantFrom("open", "open", "close"), client: index, board: index });
const hold = fc.record({ type: fc.constant("hold"), client: index, ms: fc.nat(3_000) });
const crash = fc.record({ type: fc.constant("crash"), process: index, backAfterMs: fc.nat(2_000) });
const loss = fc.record({ type: fc.constant("lose-connections"), process: index });
const away = fc.record({
  type: fc.constantFrom("lose-database", "silence-database"),
  process: index,
  ms: fc.nat(4_000),
});
const restore = fc.record({ type: fc.constant("restore"), commits: fc.integer({ min: 1, max: 4 }) });
const wait = fc.record({ type: fc.constant("wait"), ms: fc.nat(12_000) });
const bus = fc.record({ type: fc.constant("bus"), mood });
const membership = fc.record({ type: fc.constantFrom("remove", "admit"), process: index, user: index });
const sharing = fc.record({ type: fc.constantFrom("share", "unshare"), process: index, user: index, board: index });
const onBoard = fc.record({
  type: fc.constantFrom(...Array<"turn-visibility">(8).fill("turn-visibility"), "raise-floor", "delete"),
  process: index,
  board: index,
});

/** What a run is mostly about: what is rare among everything is what finds the rare faults. */
const THEMES = {
  everything: { reads: 8, watches: 3, faults: 2, restores: 1, access: 2 },
  access: { reads: 3, watches: 5, faults: 2, restores: 0, access: 12 },
  restores: { reads: 3, watches: 3, faults: 2, restores: 6, access: 3 },
  crashes: { reads: 4, watches: 3, faults: 10, restores: 0, access: 1 },
} as const;

function doesOf(theme: (typeof THEMES)[keyof typeof THEMES]): fc.Arbitrary<Does> {
  return fc.oneof(
    { arbitrary: write, weight: 24 },
    { arbitrary: fc.oneof(onClient, onClient, hold), weight: theme.reads },
    { arbitrary: onWatch, weight: theme.watches },
    { arbitrary: fc.oneof(crash, loss, away), weight: 3 * theme.faults },
    { arbitrary: restore, weight: theme.restores },
    { arbitrary: wait, weight: 3 },
    { arbitrary: bus, weight: 1 },
    { arbitrary: fc.oneof(membership, sharing, onBoard), weight: 3 * theme.access },
  );
}

function deedsOf(theme: keyof typeof THEMES): fc.Arbitrary<Deed[]> {
  const deed = fc.record({ afterSteps: fc.noBias(fc.nat(30)), does: doesOf(THEMES[theme]) });
  return fc.array(deed, { minLength: 5, maxLength: 50, size: "max" });
}

export const plan: fc.Arbitrary<Plan> = fc.record({
  seed: fc.noShrink(fc.nat(2 ** 31 - 1)),
  processes: fc.integer({ min: 1, max: 3 }),
  clients: fc.integer({ min: 1, max: 4 }),
  slowness: fc.constantFrom(0, 0.02, 0.1, 0.3),
  bus: mood,
  deeds: fc.oneof(deedsOf("everything"), deedsOf("access"), deedsOf("restores"), deedsOf("crashes")),
});
