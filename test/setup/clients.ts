import { ReadableStream } from "node:stream/web";
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
import {
  errorKind,
  type FoldedStream,
  foldInbox,
  foldLive,
  foldOrg,
  type FoldStream,
  type Tracked,
  type TrackedMessage,
} from "../../client/index.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import type { OrgSnapshot } from "../../server/domains/orgs/orgs.contract.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import type { BoardEvent, InboxEvent, LiveMessage, OrgEvent } from "../../server/events.ts";
import type { AppRouter } from "../../server/router.ts";

/** Waits for what comes by itself, as long as a busy machine may need. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(isSo, { timeout: 60_000, interval: 5 });
}

/** What somebody uses who has `@trpc/client` and nothing of ours. */
export interface StockClient {
  readonly trpc: TRPCClient<AppRouter>;
  /** Follows a board, from a cursor if there is one. */
  watch(boardId: string, lastEventId?: string): Watch;
  /** Follows an organisation. */
  watchOrg(orgId: string, lastEventId?: string): OrgWatch;
  /** Follows what concerns the one who is signed in. */
  watchMe(lastEventId?: string): InboxWatch;
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
                  fetch: async (input, init) =>
                    backSoon(await fetch(input, { ...init, headers: { ...init.headers, authorization } })),
                },
              }),
        false: httpBatchLink({ url: endpoint, transformer: superjson, headers: { authorization }, maxItems: 20 }),
      }),
    ],
  });
  const watches: { stop(): void }[] = [];
  function kept<State, Event extends Numbered>(watch: Recording<State, Event>): Recording<State, Event> {
    watches.push(watch);
    return watch;
  }
  const from = (lastEventId: string | undefined) => (lastEventId === undefined ? {} : { lastEventId });
  return {
    trpc,
    watch: (boardId, lastEventId) =>
      kept(new Recording(foldLive(), (on) => trpc.boards.live.subscribe({ boardId, ...from(lastEventId) }, on))),
    watchOrg: (orgId, lastEventId) =>
      kept(new Recording(foldOrg(), (on) => trpc.orgs.live.subscribe({ orgId, ...from(lastEventId) }, on))),
    watchMe: (lastEventId) =>
      kept(new Recording(foldInbox(), (on) => trpc.me.live.subscribe({ ...from(lastEventId) }, on))),
    async close() {
      for (const watch of watches) watch.stop();
      await socket.close();
    },
  };
}

/** The same stream, with a wish before it to come back sooner after a cut than the three seconds of an EventSource. */
function backSoon({ url, status, redirected, headers, body }: Response) {
  async function* hurried(stream: AsyncIterable<Uint8Array>) {
    yield new TextEncoder().encode("retry: 20\n\n");
    yield* stream;
  }
  return { url, status, redirected, headers, body: body && ReadableStream.from(hurried(body)) };
}

/** What a stock client calls while it is subscribed. */
interface Callbacks<Message> {
  onData(message: Message): void;
  onError(error: unknown): void;
  onComplete(): void;
}

type Numbered = { type: string; version: number };

/** What came of one watch: every message, and the state that they fold to. */
export class Recording<State, Event extends Numbered> {
  readonly messages: Tracked<State, Event>[] = [];
  /** Events, and snapshots by their reasons, in the order in which they came: `[2, "first", 3]`. */
  readonly heard: (number | string)[] = [];
  readonly #fold: FoldStream<State, Event>;
  readonly #subscription: { unsubscribe(): void };
  folded: FoldedStream<State, Event> | undefined;
  /** The kind of the error that ended it. */
  ending: string | undefined;
  isComplete = false;

  constructor(
    fold: FoldStream<State, Event>,
    subscribe: (on: Callbacks<Tracked<State, Event>>) => { unsubscribe(): void },
  ) {
    this.#fold = fold;
    this.#subscription = subscribe({
      onData: (message) => this.#take(message),
      onError: (error) => {
        this.ending = errorKind(error) ?? String(error);
      },
      onComplete: () => {
        this.isComplete = true;
      },
    });
  }

  #take(message: Tracked<State, Event>): void {
    this.messages.push(message);
    this.folded = this.#fold(message);
    const { data } = message;
    const { snapshotReason } = this.folded;
    if (snapshotReason !== undefined) this.heard.push(snapshotReason);
    else if ("version" in data && data.type !== "head") this.heard.push(data.version);
  }

  get state(): State | undefined {
    return this.folded?.state;
  }

  get version(): number {
    return this.folded?.version ?? 0;
  }

  /** The cursor of the last message: what a stock link comes back with. */
  get lastEventId(): string {
    return this.messages.at(-1)?.id ?? "";
  }

  /** The types of the events, in the order in which they came. */
  get types(): string[] {
    return this.messages.flatMap(({ data }) => (data.type === "snapshot" || data.type === "head" ? [] : [data.type]));
  }

  get heads(): Tracked<State, Event>[] {
    return this.messages.filter(({ data }) => data.type === "head");
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}

/** The watch of a board. */
export type Watch = Recording<Snapshot, BoardEvent>;
export type OrgWatch = Recording<OrgSnapshot, OrgEvent>;
export type InboxWatch = Recording<Home, InboxEvent>;

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
