import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import type { TrackedMessage } from "../../../client/index.ts";

const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 5_000;

/**
 * A client that costs little, so that thousands fit beside the server: it speaks tRPC's protocol on a socket of its own,
 * keeps no more of a board than where it is, and comes back with its cursor as ours does.
 */
export class Reader {
  /** The reasons of the snapshots that it got. */
  readonly reasons: string[] = [];
  /** When it first had a version, by `performance.now()`. */
  readonly reachedAt = new Map<number, number>();
  /** Why the watch ended, and when. */
  ending: { kind: string; at: number } | undefined;
  version = 0;
  readonly #options: { url: string; token: string; boardId: string };
  #cursor: string | undefined;
  #socket: WebSocket | undefined;
  #tries = 0;
  #isClosed = false;

  constructor(options: { url: string; token: string; boardId: string }) {
    this.#options = options;
    this.#dial();
  }

  /** Stops reading what comes; the socket stays open. */
  stall(): void {
    this.#socket?.pause();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.terminate();
  }

  #dial(): void {
    const { url, token, boardId } = this.#options;
    const socket = new WebSocket(`${url.replace(/^http/u, "ws")}/trpc?connectionParams=1`);
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("open", () => {
      this.#tries = 0;
      socket.send(JSON.stringify({ method: "connectionParams", data: { token } }));
      const input = { boardId, ...(this.#cursor === undefined ? {} : { lastEventId: this.#cursor }) };
      const params = { path: "boards.live", input: { json: input } };
      socket.send(JSON.stringify({ id: 1, method: "subscription", params }));
    });
    socket.on("message", (frame: Buffer) => this.#hear(frame.toString()));
    socket.on("close", () => void this.#comeBack());
  }

  async #comeBack(): Promise<void> {
    if (this.#isClosed || this.ending) return;
    const longest = Math.min(FIRST_DELAY_MS * 2 ** this.#tries, LONGEST_DELAY_MS);
    this.#tries += 1;
    await delay((longest * (1 + Math.random())) / 2);
    if (!this.#isClosed) this.#dial();
  }

  #hear(text: string): void {
    if (text === "PING") return this.#socket?.send("PONG");
    const answer: unknown = JSON.parse(text);
    if (isRefusal(answer)) {
      this.ending ??= { kind: answer.error.json.data.kind, at: performance.now() };
    } else if (isMessage(answer)) {
      const { id, data } = answer.result.data.json;
      this.#cursor = id;
      if (data.type === "head") return;
      if (data.type === "snapshot") {
        if (data.part < data.of) return;
        this.reasons.push(data.reason);
      }
      this.version = Number.parseInt(id, 10);
      this.reachedAt.set(this.version, performance.now());
    }
  }
}

function isRefusal(answer: unknown): answer is { error: { json: { data: { kind: string } } } } {
  return typeof answer === "object" && answer !== null && "error" in answer;
}

function isMessage(answer: unknown): answer is { result: { data: { json: TrackedMessage } } } {
  return (
    typeof answer === "object" &&
    answer !== null &&
    "result" in answer &&
    typeof answer.result === "object" &&
    answer.result !== null &&
    "data" in answer.result
  );
}
