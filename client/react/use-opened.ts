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
  return useOpened(board, { taskId, load, fold: foldChecklists });
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
  return useOpened(board, { taskId, load, fold: foldComments });
}

/** The files of a task, live, the newest first: of more than 100 the newest. Undefined until they have come. */
export function useAttachments(board: LiveBoard, taskId: string): TaskAttachments | undefined {
  const trestle = useTrestle();
  const { boardId } = board;
  const load = useCallback(async (): Promise<TaskAttachments> => {
    const { items } = await trestle.attachments.list.query({ boardId, taskId, limit: PAGE });
    return { taskId, attachments: items };
  }, [trestle, boardId, taskId]);
  return useOpened(board, { taskId, load, fold: foldAttachments });
}

interface Opened<State> {
  readonly taskId: string;
  readonly load: () => Promise<State>;
  /** The state after an event of the board. */
  readonly fold: (state: State, event: BoardEvent) => State;
}

/** `load` and `fold` stay the same for as long as it is of the same task. */
function useOpened<State>(board: LiveBoard, { taskId, load, fold }: Opened<State>): State | undefined {
  const [shown, setShown] = useState<{ readonly load: () => Promise<State>; readonly state: State }>();
  useEffect(() => {
    const following = new Following(board, { taskId, load, fold }, (state) => setShown({ load, state }));
    return () => following.close();
  }, [board, taskId, load, fold]);
  // Of another task until this one's has come.
  return shown?.load === load ? shown.state : undefined;
}

/**
 * Asks once, and goes on by the events of the board. After a snapshot, which comes in place of events, it asks again, as
 * it does after a failure once the server can be asked and knows the task: it may be new.
 */
class Following<State> {
  readonly #board: LiveBoard;
  readonly #opened: Opened<State>;
  readonly #show: (state: State) => void;
  readonly #stops: readonly (() => void)[];
  #turn = 0;
  #state: State | undefined;
  /** What came while it was asked for. */
  #heard: BoardEvent[] = [];
  #version: number;
  #hasFailed = false;
  #couldAsk = false;

  constructor(board: LiveBoard, opened: Opened<State>, show: (state: State) => void) {
    this.#board = board;
    this.#opened = opened;
    this.#show = show;
    this.#version = board.version;
    this.#stops = [board.onEvent((event) => this.#hear(event)), board.subscribe(() => this.#look())];
    this.#ask();
  }

  close(): void {
    this.#turn += 1;
    for (const stop of this.#stops) stop();
  }

  #ask(): void {
    this.#turn += 1;
    const turn = this.#turn;
    this.#state = undefined;
    this.#heard = [];
    this.#hasFailed = false;
    this.#couldAsk = this.#canAsk();
    const { load, fold } = this.#opened;
    void load().then(
      (loaded) => {
        if (turn === this.#turn) this.#take(this.#heard.reduce((state, event) => fold(state, event), loaded));
      },
      // It may not be read any more, or there is no connection: the board says so.
      () => {
        if (turn !== this.#turn) return;
        this.#hasFailed = true;
        this.#askAgain();
      },
    );
  }

  #hear(event: BoardEvent): void {
    this.#version = event.version;
    if (this.#state === undefined) this.#heard.push(event);
    else this.#take(this.#opened.fold(this.#state, event));
  }

  #look(): void {
    if (this.#board.version > this.#version) {
      this.#version = this.#board.version;
      this.#ask();
    } else if (this.#hasFailed) this.#askAgain();
  }

  /** Once for each time that it became possible: whoever may not read it does not ask at every event. */
  #askAgain(): void {
    const could = this.#couldAsk;
    this.#couldAsk = this.#canAsk();
    if (this.#couldAsk && !could) this.#ask();
  }

  #canAsk(): boolean {
    const { status, confirmed } = this.#board;
    return status === "live" && confirmed?.tasks.some(({ id }) => id === this.#opened.taskId) === true;
  }

  #take(state: State): void {
    // Most events are about something else.
    if (state === this.#state) return;
    this.#state = state;
    this.#show(state);
  }
}
