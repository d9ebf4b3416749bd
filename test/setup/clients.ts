import {
  createTRPCClient,
  createWSClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  wsLink,
} from "@trpc/client";
import { isTrackedEnvelope } from "@trpc/server";
import { EventSource } from "eventsource";
import superjson from "superjson";
import { vi } from "vitest";
import { errorKind, type Folded, foldLive, type TrackedMessage } from "../../client/index.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import type { LiveMessage } from "../../server/events.ts";
import type { AppRouter } from "../../server/router.ts";

/** Waits for what comes by itself, as long as a busy machine may need. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 20_000, interval: 5 });
}

/** What somebody uses who has `@trpc/client` and nothing of ours. */
export interface StockClient {
  readonly trpc: TRPCClient<AppRouter>;
  /** Follows a board, from a cursor if there is one. */
  watch(boardId: string, lastEventId?: string): Watch;
  close(): Promise<void>;
}

export type Transport = "wsLink" | "httpSubscriptionLink";

/** Watches go over one of the stock links, calls by HTTP batches. Comes back at once after a cut. */
export function stockClient(url: string, token: string, transport: Transport = "wsLink"): StockClient {
  const endpoint = `${url}/trpc`;
  const authorization = `Bearer ${token}`;
  const socket = createWSClient({
    url: endpoint.replace(/^http/u, "ws"),
    connectionParams: { token },
    lazy: { enabled: true, closeMs: 0 },
    retryDelayMs: () => 20,
  });
  const trpc = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === "subscription",
        true:
          transport === "wsLink"
            ? wsLink({ client: socket, transformer: superjson })
            : httpSubscriptionLink({
                url: endpoint,
                transformer: superjson,
                EventSource,
                eventSourceOptions: {
                  fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
                },
              }),
        false: httpBatchLink({ url: endpoint, transformer: superjson, headers: { authorization } }),
      }),
    ],
  });
  const watches: Watch[] = [];
  return {
    trpc,
    watch(boardId, lastEventId) {
      const watch = new Watch(trpc, boardId, lastEventId);
      watches.push(watch);
      return watch;
    },
    async close() {
      for (const watch of watches) watch.stop();
      await socket.close();
    },
  };
}

/** What came of one watch: every message, and the board that they fold to. */
export class Watch {
  readonly messages: TrackedMessage[] = [];
  /** Events, and snapshots by their reasons, in the order in which they came: `[2, "first", 3]`. */
  readonly heard: (number | string)[] = [];
  readonly #fold = foldLive();
  readonly #subscription: { unsubscribe(): void };
  folded: Folded | undefined;
  /** The kind of the error that ended it. */
  ending: string | undefined;
  isComplete = false;

  constructor(trpc: TRPCClient<AppRouter>, boardId: string, lastEventId: string | undefined) {
    this.#subscription = trpc.boards.live.subscribe(
      { boardId, ...(lastEventId === undefined ? {} : { lastEventId }) },
      {
        onData: (message) => this.#take(message),
        onError: (error) => {
          this.ending = errorKind(error) ?? error.message;
        },
        onComplete: () => {
          this.isComplete = true;
        },
      },
    );
  }

  #take(message: TrackedMessage): void {
    this.messages.push(message);
    this.folded = this.#fold(message);
    const { data } = message;
    if (data.type === "snapshot") {
      if (data.part === data.of) this.heard.push(data.reason);
    } else if (data.type !== "head") this.heard.push(data.version);
  }

  get state(): Snapshot | undefined {
    return this.folded?.state;
  }

  get version(): number {
    return this.folded?.version ?? 0;
  }

  /** The cursor of the last message: what a stock link comes back with. */
  get lastEventId(): string {
    return this.messages.at(-1)?.id ?? "";
  }

  get heads(): TrackedMessage[] {
    return this.messages.filter(({ data }) => data.type === "head");
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}

/** A message as `createCaller` yields it: in the envelope of `tracked()`, whatever its type says. */
export function fromCaller(result: IteratorResult<unknown, unknown>): TrackedMessage {
  const value = result.value;
  if (result.done === true || !isTrackedEnvelope<LiveMessage>(value)) throw new Error("the watch has ended");
  const [id, data] = value;
  return { id, data };
}

/** `[from, from + 1, … to]` */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
