import type { FaultKind } from "../faults.ts";
import type { Procedure } from "../inputs.ts";

/** A change of a text. */
export interface Edit {
  /** Occurs there exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A mistake that somebody could make, and that the harness has to see. */
export interface Bug extends Edit {
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  /** What goes with it in the same file, where another part would make up for the mistake. */
  readonly also?: Edit;
  /** The rules that it breaks: one of them has to be reported. */
  readonly breaks: readonly string[];
  /** What makes it likely to be seen. */
  readonly faults: readonly FaultKind[];
  readonly profile?: Profile;
}

export interface Profile {
  readonly ops?: number;
  readonly clients?: number;
  readonly faultCount?: number;
  readonly processes?: number;
  /** How long nothing happens at the end. */
  readonly quietMs?: number;
  /** What is done much more often than it usually is. */
  readonly often?: readonly Procedure[];
  /** No process hears of another's writes but by its poll. */
  readonly wakeups?: "drop";
}

/** What makes a watch begin again. */
export const RECONNECTS: readonly FaultKind[] = ["cut an edge", "reset an edge", "kill a server"];
/** What makes a commit fail, or its answer get lost. */
export const LOST_COMMITS: readonly FaultKind[] = ["restart Postgres (immediate)", "cut an edge", "kill a server"];
/** What takes access away while people write. */
export const REMOVALS: readonly FaultKind[] = ["revoke in a burst"];
export const MANY_REMOVALS: Profile = { ops: 240, faultCount: 6, clients: 12 };
export const ONE_RESTORE: Profile = { faultCount: 1 };
