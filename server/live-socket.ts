import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { NOTHING } from "./core/live/join.ts";
import type { Wire } from "./core/live/wire.ts";

/** Answers to calls have no other bound: a client that asks and does not read is closed. */
const MOST_WAITING_BYTES = 16 << 20;

/** A WebSocket that takes finished frames beside tRPC's messages. All of them go in the order in which they were given. */
export class LiveSocket extends WebSocket {
  #wire: SocketWire | undefined;

  /** `line`: the socket of its upgrade. What is written there goes between the frames of `ws`, which writes them at once. */
  plug(line: Socket): SocketWire {
    this.#wire ??= new SocketWire(this, line);
    return this.#wire;
  }

  /** What tRPC calls, with text and nothing else. */
  override send(data: Parameters<WebSocket["send"]>[0]): void {
    if (data === NOTHING) return;
    const wire = this.#wire;
    // An event goes before the answer to the call that it tells of, and before whatever else comes later.
    if (wire) for (const watcher of wire.resting) watcher.flush();
    super.send(data, () => wire?.onTaken());
    if (this.bufferedAmount > MOST_WAITING_BYTES) this.terminate();
  }
}

/** The way around tRPC to a socket. */
class SocketWire implements Wire {
  readonly resting = new Set<{ flush(): void }>();
  /** The kernel took what was written. */
  onTaken: () => void = () => {};
  readonly #socket: WebSocket;
  readonly #line: Socket;
  #isCorked = false;

  constructor(socket: WebSocket, line: Socket) {
    this.#socket = socket;
    this.#line = line;
  }

  /** One watch at rest gets one write a turn. Whatever else is written in a turn is gathered, and written at its end. */
  write(frames: Buffer): void {
    // Nothing goes behind a closing frame.
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.resting.size !== 1) this.#gather();
    this.#line.write(frames, this.onTaken);
  }

  #gather(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    this.#line.cork();
    process.nextTick(() => {
      this.#isCorked = false;
      this.#line.uncork();
    });
  }
}
