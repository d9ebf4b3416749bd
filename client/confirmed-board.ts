import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import type { Folded } from "./fold-live.ts";
import { versionOf } from "./fold-stream.ts";
import { afterEvent, NOTHING_OUT_OF_SIGHT, type Sight } from "./out-of-sight.ts";
import type { Waiting } from "./pending-change.ts";
import { predict } from "./predict.ts";

/** A board as the server has told of it. */
export class ConfirmedBoard {
  #hidden = NOTHING_OUT_OF_SIGHT;
  state: Snapshot | undefined;
  version: number;
  cursor: string | undefined;

  constructor(from: Snapshot | undefined) {
    this.state = from;
    this.version = from ? versionOf(from.cursor) : 0;
    this.cursor = from?.cursor;
  }

  take({ state, version, cursor, event, snapshotReason }: Folded): void {
    // What happened out of sight before a snapshot is not known.
    if (snapshotReason) this.#hidden = NOTHING_OUT_OF_SIGHT;
    else if (event && this.state) this.#hidden = afterEvent(this.#hidden, this.state, event);
    this.state = state;
    this.version = version;
    this.cursor = cursor;
  }

  /** The board with changes laid over it. Those that make no sense any more are left to the server's answer. */
  with(waiting: readonly Waiting[]): Snapshot | undefined {
    if (!this.state) return undefined;
    let sight: Sight = { state: this.state, hidden: this.#hidden };
    for (const { pending, madeAt } of waiting) {
      const at = new Date(madeAt).toISOString();
      sight = predict(sight.state, pending.change, { hidden: sight.hidden, at }) ?? sight;
    }
    return sight.state;
  }
}
