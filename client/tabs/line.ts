import { impatient } from "../impatient.ts";
import { HELLO, type ToTab } from "./messages.ts";

/** What a tab has not taken by then, it is not sent: as long as what the server itself keeps for a connection. */
const MOST_WAITING = 16 << 20;
/** A tab gives up a socket that does not answer its ping for about so long. */
const PATIENCE_MS = 4_000;
/** The id of the question who the socket is: no tab's, for theirs are numbers. */
const WHO = "who";
/** How an answer begins, in the server's spelling. */
const ANSWER = /^\{"id":(?:(\d+)|"who")/u;
/** The last message of a request. */
const LAST = /^\{"id":\d+,"(?:error"|result":\{"type":"stopped")/u;

/** A tab that is on a line. */
export interface Tab {
  say(message: ToTab): void;
  /** Characters that it was sent and has not taken yet. */
  waiting: number;
  /** The line's number of each of its requests, by its own. */
  readonly numbers: Map<number, number>;
}

/** One socket to the server, and the tabs that it is lent to. Their requests are numbered anew, so that no two are alike. */
export class Line {
  readonly url: string;
  /** Whose session it is by what the server says; undefined, when nobody is signed in or it has closed before. */
  readonly userId: Promise<string | undefined>;
  readonly #socket: WebSocket;
  readonly #onEnd: () => void;
  readonly #tabs = new Set<Tab>();
  /** By the line's number: whose request it is, and its number there. */
  readonly #requests = new Map<number, { tab: Tab; id: number }>();
  readonly #pings: { tab: Tab; at: number }[] = [];
  #last = 0;
  readonly #learn: (userId: string | undefined) => void;
  /** The server has asked whoever is on it to dial again: nobody new comes. */
  isLeaving = false;

  constructor(url: string, onEnd: () => void) {
    this.url = url;
    this.#onEnd = onEnd;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    this.userId = promise;
    this.#learn = resolve;
    const Socket = impatient(WebSocket);
    this.#socket = new Socket(url);
    this.#socket.addEventListener("open", () => {
      this.#socket.send(HELLO);
      this.#socket.send(JSON.stringify({ id: WHO, method: "query", params: { path: "auth.me" } }));
      for (const tab of this.#tabs) tab.say({ isOpen: true });
    });
    this.#socket.addEventListener("message", ({ data }: MessageEvent<string>) => this.#hear(data));
    this.#socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
  }

  add(tab: Tab): void {
    this.#tabs.add(tab);
    if (this.#socket.readyState === WebSocket.OPEN) tab.say({ isOpen: true });
  }

  /** Ends what the tab has asked for, and the line with the last tab. */
  remove(tab: Tab): void {
    if (!this.#tabs.delete(tab)) return;
    const isDead = this.#pings.some((ping) => ping.tab === tab && performance.now() - ping.at > PATIENCE_MS);
    if (isDead || this.#tabs.size === 0) {
      this.isLeaving = true;
      return this.#socket.close();
    }
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    for (const id of tab.numbers.values()) this.#socket.send(JSON.stringify({ id, method: "subscription.stop" }));
  }

  /** A frame of a tab. */
  send(tab: Tab, text: string): void {
    if (!this.#tabs.has(tab) || this.#socket.readyState !== WebSocket.OPEN || text === "PONG") return;
    if (text === "PING") {
      this.#pings.push({ tab, at: performance.now() });
      return this.#socket.send(text);
    }
    const sent: unknown = JSON.parse(text);
    const frames: readonly unknown[] = Array.isArray(sent) ? sent : [sent];
    this.#socket.send(JSON.stringify(frames.map((frame) => this.#renumbered(tab, frame))));
  }

  #renumbered(tab: Tab, frame: unknown): unknown {
    if (typeof frame !== "object" || frame === null || !("id" in frame) || typeof frame.id !== "number") {
      throw new TypeError("A frame of a tab has a number.");
    }
    const { id } = frame;
    let number = tab.numbers.get(id);
    if (number === undefined) {
      number = this.#last += 1;
      tab.numbers.set(id, number);
      this.#requests.set(number, { tab, id });
    }
    return { ...frame, id: number };
  }

  #hear(text: string): void {
    if (text === "PONG") return this.#say(this.#pings.shift()?.tab, text);
    if (text === "PING") return this.#socket.send("PONG");
    const answer = ANSWER.exec(text);
    if (!answer) {
      // Of no request: the server wants all to dial again.
      this.isLeaving = true;
      for (const tab of this.#tabs) this.#say(tab, text);
      return;
    }
    if (answer[1] === undefined) return this.#learn(userIdIn(text));
    const number = Number(answer[1]);
    const request = this.#requests.get(number);
    if (!request) return;
    if (LAST.test(text)) {
      this.#requests.delete(number);
      request.tab.numbers.delete(request.id);
    }
    this.#say(request.tab, `{"id":${String(request.id)}${text.slice(answer[0].length)}`);
  }

  #say(tab: Tab | undefined, text: string): void {
    if (!tab || !this.#tabs.has(tab)) return;
    tab.waiting += text.length;
    tab.say(text);
    if (tab.waiting <= MOST_WAITING) return;
    tab.say({ code: 1013, reason: "too much waits" });
    this.remove(tab);
  }

  #end(code: number, reason: string): void {
    this.#learn(undefined);
    for (const tab of this.#tabs) tab.say({ code, reason });
    this.#tabs.clear();
    this.#onEnd();
  }
}

/** Who is signed in, by an answer to `auth.me`, which begins with them. Undefined: nobody is. */
export function userIdIn(answer: string): string | undefined {
  return /"user":\{"id":"([\da-f-]{36})"/u.exec(answer)?.[1];
}
