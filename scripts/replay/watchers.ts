import { isDeepStrictEqual } from "node:util";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import { type AppRouter, createTrestle, errorKind, foldLive, type Snapshot } from "../../client/index.ts";

/** Somebody who follows the board over a connection of their own. */
export interface Watcher {
  readonly name: string;
  readonly version: number;
  readonly state: Snapshot | undefined;
  /** How many events came. */
  readonly events: number;
  /** How many of them did not follow the one before, other than by a snapshot. */
  readonly gaps: number;
  /** Why the watch ended, which it should not. */
  readonly ended: string | undefined;
  close(): Promise<void>;
}

/** One of so many is a stock tRPC client: what is promised to our own is promised to it. */
const STOCK_EVERY = 4;

/** Opens watchers in turn for these tokens. */
export function openWatchers(options: {
  url: string;
  boardId: string;
  tokens: readonly string[];
  count: number;
}): Watcher[] {
  return Array.from({ length: options.count }, (_, index) => {
    const open = index % STOCK_EVERY === STOCK_EVERY - 1 ? openStockWatcher : openLiveWatcher;
    const name = `watcher ${index + 1}${open === openStockWatcher ? " (stock tRPC client)" : ""}`;
    return open(name, { ...options, token: options.tokens[index % options.tokens.length] });
  });
}

interface WatcherOptions {
  url: string;
  boardId: string;
  token: string | undefined;
}

function openLiveWatcher(name: string, { url, boardId, token }: WatcherOptions): Watcher {
  const trestle = createTrestle({ url, token });
  const board = trestle.board(boardId);
  let events = 0;
  board.onEvent(() => {
    events += 1;
  });
  return {
    name,
    get version() {
      return board.version;
    },
    get state() {
      return board.state;
    },
    get events() {
      return events;
    },
    gaps: 0,
    get ended() {
      return board.status === "revoked" ? (errorKind(board.error) ?? "the server refused") : undefined;
    },
    close: () => trestle.close(),
  };
}

function openStockWatcher(name: string, { url, boardId, token }: WatcherOptions): Watcher {
  const client = createWSClient({
    url: new URL("trpc", url.endsWith("/") ? url : `${url}/`).href.replace(/^http/u, "ws"),
    connectionParams: { token: token ?? "" },
    retryDelayMs: () => 500,
  });
  const trpc = createTRPCClient<AppRouter>({ links: [wsLink({ client, transformer: superjson })] });
  const fold = foldLive();
  let known: ReturnType<typeof fold> | undefined;
  let events = 0;
  let gaps = 0;
  let ended: string | undefined;
  const subscription = trpc.boards.live.subscribe(
    { boardId },
    {
      onData(message) {
        known = fold(message);
        if (known.event) events += 1;
        // The server promises that this never happens, so nothing here recovers from it.
        if (known.needsSnapshot) gaps += 1;
      },
      onError: (error) => {
        ended = errorKind(error) ?? error.message;
      },
      onComplete: () => {
        ended ??= "the server said that it was over";
      },
    },
  );
  return {
    name,
    get version() {
      return known?.version ?? 0;
    },
    get state() {
      return known?.state;
    },
    get events() {
      return events;
    },
    get gaps() {
      return gaps;
    },
    get ended() {
      return ended;
    },
    async close() {
      subscription.unsubscribe();
      await client.close();
    },
  };
}

/** What a watcher has otherwise than the board, as sentences: none when they are the same. */
export function compareWatcher(watcher: Watcher, board: Snapshot, version: number): string[] {
  const { name, state } = watcher;
  if (watcher.ended !== undefined) return [`${name} was ended: ${watcher.ended}`];
  if (watcher.gaps > 0) return [`${name} missed events ${watcher.gaps} times`];
  if (!state) return [`${name} has never seen the board`];
  if (watcher.version !== version) return [`${name} is at version ${watcher.version}, the board at ${version}`];
  const names = ["board", "columns", "tasks", "labels", "members"] as const;
  return names
    .filter((noun) => !isDeepStrictEqual(state[noun], board[noun]))
    .map((noun) => {
      return `${name} has other ${noun} than boards.get at the same version${firstDifference(state[noun], board[noun])}`;
    });
}

function firstDifference(mine: unknown, board: unknown): string {
  if (!Array.isArray(mine) || !Array.isArray(board)) return "";
  const at = Array.from({ length: Math.max(mine.length, board.length) }).findIndex(
    (_, index) => !isDeepStrictEqual(mine[index], board[index]),
  );
  return `: ${JSON.stringify(mine[at])} where the board has ${JSON.stringify(board[at])}`;
}
