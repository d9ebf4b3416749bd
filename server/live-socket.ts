import type { Socket } from "node:net";
import { type RawData, WebSocket } from "ws";
import type { Line } from "./connections.ts";
import type { Flow } from "./core/live/flow.ts";
import type { Wire } from "./core/live/wire.ts";

/** Answers to calls have no other bound: a client that asks and does not read is closed. */
const MOST_WAITING_BYTES = 16 << 20;
/** A client that says nothing for so long is pinged, and closed when it then says nothing for twice as long. */
const SILENCE_MS = 30_000;
/** Who it is has to be known by then. */
const RECOGNITION_MS = 10_000;

/** Close codes: RFC 6455 and the IANA registry. */
export const CLOSE = { restart: 1012, tryAgainLater: 1013, sessionEnded: 1008 } as const;
const RECONNECT = JSON.stringify({ id: null, method: "reconnect" });
const NOTHING = Buffer.alloc(0);

/** What is done with what comes by a socket. */
export interface Receiver {
  take(data: RawData, isBinary: boolean): void;
  /** The socket is closed. */
  end(): void;
}

/**
 * A WebSocket that takes finished frames beside the answers to calls, all of them in the order in which they were given.
 * There are many that do nothing: whatever can be a method is one, and no closure of every socket.
 */
export class LiveSocket extends WebSocket implements Line, Wire {
  readonly resting = new Set<{ flush(): void }>();
  /** Its context was made: whoever it is. */
  isRecognised = false;
  #line: Socket | undefined;
  #isCorked = false;
  readonly #openedAt = performance.now();
  #heardAt = this.#openedAt;
  #heardBytes = 0;
  #isPinged = false;

  /** `line`: the socket of its upgrade. What is written there goes between the frames of `ws`, which writes them at once. */
  open(line: Socket, receiver: Receiver): void {
    this.#line = line;
    this.on("message", (data, isBinary) => receiver.take(data, isBinary));
    this.on("close", () => receiver.end());
    // A frame that is none: `ws` closes the socket by itself.
    this.on("error", () => {});
  }

  /** Sends a message of text. An event goes before the answer to the call that it tells of, and before all that comes later. */
  say(text: string): void {
    for (const watcher of this.resting) watcher.flush();
    this.send(text);
    if (this.waitingBytes() > MOST_WAITING_BYTES) this.terminate();
  }

  /** One watch at rest gets one write a turn. Whatever else is written in a turn is gathered, and written at its end. */
  write(frames: Buffer): void {
    // Nothing goes behind a closing frame.
    if (this.readyState !== WebSocket.OPEN) return;
    if (this.resting.size !== 1) this.#gather();
    this.#line?.write(frames);
  }

  #gather(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#line?.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#line?.uncork();
    });
  }

  waitingBytes(): number {
    return this.#line?.writableLength ?? 0;
  }

  /** Tells it when the kernel has taken what waits now: by a write of nothing behind it. */
  tellWhenTaken(flow: Flow): void {
    if (this.#line?.writable === true) this.#line.write(NOTHING, () => flow.taken());
  }

  takenBytes(): number {
    return this.#line ? this.#line.bytesWritten - this.#line.writableLength : 0;
  }

  /** Whoever is silent is pinged, at the level below tRPC's messages. */
  isDead(): boolean {
    const now = performance.now();
    if (!this.isRecognised && now - this.#openedAt > RECOGNITION_MS) return true;
    const heardBytes = this.#line?.bytesRead ?? 0;
    if (heardBytes !== this.#heardBytes) {
      this.#heardBytes = heardBytes;
      this.#heardAt = now;
      this.#isPinged = false;
    }
    const silentMs = now - this.#heardAt;
    if (silentMs > SILENCE_MS && !this.#isPinged && this.readyState === WebSocket.OPEN) {
      this.#isPinged = true;
      this.ping();
    }
    return silentMs > 3 * SILENCE_MS;
  }

  /** The stock client dials anew, moves its watches there, and closes this one itself. */
  dialAgain(): void {
    if (this.readyState === WebSocket.OPEN) this.say(RECONNECT);
  }

  tryAgainLater(): void {
    this.close(CLOSE.tryAgainLater, "try again later");
  }

  endSession(): void {
    this.close(CLOSE.sessionEnded, "session ended");
  }

  cut(): void {
    this.terminate();
  }
}
