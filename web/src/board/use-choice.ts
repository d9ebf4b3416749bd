import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Card } from "../../../client/index.ts";

/** Those that one change can be of. */
export const MOST_CHOSEN = 1_000;

const NONE: ReadonlySet<string> = new Set();

/** From which card on a range is chosen, and what was chosen besides. */
interface Start {
  readonly id: string;
  readonly others: ReadonlySet<string>;
}

/** Which of the cards that are shown are chosen. What is gone, or not shown any more, is chosen no longer. */
export function useChoice(shown: readonly Card[]) {
  const [asked, setAsked] = useState(NONE);
  const taskIds = useMemo(
    () => (asked.size === 0 ? [] : shown.filter(({ id }) => asked.has(id)).map(({ id }) => id)),
    [asked, shown],
  );
  const chosen = useMemo(() => (taskIds.length === asked.size ? asked : new Set(taskIds)), [asked, taskIds]);
  // Whatever comes back later is not chosen again.
  if (chosen !== asked) setAsked(chosen);
  const latest = useRef(chosen);
  const start = useRef<Start>(undefined);
  useEffect(() => {
    latest.current = chosen;
  });

  /** At once, for whoever asks before the next rendering; answers those that are chosen now. */
  const choose = useCallback((ids: Iterable<string>) => {
    const next = new Set([...ids].slice(0, MOST_CHOSEN));
    latest.current = next;
    setAsked(next);
    return next;
  }, []);
  const toggle = useCallback(
    (id: string) => {
      const next = new Set(latest.current);
      if (!next.delete(id)) next.add(id);
      start.current = { id, others: next };
      return choose(next);
    },
    [choose],
  );
  /** Chooses what stands between two cards of a list: from the one that was chosen last, or else from `from`. */
  const extend = useCallback(
    (list: readonly Card[], from: string, to: string) => {
      const placeOf = (id: string | undefined) => list.findIndex((card) => card.id === id);
      if (placeOf(start.current?.id) === -1) start.current = { id: from, others: latest.current };
      const [first = 0, last = 0] = [placeOf(start.current?.id), placeOf(to)].toSorted((a, b) => a - b);
      return choose([...(start.current?.others ?? []), ...list.slice(first, last + 1).map(({ id }) => id)]);
    },
    [choose],
  );
  const clear = useCallback(() => {
    start.current = undefined;
    choose([]);
  }, [choose]);
  /** Those that are chosen at this moment. */
  const now = useCallback(() => latest.current, []);
  return { chosen, taskIds, choose, toggle, extend, clear, now };
}
