import { useCallback, useSyncExternalStore } from "react";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import type { TrestleError } from "../errors.ts";
import type { LiveBoard } from "../live-board.ts";
import type { LiveStatus } from "../live-watch.ts";
import type { PendingChange } from "../pending-change.ts";
import type { Trestle } from "../trestle.ts";
import { useTrestle } from "./provider.ts";
import { perClient, share } from "./shared.ts";

/** A board as it is to be shown now. */
export interface BoardView {
  /** To change it by: what is changed shows at once. Undefined in the first moment. */
  readonly board: LiveBoard | undefined;
  /** Undefined until it has come. */
  readonly state: Snapshot | undefined;
  readonly status: LiveStatus;
  /** Why it was refused, or is offline. */
  readonly error: TrestleError | undefined;
  /** What waits for the server. */
  readonly pending: readonly PendingChange[];
}

const boardsOf = perClient((trestle: Trestle) =>
  share(
    (boardId) => trestle.board(boardId),
    (board) => board.close(),
  ),
);
const OPENING: BoardView = { board: undefined, state: undefined, status: "catching-up", error: undefined, pending: [] };

/**
 * Opens a board before there is a component that shows it, such as before the first rendering. Answers what ends that; a
 * component that shows it keeps it open.
 */
export function preloadBoard(trestle: Trestle, boardId: string): () => void {
  const boards = boardsOf(trestle);
  boards.open(boardId);
  return () => boards.leave(boardId);
}

/**
 * A board, live for as long as a component shows it; those that show the same one share it. Renders again when something
 * changed. What is rendered on a server is the first moment.
 */
export function useBoard(boardId: string): BoardView {
  const boards = boardsOf(useTrestle());
  const subscribe = useCallback(
    (listener: () => void) => {
      const stop = boards.open(boardId).subscribe(listener);
      return () => {
        stop();
        boards.leave(boardId);
      };
    },
    [boards, boardId],
  );
  return useSyncExternalStore(
    subscribe,
    () => viewOf(boards.peek(boardId)),
    () => OPENING,
  );
}

const views = new WeakMap<LiveBoard, BoardView>();

/** The same object until something changed. */
function viewOf(board: LiveBoard | undefined): BoardView {
  if (!board) return OPENING;
  const { state, status, error, pending } = board;
  const last = views.get(board);
  const isSame = last?.state === state && last?.status === status && last.error === error && last.pending === pending;
  if (last && isSame) return last;
  const view = { board, state, status, error, pending };
  views.set(board, view);
  return view;
}
