import { toCursor } from "../event-log.ts";
import type { ReadyJson } from "../ready-json.ts";
import type { SnapshotText } from "./snapshot-text.ts";
import type { Place } from "./stream-log.ts";

/** All that is kept, and what is kept of one stream: a board of 10,000 tasks has 5 MB. */
const KEPT_BYTES = 32 << 20;
const LARGEST_BYTES = 8 << 20;
/** Where a stream changes faster than it can be read, everybody reads for themselves after so many tries. */
const MOST_TRIES = 3;

/** A whole snapshot, its cursor included, as JSON of one version. Nothing in it depends on who asks. */
export interface SharedSnapshot extends Place {
  readonly json: ReadyJson;
}

/** The way of one caller to a stream. Both fail when they may not read it, and begin when they are called. */
export interface SnapshotReader {
  /** Where the stream is. */
  look(): Promise<Place>;
  /** Where it is, and its state: by one statement. No state when that is at `known`. */
  open(known: Place | undefined): Promise<Place & { readonly state: SnapshotText | undefined }>;
}

/**
 * Snapshots that are made once for a version and shared by all who open the stream there. Whoever reads has asked the
 * database, in a statement of their own that began after they came, whether they may and at which version the stream
 * is; they get the snapshot of exactly that version. So nobody sees less than they were told before, and nobody what
 * they may not see. One who comes alone sends one statement, which makes the state only if it is not at hand; of many
 * who come at once one does that, and the others look.
 */
export class SharedSnapshots {
  /** The one that was used last is the last. */
  readonly #kept = new Map<string, SharedSnapshot>();
  readonly #making = new Map<string, Promise<SharedSnapshot>>();
  #keptBytes = 0;

  async read(streamId: string, reader: SnapshotReader): Promise<SharedSnapshot> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const making = this.#making.get(streamId);
      if (!making) return this.#make(streamId, reader);
      const at = await reader.look();
      const kept = this.#kept.get(streamId);
      if (kept && isAt(kept, at)) return this.#keep(streamId, kept);
      // Whoever makes it may not be allowed to: that is their answer, not ours.
      const made = await making.catch(() => undefined);
      if (made && isAt(made, at)) return made;
    }
    return this.#open(streamId, reader);
  }

  async #make(streamId: string, reader: SnapshotReader): Promise<SharedSnapshot> {
    const making = this.#open(streamId, reader);
    this.#making.set(streamId, making);
    try {
      return await making;
    } finally {
      this.#making.delete(streamId);
    }
  }

  async #open(streamId: string, reader: SnapshotReader): Promise<SharedSnapshot> {
    const known = this.#kept.get(streamId);
    const { state, version, nonce } = await reader.open(known);
    if (state) return this.#keep(streamId, { version, nonce, json: state.whole(toCursor({ version, nonce })) });
    if (!known || !isAt(known, { version, nonce })) throw new Error("a state is left out where it is known");
    return this.#keep(streamId, known);
  }

  #keep(streamId: string, snapshot: SharedSnapshot): SharedSnapshot {
    this.#drop(streamId);
    // Before the first event there is no nonce that tells one stream from another.
    if (snapshot.version === 0 || snapshot.json.bytes.length > LARGEST_BYTES) return snapshot;
    this.#kept.set(streamId, snapshot);
    this.#keptBytes += snapshot.json.bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#keptBytes <= KEPT_BYTES) break;
      this.#drop(oldest);
    }
    return snapshot;
  }

  #drop(streamId: string): void {
    this.#keptBytes -= this.#kept.get(streamId)?.json.bytes.length ?? 0;
    this.#kept.delete(streamId);
  }
}

function isAt(snapshot: Place, { version, nonce }: Place): boolean {
  return snapshot.version === version && snapshot.nonce === nonce;
}
