import { useEffect, useRef, useState } from "react";
import type { PresentPerson } from "../../server/domains/work/presence.contract.ts";
import type { Presence } from "../presence.ts";
import { useTrestle } from "./provider.ts";

/**
 * Who else, and oneself, is at a board, for as long as the component is there; `taskId`: which of its tasks one changes.
 */
export function usePresence(boardId: string, taskId: string | null = null): readonly PresentPerson[] {
  const trestle = useTrestle();
  const [people, setPeople] = useState<readonly PresentPerson[]>([]);
  const presence = useRef<Presence>(undefined);
  useEffect(() => {
    const opened = trestle.presence(boardId, {
      people: (message) => setPeople(message.people),
      ended: () => setPeople([]),
    });
    presence.current = opened;
    return () => opened.close();
  }, [trestle, boardId]);
  useEffect(() => {
    if (taskId === null) return undefined;
    presence.current?.edit(taskId);
    return () => presence.current?.edit(null);
    // Being at another board is another presence, which has to be told.
    // oxlint-disable-next-line react/exhaustive-effect-dependencies
  }, [boardId, taskId]);
  return people;
}
