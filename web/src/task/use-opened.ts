import { useEffect, useState } from "react";
import type { BoardEvent, LiveBoard } from "../../../client/index.ts";

interface Opened<State> {
  readonly load: () => Promise<State>;
  /** The state after an event of the board. */
  readonly fold: (state: State, event: BoardEvent) => State;
}

/**
 * What an open task shows that its card does not: asked for once, and kept by the events of its board from then on. After
 * a snapshot, which comes in place of events, it is asked for again. `load` and `fold` stay the same.
 */
export function useOpened<State>(board: LiveBoard, { load, fold }: Opened<State>): State | undefined {
  const [state, setState] = useState<State>();
  useEffect(() => {
    let turn = 0;
    let current: State | undefined;
    let heard: BoardEvent[] = [];
    let seen = board.version;
    const ask = () => {
      turn += 1;
      const own = turn;
      current = undefined;
      heard = [];
      void load().then(
        (loaded) => {
          if (own !== turn) return;
          current = heard.reduce((folded, event) => fold(folded, event), loaded);
          setState(current);
        },
        // It may not be read any more, or there is no connection: the board says so.
        () => {},
      );
    };
    const stops = [
      board.onEvent((event) => {
        seen = event.version;
        if (current === undefined) heard.push(event);
        else setState((current = fold(current, event)));
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
  return state;
}
