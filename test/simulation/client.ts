import { TRPCClientError } from "@trpc/client";
import { LiveBoard, type LiveCallbacks, type LiveSource, type TrestleError } from "../../client/index.ts";
import { parseCursor } from "../../server/core/event-log.ts";
import { ERRORS, type ErrorKind } from "../../server/errors.ts";
import type { LiveMessage } from "../../server/events.ts";
import type { Frame, Line } from "./line.ts";
import type { Surroundings } from "./witness.ts";

interface Watching {
  readonly boardId: string;
  readonly on: LiveCallbacks;
  /** The id of the last message: what the stock link comes back with. */
  lastEventId: string | undefined;
  /** The version of the last snapshot or event, to see that nothing is left out. */
  version: number | undefined;
}

/** Somebody's client: the real `LiveBoard` over one connection at a time, dialed again whenever it is lost. */
export class Client {
  readonly userId: string;
  readonly boards = new Map<string, LiveBoard>();
  isReading = true;
  readonly #around: Surroundings;
  /** Connects to some process; undefined when there is none. */
  readonly #connect: (client: Client) => Line | undefined;
  readonly #watches = new Map<number, Watching>();
  readonly #closing = new AbortController();
  #line: Line | undefined;
  #isDialing = false;
  #watchCount = 0;

  constructor(userId: string, around: Surroundings, connect: (client: Client) => Line | undefined) {
    this.userId = userId;
    this.#around = around;
    this.#connect = connect;
  }

  get line(): Line | undefined {
    return this.#line;
  }

  open(boardId: string): void {
    const known = this.boards.get(boardId);
    if (known && known.status !== "revoked") return;
    known?.close();
    const source = {
      watch: this.#watch,
      redial: () => this.#line?.cut(),
      closed: this.#closing.signal,
      author: () => ({ id: () => Promise.resolve(this.userId) }),
      apply: () => Promise.reject(new Error("boards only watch here")),
    };
    this.boards.set(boardId, new LiveBoard(boardId, source));
  }

  close(boardId: string): void {
    this.boards.get(boardId)?.close();
    this.boards.delete(boardId);
  }

  closeAll(): void {
    this.#closing.abort();
    this.boards.clear();
    this.#line?.cut();
  }

  setReading(isReading: boolean): void {
    this.isReading = isReading;
    if (isReading) this.#line?.take();
  }

  /** Goes on over a new connection while the old one still speaks, as the stock client does when it is asked to. */
  dialAgain(): void {
    const old = this.#line;
    this.#line = undefined;
    this.#dial(() => old?.cut());
  }

  receive(line: Line, frame: Frame): void {
    const watching = this.#watches.get(frame.watchId);
    // A connection that was left is still heard until the new one is there.
    if (!watching || (this.#line !== undefined && line !== this.#line)) return;
    if (frame.type === "ended") {
      this.#watches.delete(frame.watchId);
      watching.on.ended(frame.kind && refusal(frame.kind));
      return;
    }
    watching.lastEventId = frame.id;
    this.#checkOrder(watching, frame.data);
    watching.on.message({ id: frame.id, data: frame.data });
    this.#checkState(watching.boardId);
  }

  lost(line: Line): void {
    if (line !== this.#line) return;
    this.#line = undefined;
    for (const { on } of this.#watches.values()) on.connection("down");
    this.#dial();
  }

  readonly #watch: LiveSource["watch"] = ({ boardId, lastEventId }, on) => {
    this.#watchCount += 1;
    const watchId = this.#watchCount;
    this.#watches.set(watchId, { boardId, on, lastEventId, version: parseCursor(lastEventId)?.version });
    if (this.#line) {
      this.#line.ask({ type: "watch", watchId, boardId, lastEventId });
      on.connection("up");
    } else this.#dial();
    return {
      unsubscribe: () => {
        this.#watches.delete(watchId);
        this.#line?.ask({ type: "stop", watchId });
      },
    };
  };

  #dial(onOpen: () => void = () => {}): void {
    if (this.#isDialing || this.#closing.signal.aborted) return;
    this.#isDialing = true;
    const { scheduler } = this.#around;
    scheduler.plan(scheduler.random.next() * 300, () => {
      this.#isDialing = false;
      this.#line = this.#connect(this);
      onOpen();
      if (!this.#line) return this.#dial();
      for (const [watchId, { boardId, on, lastEventId }] of this.#watches) {
        this.#line.ask({ type: "watch", watchId, boardId, lastEventId });
        on.connection("up");
      }
    });
  }

  #checkOrder(watching: Watching, data: LiveMessage): void {
    if (data.type === "head") return;
    if (data.type === "snapshot") {
      if (data.part === data.of) watching.version = parseCursor(data.snapshot.cursor)?.version;
      return;
    }
    const known = watching.version;
    if (known === undefined || data.version > known + 1) {
      this.#around.report(`L7: ${this.userId} hears ${data.version} of ${watching.boardId} after ${known}`);
    }
    watching.version = Math.max(known ?? 0, data.version);
  }

  /** L9: what was folded is what the rows were at that version. */
  #checkState(boardId: string): void {
    const board = this.boards.get(boardId);
    if (!board?.state || board.cursor === undefined) return;
    const rows = this.#around.history.textAt(boardId, board.cursor);
    if (rows !== JSON.stringify(board.state)) {
      this.#around.report(`L9: ${this.userId} folded ${boardId} at ${board.cursor} to something else than its rows`);
    }
  }
}

function refusal(kind: ErrorKind): TrestleError {
  const { code, says } = ERRORS[kind];
  return TRPCClientError.from({ error: { message: says, code: -32_000, data: { code, kind } } });
}
