import type { Flow, Outlet } from "../../server/core/live/flow.ts";
import type { LiveMessage } from "../../server/events.ts";
import type { ErrorKind } from "../../server/errors.ts";
import type { Scheduler } from "./scheduler.ts";

/** What goes to the client of a watch. */
export type Frame = { readonly watchId: number } & (
  | { readonly type: "message"; readonly id: string; readonly data: LiveMessage }
  | { readonly type: "ended"; readonly kind: ErrorKind | undefined }
);

/** What a client asks for. */
export type Request =
  | { type: "watch"; watchId: number; boardId: string; lastEventId: string | undefined }
  | { type: "stop"; watchId: number };

/** The two ends of a line. */
export interface Ends {
  readonly client: { isReading(): boolean; receive(line: Line, frame: Frame): void; lost(line: Line): void };
  readonly server: { receive(line: Line, request: Request): void; lost(line: Line): void };
}

/** The bound of L17, and the largest single message: a part of a snapshot. */
const MOST_BYTES = (256 + 128) * 1_024;

/** One connection: what is written waits until its client reads it. Each direction keeps its order. */
export class Line {
  readonly flow: Flow;
  readonly #scheduler: Scheduler;
  readonly #ends: Ends;
  readonly #report: (violation: string) => void;
  readonly #frames: { frame: Frame; bytes: number }[] = [];
  readonly #requests: Request[] = [];
  #waitingBytes = 0;
  /** How many frames are to be taken before the flow is told. */
  #untilTold = 0;
  #isTaking = false;
  #isAsking = false;
  /** Its session could not be validated: nothing may be written (L15). */
  #isHeld = false;
  isCut = false;

  constructor(options: {
    scheduler: Scheduler;
    ends: Ends;
    createFlow: (outlet: Outlet) => Flow;
    report: (violation: string) => void;
  }) {
    this.#scheduler = options.scheduler;
    this.#ends = options.ends;
    this.#report = options.report;
    this.flow = options.createFlow({
      waitingBytes: () => this.#waitingBytes,
      isOpen: () => !this.#isHeld,
      tellWhenTaken: () => {
        this.#untilTold = this.#frames.length;
      },
    });
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  get hasWaiting(): boolean {
    return this.#waitingBytes > 0;
  }

  /** The server writes. `bytes`: what the message was given room for; 0 for an ending. */
  write(frame: Frame, bytes: number): void {
    if (this.#isHeld && bytes > 0) this.#report("L15: something was written to a socket whose session is in doubt");
    this.#frames.push({ frame, bytes });
    this.#waitingBytes += bytes;
    if (this.#waitingBytes > MOST_BYTES) this.#report(`L17: ${this.#waitingBytes} bytes wait on one socket`);
    this.take();
  }

  /** The client asks. */
  ask(request: Request): void {
    this.#requests.push(request);
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#scheduler.soon(() => {
      this.#isAsking = false;
      if (this.isCut) return;
      for (const asked of this.#requests.splice(0)) this.#ends.server.receive(this, asked);
    });
  }

  /** Takes what waits, a message at a time, while the client reads. */
  take(): void {
    if (this.#isTaking || !this.#ends.client.isReading() || this.#frames.length === 0) return;
    this.#isTaking = true;
    this.#scheduler.soon(() => {
      this.#isTaking = false;
      if (this.isCut || !this.#ends.client.isReading()) return;
      const next = this.#frames.shift();
      if (!next) return;
      this.#waitingBytes -= next.bytes;
      this.#ends.client.receive(this, next.frame);
      this.#untilTold -= 1;
      if (this.#untilTold === 0) this.flow.taken();
      this.take();
    });
  }

  hold(ms: number): void {
    this.#isHeld = true;
    this.#scheduler.plan(ms, () => {
      this.#isHeld = false;
      this.flow.drained();
    });
  }

  /** The connection is lost: whatever was under way with it, and each end learns in its own time. */
  cut(): void {
    if (this.isCut) return;
    this.isCut = true;
    this.#scheduler.soon(() => this.#ends.server.lost(this));
    this.#scheduler.soon(() => this.#ends.client.lost(this));
  }
}
