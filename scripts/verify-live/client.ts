import { setTimeout as delay } from "node:timers/promises";
import { errorKind } from "../../client/index.ts";
import { ClientWatch } from "./client-watch.ts";
import type { ClientKind, Heard, Memory, WatchRecord } from "./history.ts";
import { type Following, openTransport, type Place, type Transport } from "./transport.ts";

/** Somebody with an account. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** How long a call may take before it counts as unanswered. */
const CALL_MS = 6_000;
/** How long a change that shows at once is waited for. */
const CHANGE_MS = 15_000;
/** Refusals that say nothing about whether it was done. */
const PASSING = new Set(["SERVER_UNAVAILABLE", undefined]);

export type Outcome =
  | { outcome: "answered"; answer: unknown }
  | { outcome: "refused"; kind: string }
  | { outcome: "unknown" };

/** One device of a person: a session, a way to call, and the boards that it watches. */
export class Client {
  readonly name: string;
  readonly kind: ClientKind;
  readonly person: Person;
  readonly watches = new Map<string, ClientWatch>();
  /** Of all watches, also those that were given up. */
  readonly records: WatchRecord[] = [];
  readonly #url: string;
  readonly #memory: Memory;
  #transport: Transport | undefined;
  #signedInAt = 0;
  #renewing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: { name: string; kind: ClientKind; person: Person; url: string; memory: Memory }) {
    this.name = options.name;
    this.kind = options.kind;
    this.person = options.person;
    this.#url = options.url;
    this.#memory = options.memory;
  }

  /** When its session began, as far as the client knows: not later than that. */
  get signedInAt(): number {
    return this.#signedInAt;
  }

  /** Signs in, with a new session whatever it had. Tries until it works, or until the client is closed. */
  renew(): Promise<void> {
    return (this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    }));
  }

  /** Begins to watch a board, and goes on with it until the client is closed. */
  watch(boardId: string): void {
    const watch = new ClientWatch(this, boardId, this.#memory);
    this.watches.set(boardId, watch);
    this.records.push(watch.record);
  }

  giveUp(boardId: string): void {
    this.watches.get(boardId)?.close();
    this.watches.delete(boardId);
  }

  follow(boardId: string, from: Place | undefined, hear: (heard: Heard) => void): Following | undefined {
    return this.#isClosed ? undefined : this.#transport?.watch(boardId, from, hear);
  }

  /** Calls once. Who is signed out signs in again, and calls again. */
  async call(type: "query" | "mutation", path: string, input: unknown): Promise<Outcome> {
    for (;;) {
      const transport = this.#transport;
      if (!transport || this.#isClosed) return { outcome: "unknown" };
      try {
        return { outcome: "answered", answer: await transport.call(type, path, input, AbortSignal.timeout(CALL_MS)) };
      } catch (error) {
        const kind = errorKind(error);
        if (kind !== "SIGN_IN_REQUIRED") {
          return PASSING.has(kind) ? { outcome: "unknown" } : { outcome: "refused", kind: kind ?? "" };
        }
        if (transport === this.#transport) await this.renew();
      }
    }
  }

  /**
   * Changes a board by the watch of it, so that it shows at once: answers the version at which the board had it.
   * Undefined: this client's watch does not do that.
   */
  async change(boardId: string, procedure: string, input: object): Promise<Outcome | undefined> {
    const change = this.#transport?.change?.(boardId, procedure, input);
    if (!change) return undefined;
    try {
      const answer = await Promise.race([change, delay(CHANGE_MS, undefined, { ref: false })]);
      return answer === undefined ? { outcome: "unknown" } : { outcome: "answered", answer };
    } catch (error) {
      const kind = errorKind(error);
      if (kind === "SIGN_IN_REQUIRED") await this.renew();
      return kind === undefined || kind === "SIGN_IN_REQUIRED" ? { outcome: "unknown" } : { outcome: "refused", kind };
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.watches.values()) watch.close();
    await this.#transport?.close();
  }

  async #renew(): Promise<void> {
    for (const watch of this.watches.values()) watch.suspend();
    await this.#transport?.close();
    const { email, password } = this.person;
    while (!this.#isClosed) {
      const at = performance.now();
      const token = await signIn(this.#url, email, password);
      if (token !== undefined) {
        this.#signedInAt = at;
        this.#transport = openTransport(this.kind, this.#url, token);
        break;
      }
      await delay(200);
    }
    for (const watch of this.watches.values()) watch.open();
  }
}

/** The token of a new session; undefined when the server could not be asked. */
async function signIn(url: string, email: string, password: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/trpc/auth.signIn`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ json: { email, password, transport: "token" } }),
      signal: AbortSignal.timeout(CALL_MS),
    });
    const text = await response.text();
    return /"token":"([^"]+)"/u.exec(text)?.[1];
  } catch {
    return undefined;
  }
}
