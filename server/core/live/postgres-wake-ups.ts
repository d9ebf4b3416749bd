import { type ConnectionOptions, opener } from "../../../db/client.ts";
import { Lane } from "../../../db/lane.ts";
import { pause } from "../faults.ts";
import { newId } from "../ids.ts";
import type { Logger } from "../log.ts";
import type { WakeUpEngine, WakeUpListener, WakeUps } from "./wake-ups.ts";

const CHANNEL = "trestle";
/** A payload is at most 8,000 bytes: `<id>:<version>` is 53 bytes at the most. */
const ENTRIES_PER_PAYLOAD = 140;
/** How often the connection proves that it hears what is told on it. */
const BEAT_MS = 5_000;
/** A connection that does not answer, or does not hear itself, for so long is replaced. */
const PATIENCE_MS = 5_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2_000;
/** Why a rest ends. Without a reason of ours, each end would make an exception with its stack. */
const HURRY = "there is something to do";

/** Wake-ups by `NOTIFY`, on one connection that is for nothing else: within a write it would serialise the commits. */
export function postgresWakeUps(connection: ConnectionOptions, log: Logger): WakeUpEngine {
  return (listener) => new PostgresWakeUps(connection, log, listener);
}

class PostgresWakeUps implements WakeUps {
  readonly #open: ReturnType<typeof opener>;
  readonly #log: Logger;
  readonly #listener: WakeUpListener;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  /** What there is to tell: the newest version of each stream. */
  readonly #news = new Map<string, number>();
  /** Ends the rest between two things to do. */
  #hurry = new AbortController();
  /** The text of this connection's latest proof, and when it was heard. */
  #beat = { text: "", isHeard: true };

  constructor(connection: ConnectionOptions, log: Logger, listener: WakeUpListener) {
    this.#open = opener(connection);
    this.#log = log;
    this.#listener = listener;
    this.#done = this.#forever();
  }

  tell(streamId: string, version: number): void {
    // "Look for yourself" is not undone by a version.
    this.#news.set(streamId, this.#news.get(streamId) === 0 ? 0 : version);
    this.#hurry.abort(HURRY);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#hurry.abort(HURRY);
    await this.#done;
  }

  async #forever(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!this.#stop.signal.aborted) {
      const lane = new Lane(
        this.#open,
        () => this.#hurry.abort(HURRY),
        (_, payload) => this.#heard(payload),
      );
      try {
        await this.#listen(lane);
        retryMs = FIRST_RETRY_MS;
        this.#listener.onListening();
        await this.#talk(lane);
      } catch (error) {
        this.#log.warn({ err: error }, "wake-ups are not heard: their connection is made anew; the poll goes on");
      }
      lane.lose("CONNECTION_ENDED");
      await pause(retryMs * (0.5 + Math.random()), this.#stop.signal);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  async #listen(lane: Lane): Promise<void> {
    // Nobody waits for the disk: a wake-up that is lost in a crash wakes nobody up.
    await answered(lane, "set synchronous_commit = off", []);
    await answered(lane, `listen ${CHANNEL}`, []);
  }

  /** Tells what there is to tell until the connection is lost, silent or deaf. */
  async #talk(lane: Lane): Promise<void> {
    let beatAt = 0;
    while (!this.#stop.signal.aborted) {
      if (performance.now() - beatAt >= BEAT_MS) {
        if (beatAt > 0 && !this.#beat.isHeard) throw new Error("what was told was not heard");
        beatAt = performance.now();
        this.#beat = { text: `beat ${newId()}`, isHeard: false };
        await answered(lane, "select pg_notify($1, $2)", [CHANNEL, this.#beat.text]);
      }
      // What commits while this is on its way goes together with the next.
      this.#hurry = new AbortController();
      const news = [...this.#news].slice(0, ENTRIES_PER_PAYLOAD);
      if (news.length > 0) {
        for (const [streamId] of news) this.#news.delete(streamId);
        const payload = news.map(([streamId, version]) => `${streamId}:${version}`).join(",");
        await answered(lane, "select pg_notify($1, $2)", [CHANNEL, payload]);
      } else {
        await pause(Math.max(0, beatAt + BEAT_MS - performance.now()), this.#hurry.signal);
        // What is committed in the same turn of the loop goes together.
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (lane.isLost) throw new Error("the connection was lost");
    }
  }

  #heard(payload: string): void {
    if (payload.startsWith("beat ")) {
      if (payload === this.#beat.text) this.#beat.isHeard = true;
      return;
    }
    for (const entry of payload.split(",")) {
      const [streamId, version] = entry.split(":");
      if (streamId !== undefined && version !== undefined) this.#listener.onWake(streamId, Number(version));
    }
  }
}

/** Half of a connection may be gone without a word: then nothing answers. */
async function answered(lane: Lane, text: string, params: readonly string[]): Promise<void> {
  const impatience = setTimeout(() => lane.lose("ETIMEDOUT"), PATIENCE_MS);
  try {
    await lane.run(text, params, false);
  } finally {
    clearTimeout(impatience);
  }
}
