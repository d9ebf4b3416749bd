import type { ClientKind, Heard, Memory, WatchRecord } from "./history.ts";
import type { Following, Place } from "./transport.ts";

/** How long whoever was refused waits before they try to watch again. */
const REOPEN_MS = 1_500;

/** The client whose watch it is. */
interface WatchOwner {
  readonly name: string;
  readonly kind: ClientKind;
  readonly person: { readonly id: string };
  follow(boardId: string, from: Place | undefined, hear: (heard: Heard) => void): Following | undefined;
  /** Begins a new session, and opens its watches again. */
  renew(): Promise<void>;
}

/** A board as one client follows it: opened again, from where it was, whenever the server has ended it. */
export class ClientWatch {
  readonly record: WatchRecord;
  readonly #client: WatchOwner;
  readonly #boardId: string;
  readonly #memory: Memory;
  #following: Following | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending: string | undefined;
  #isClosed = false;
  readonly #onNews: (() => void)[] = [];
  /** Counts the subscriptions: what an earlier one still says is not heard. */
  #turn = 0;

  constructor(client: WatchOwner, boardId: string, memory: Memory) {
    this.#client = client;
    this.#boardId = boardId;
    this.#memory = memory;
    this.record = { client: client.name, kind: client.kind, userId: client.person.id, boardId, heard: [] };
    this.open();
  }

  get place(): Place | undefined {
    return this.#following?.place;
  }

  /** Why it was refused last, until it hears something again. */
  get ending(): string | undefined {
    return this.#ending;
  }

  /** Waits for the next event, for a while. */
  news(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onNews.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  open(): void {
    if (this.#isClosed) return;
    const from = this.#following?.place;
    this.suspend();
    const turn = this.#turn;
    const hear = (heard: Heard) => {
      if (turn === this.#turn) this.#hear(heard);
    };
    this.#following = this.#client.follow(this.#boardId, from, hear) ?? this.#following;
  }

  /** Hears nothing more until it is opened again. */
  suspend(): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.#following?.stop();
  }

  close(): void {
    this.#isClosed = true;
    this.suspend();
  }

  #hear(heard: Heard): void {
    this.record.heard.push(this.#remember(heard));
    if (heard.type === "event") for (const tell of this.#onNews.splice(0)) tell();
    if (heard.type === "ended") {
      this.#ending = heard.kind ?? "without a reason";
      const again = () => (heard.kind === "SIGN_IN_REQUIRED" ? void this.#client.renew() : this.open());
      clearTimeout(this.#timer);
      this.#timer = setTimeout(again, REOPEN_MS);
    } else if (heard.type !== "opened") this.#ending = undefined;
  }

  #remember(heard: Heard): Heard {
    if (heard.type === "event") {
      return { ...heard, event: this.#memory.keep(`${this.#boardId} ${heard.id} event`, heard.event) };
    }
    if (heard.type !== "snapshot") return heard;
    const key = `${this.#boardId} ${heard.snapshot.cursor} ${heard.part}/${heard.of}`;
    return { ...heard, snapshot: this.#memory.keep(key, heard.snapshot) };
  }
}
