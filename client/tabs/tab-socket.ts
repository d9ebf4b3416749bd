import { type Dial, type FromTab, HELLO, type ToTab } from "./messages.ts";

/** A worker that says nothing for so long is not there: it did not start, or the browser has ended it. */
const HEARD_MS = 10_000;

/** What is heard of a way to the server. */
interface Hears {
  readonly opened: () => void;
  readonly heard: (text: string) => void;
  readonly closed: (code: number, reason: string) => void;
}

/** A way to the server. */
interface Way {
  send(text: string): void;
  close(): void;
}

/**
 * A WebSocket for `createTrestle` that all tabs of an origin share: `connect` starts the `SharedWorker` that holds it, whose
 * script calls `serveTabs()`. It is by the cookie of who is signed in alone. A browser that has no such workers or no locks,
 * or whose worker does not answer, gives each tab a socket of its own. Answers the class.
 */
export function socketOfTabs(connect: () => SharedWorker): typeof WebSocket {
  if (!("SharedWorker" in globalThis && "document" in globalThis && "locks" in navigator)) return WebSocket;
  let worker: SharedWorker | undefined;
  let isBroken = false;
  const broken = new EventTarget();

  function started(): SharedWorker | undefined {
    if (isBroken || worker) return worker;
    try {
      worker = connect();
      worker.addEventListener("error", breakOff);
      worker.port.start();
    } catch {
      isBroken = true;
    }
    return worker;
  }

  function breakOff(): void {
    worker = undefined;
    isBroken = true;
    broken.dispatchEvent(new Event("broken"));
  }

  return class extends TabSocket {
    constructor(url: string | URL) {
      super(url, (address, on) => {
        const holder = started();
        if (!holder) return ownWay(address, on);
        const way = sharedWay(holder, address, {
          ...on,
          closed: (code, reason) => {
            broken.removeEventListener("broken", way.close);
            on.closed(code, reason);
          },
          silent: breakOff,
        });
        broken.addEventListener("broken", way.close);
        return way;
      });
    }
  };
}

function ownWay(url: string, on: Hears): Way {
  const socket = new WebSocket(url);
  socket.addEventListener("open", on.opened);
  socket.addEventListener("message", ({ data }: MessageEvent<string>) => on.heard(data));
  socket.addEventListener("close", ({ code, reason }) => on.closed(code, reason));
  return { send: (text) => socket.send(text), close: () => socket.close() };
}

function sharedWay(worker: SharedWorker, url: string, on: Hears & { silent: () => void }): Way {
  const { port1: port, port2 } = new MessageChannel();
  const say = (message: FromTab) => port.postMessage(message);
  const lock = `trestle-tab:${crypto.randomUUID()}`;
  const { promise: isOver, resolve: release } = Promise.withResolvers<null>();
  const silence = setTimeout(on.silent, HEARD_MS);
  const end = (code: number, reason: string) => {
    clearTimeout(silence);
    release(null);
    on.closed(code, reason);
  };
  port.addEventListener("message", ({ data }: MessageEvent<ToTab>) => {
    if (typeof data === "string") {
      say({ took: data.length });
      on.heard(data);
    } else if ("isHeard" in data) clearTimeout(silence);
    else if ("isOpen" in data) on.opened();
    else end(data.code, data.reason);
  });
  port.start();
  void navigator.locks.request(lock, () => {
    const dial: Dial = { url, lock };
    worker.port.postMessage(dial, [port2]);
    return isOver;
  });
  return {
    send: (text) => {
      if (text !== HELLO) say(text);
    },
    close: () => {
      say({ isClosed: true });
      end(1000, "");
    },
  };
}

/** A WebSocket as tRPC's client uses one, over a way of another kind. */
class TabSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readonly bufferedAmount = 0;
  readonly extensions = "";
  readonly protocol = "";
  readonly url: string;
  binaryType: BinaryType = "blob";
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;
  readonly #way: Way;
  #readyState: 0 | 1 | 3 = 0;

  constructor(url: string | URL, find: (url: string, on: Hears) => Way) {
    super();
    this.url = String(url);
    this.#way = find(this.url, {
      opened: () => {
        if (this.#readyState !== TabSocket.CONNECTING) return;
        this.#readyState = TabSocket.OPEN;
        this.dispatchEvent(new Event("open"));
      },
      heard: (data) => {
        if (this.#readyState === TabSocket.OPEN) this.dispatchEvent(new MessageEvent("message", { data }));
      },
      closed: (code, reason) => {
        if (this.#readyState === TabSocket.CLOSED) return;
        const wasOpening = this.#readyState === TabSocket.CONNECTING;
        this.#readyState = TabSocket.CLOSED;
        if (wasOpening) this.dispatchEvent(new Event("error"));
        this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: code === 1000 }));
      },
    });
  }

  get readyState(): 0 | 1 | 3 {
    return this.#readyState;
  }

  send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
    if (typeof data !== "string") throw new TypeError("tRPC's frames are texts.");
    this.#way.send(data);
  }

  close(): void {
    if (this.#readyState !== TabSocket.CLOSED) this.#way.close();
  }
}
