import { createWSClient, type TRPCWebSocketClient } from "@trpc/client";
import { backoffMs } from "./timing.ts";

/** A closing handshake that nobody answers is over after this. Node waits for ever, browsers for up to 10 s. */
const CLOSING_MS = 2_000;
/** A dial that nobody answers is over after this. */
const OPENING_MS = 15_000;
/** A socket that lived shorter was not worth much: the next dial waits as if this one had failed. */
const SHORT_LIFE_MS = 5_000;

export interface Socket {
  readonly client: TRPCWebSocketClient;
  /** Closes the connection, so that it is dialed again and every watch goes on there. Without one, does nothing. */
  readonly redial: () => void;
}

/**
 * The WebSocket behind all watches: dialed at the first, left 5 s after the last. It comes back by itself, after
 * 0.15 to 0.3 s at first, then ever longer up to 5 s, each time by chance within the upper half.
 */
export function openSocket(options: {
  url: string;
  WebSocket: typeof WebSocket;
  token: () => string | undefined;
}): Socket {
  let openedAt: number | undefined;
  let shortLives = 0;
  const client = createWSClient({
    url: options.url,
    WebSocket: impatient(options.WebSocket),
    connectionParams: () => {
      const token = options.token();
      return token === undefined ? {} : { token };
    },
    lazy: { enabled: true, closeMs: 5_000 },
    keepAlive: { enabled: true, intervalMs: 10_000, pongTimeoutMs: 5_000 },
    // tRPC's own comes back first after 0 ms, all clients at once.
    retryDelayMs: (attempt) => backoffMs(Math.max(attempt, shortLives)),
    onOpen: () => {
      openedAt = performance.now();
    },
    onClose: () => {
      if (openedAt !== undefined) shortLives = performance.now() - openedAt < SHORT_LIFE_MS ? shortLives + 1 : 0;
      openedAt = undefined;
    },
  });
  return {
    client,
    redial: () => {
      openedAt = undefined;
      shortLives = 0;
      client.connection?.ws?.close();
    },
  };
}

/**
 * A WebSocket that is not kept waiting by a peer that is gone: it reports its end itself. It ends when the browser says that
 * there is no network any more, rather than at a ping that is not answered.
 */
function impatient(Base: typeof WebSocket): typeof WebSocket {
  return class ImpatientWebSocket extends Base {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      const opening = setTimeout(() => this.close(), OPENING_MS);
      const opened = () => clearTimeout(opening);
      this.addEventListener("open", opened);
      this.addEventListener("close", opened);
      if (!("addEventListener" in globalThis)) return;
      const close = () => this.close();
      addEventListener("offline", close);
      this.addEventListener("close", () => removeEventListener("offline", close));
    }

    override close(...args: Parameters<WebSocket["close"]>): void {
      const wasOpening = this.readyState === Base.CONNECTING;
      const closing = setTimeout(() => forsake(this, wasOpening), CLOSING_MS);
      this.addEventListener("close", () => clearTimeout(closing));
      super.close(...args);
    }
  };
}

/** The `ws` package can end a connection; the platform's class can only be made to say that it is over. */
function forsake(socket: WebSocket & { terminate?: () => void }, wasOpening: boolean): void {
  if (socket.terminate) return socket.terminate();
  if (wasOpening) socket.dispatchEvent(new Event("error"));
  socket.dispatchEvent(new Event("close"));
}
