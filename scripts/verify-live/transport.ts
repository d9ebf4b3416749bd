import {
  createTRPCClient,
  createWSClient,
  getUntypedClient,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
  wsLink,
} from "@trpc/client";
import { EventSource } from "eventsource";
import superjson from "superjson";
import {
  type AppRouter,
  createTrestle,
  errorKind,
  foldLive,
  type LiveBoard,
  type Snapshot,
} from "../../client/index.ts";
import type { ClientKind, Heard } from "./history.ts";
import { changeBy } from "./optimistic.ts";

/** How a client of one kind talks to the server. */
export interface Transport {
  call(type: "query" | "mutation", path: string, input: unknown, signal: AbortSignal): Promise<unknown>;
  /**
   * Changes a board that it follows, so that this shows at once; answers the version at which the board had it.
   * Undefined: it does not do that.
   */
  change?(boardId: string, procedure: string, input: object): Promise<number> | undefined;
  /** Follows a board. `from` is where an earlier watch of this client was. */
  watch(boardId: string, from: Place | undefined, hear: (heard: Heard) => void): Following;
  close(): Promise<void>;
}

/** Where a watch is: what a client keeps of it to go on. */
export interface Place {
  readonly cursor: string;
  readonly state: Snapshot;
}

export interface Following {
  readonly place: Place | undefined;
  readonly version: number;
  stop(): void;
}

export function openTransport(kind: ClientKind, url: string, token: string): Transport {
  switch (kind) {
    case "createTrestle":
      return openTrestle(url, token);
    case "stock WebSocket":
      return openStockSocket(url, token);
    case "stock SSE":
      return openStockSse(url, token);
  }
}

/** What `wsLink` fails a watch with whose connection is closing in the moment in which it is sent. No server said it. */
export const LINK_GAVE_UP = "Active connection is not open";

function openStockSocket(url: string, token: string): Transport {
  const client = createWSClient({
    url: `${url.replace(/^http/u, "ws")}/trpc`,
    connectionParams: { token },
    retryDelayMs: (attempt) => Math.min(100 * 2 ** attempt, 1_000),
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client, transformer: superjson })] });
  return stock(trpc, () => client.close());
}

function openStockSse(url: string, token: string): Transport {
  const endpoint = `${url}/trpc`;
  const authorization = `Bearer ${token}`;
  const trpc = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (op) => op.type === "subscription",
        true: httpSubscriptionLink({
          url: endpoint,
          transformer: superjson,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, authorization } }),
          },
        }),
        false: httpLink({ url: endpoint, transformer: superjson, headers: { authorization } }),
      }),
    ],
  });
  return stock(trpc, async () => {});
}

function stock(trpc: TRPCClient<AppRouter>, close: () => Promise<void>): Transport {
  return {
    call: caller(trpc),
    close,
    watch(boardId, from, hear) {
      const fold = foldLive(from?.state);
      let folded: ReturnType<typeof fold> | undefined;
      hear({ at: performance.now(), type: "opened", from: from?.cursor });
      const subscription = trpc.boards.live.subscribe(
        { boardId, ...(from === undefined ? {} : { lastEventId: from.cursor }) },
        {
          onData(message) {
            folded = fold(message);
            const { id, data } = message;
            const at = performance.now();
            if (data.type === "snapshot") hear({ at, ...data, id });
            else if (data.type === "head") hear({ at, type: "head", id, version: data.version });
            else hear({ at, type: "event", id, event: data });
          },
          onError: (error) => hear({ at: performance.now(), type: "ended", kind: errorKind(error) ?? error.message }),
          onComplete: () => hear({ at: performance.now(), type: "ended", kind: undefined }),
        },
      );
      return {
        get place() {
          if (!folded) return from;
          const { state, cursor } = folded;
          return state && cursor !== undefined ? { state, cursor } : undefined;
        },
        get version() {
          return folded?.version ?? 0;
        },
        stop: () => subscription.unsubscribe(),
      };
    },
  };
}

/** Our own client shows states and applied events; a state that came without an event came by a snapshot. */
function openTrestle(url: string, token: string): Transport {
  const trestle = createTrestle({ url, token });
  const boards = new Map<string, LiveBoard>();
  return {
    call: caller(trestle),
    close: () => trestle.close(),
    change(boardId, procedure, input) {
      const board = boards.get(boardId);
      return board && changeBy(board, procedure, input);
    },
    watch(boardId, from, hear) {
      hear({ at: performance.now(), type: "opened", from: from?.cursor });
      const board = trestle.board(boardId, { from: from?.state });
      boards.set(boardId, board);
      let heard = from?.cursor;
      let hasHeard = false;
      board.onEvent((event, state) => {
        heard = state.cursor;
        hasHeard = true;
        hear({ at: performance.now(), type: "event", id: state.cursor, event });
      });
      board.subscribe(() => {
        const at = performance.now();
        const state = board.confirmed;
        if (state && state.cursor !== heard) {
          heard = state.cursor;
          hasHeard = true;
          hear({
            at,
            type: "snapshot",
            id: state.cursor,
            reason: "unknown to the client",
            part: 1,
            of: 1,
            snapshot: state,
          });
        } else if (state && board.status === "live" && !hasHeard) {
          // It goes on where it was, where nothing has happened.
          hasHeard = true;
          hear({ at, type: "head", id: state.cursor, version: board.version });
        }
        if (board.status === "revoked") hear({ at, type: "ended", kind: errorKind(board.error) });
      });
      return {
        get place() {
          // What waits is laid over the board at a cursor; a watch goes on from the board without it.
          const state = board.pending.length === 0 ? board.state : board.confirmed;
          return state && { state, cursor: state.cursor };
        },
        get version() {
          return board.version;
        },
        stop: board.close,
      };
    },
  };
}

function caller(client: TRPCClient<AppRouter>): Transport["call"] {
  const untyped = getUntypedClient(client);
  return (type, path, input, signal) => untyped[type](path, input, { signal });
}
