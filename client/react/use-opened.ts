import { useCallback, useEffect, useState } from "react";
import type { BoardEvent } from "../../server/events.ts";
import type { TaskChecklists } from "../../server/domains/work/checklists.contract.ts";
import type { Comment } from "../../server/domains/work/comments.contract.ts";
import type { TaskAttachments } from "../../server/domains/work/evolve-attachments.ts";
import type { Thread } from "../../server/domains/work/evolve-comments.ts";
import type { LiveBoard } from "../live-board.ts";
import { foldAttachments, foldChecklists, foldComments } from "../opened-task.ts";
import { useTrestle } from "./provider.ts";

// What an open task shows besides its card.

const PAGE = 100;
const MOST_PAGES = 10;

/** The checklists of a task, live; undefined until they have come. */
export function useChecklists(board: LiveBoard, taskId: string): TaskChecklists | undefined {
  const trestle = useTrestle();
  const { boardId } = board;
  const load = useCallback(() => trestle.checklists.get.query({ boardId, taskId }), [trestle, boardId, taskId]);
  return useOpened(board, { load, fold: foldChecklists });
}

/** The comments of a task, live, the newest first: of more than 1,000 the newest. Undefined until they have come. */
export function useComments(board: LiveBoard, taskId: string): Thread | undefined {
  const trestle = useTrestle();
  const { boardId } = board;
  const load = useCallback(async (): Promise<Thread> => {
    const comments: Comment[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const input = { boardId, taskId, order: "newest" as const, limit: PAGE, cursor };
      const { items, nextCursor } = await trestle.comments.list.query(input);
      comments.push(...items);
      cursor = nextCursor;
      if (cursor === null) break;
    }
    return { taskId, order: "newest", comments };
  }, [trestle, boardId, taskId]);
  return useOpened(board, { load, fold: foldComments });
}

/** The files of a task, live, the newest first: of more than 100 the newest. Undefined until they have come. */
export function useAttachments(board: LiveBoard, taskId: string): TaskAttachments | undefined {
  const trestle = useTrestle();
  const { boardId } = board;
  const load = useCallback(async (): Promise<TaskAttachments> => {
    const { items } = await trestle.attachments.list.query({ boardId, taskId, limit: PAGE });
    return { taskId, attachments: items };
  }, [trestle, boardId, taskId]);
  return useOpened(board, { load, fold: foldAttachments });
}

interface Opened<State> {
  readonly load: () => Promise<State>;
  /** The state after an event of the board. */
  readonly fold: (state: State, event: BoardEvent) => State;
}

/**
 * Asked for once, and kept by the events of its board from then on. After a snapshot, which comes in place of events, it
 * is asked for again. `load` and `fold` stay the same for as long as it is of the same task.
 */
function useOpened<State>(board: LiveBoard, { load, fold }: Opened<State>): State | undefined {
  const [opened, setOpened] = useState<{ readonly load: () => Promise<State>; readonly state: State }>();
  useEffect(() => {
    let turn = 0;
    let current: State | undefined;
    let heard: BoardEvent[] = [];
    let seen = board.version;
    const show = (state: State) => {
      // Most events are about something else.
      if (state === current) return;
      current = state;
      setOpened({ load, state });
    };
    const ask = () => {
      turn += 1;
      const own = turn;
      current = undefined;
      heard = [];
      void load().then(
        (loaded) => {
          if (own === turn) show(heard.reduce((folded, event) => fold(folded, event), loaded));
        },
        // It may not be read any more, or there is no connection: the board says so.
        () => {},
      );
    };
    const stops = [
      board.onEvent((event) => {
        seen = event.version;
        if (current === undefined) heard.push(event);
        else show(fold(current, event));
      }),
      board.subscribe(() => {
        if (board.version <= seen) return;
        seen = board.version;
        ask();
      }),
    ];
    ask();
    return () => {
      turn += 1;
      for (const stop of stops) stop();
    };
  }, [board, load, fold]);
  // Of another task until this one's has come.
  return opened?.load === load ? opened.state : undefined;
}
