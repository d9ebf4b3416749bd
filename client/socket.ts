import { createWSClient, type TRPCWebSocketClient } from "@trpc/client";
import { impatient } from "./impatient.ts";
import { backoffMs } from "./timing.ts";

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
