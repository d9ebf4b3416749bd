import type { PresenceMessage } from "../server/domains/work/presence.contract.ts";

/** Being at a board, until it is closed. */
export interface Presence {
  /** Says which task one changes; null: none. */
  edit(taskId: string | null): void;
  close(): void;
}

export interface PresenceCallbacks {
  /** All who are there, oneself too, whenever that has changed. */
  people: (message: PresenceMessage) => void;
  /** It is over, and why. */
  ended?: (error: unknown) => void;
}

/** How a client is at a board: by a subscription for as long as that lasts. */
export type Subscribe = (
  input: { boardId: string; taskId: string | null },
  on: { onData: (message: PresenceMessage) => void; onError: (error: unknown) => void },
) => { unsubscribe(): void };

/** Turning to another task is another subscription, which begins before the last one ends: nobody blinks. */
export function openPresence(subscribe: Subscribe, boardId: string, { people, ended }: PresenceCallbacks): Presence {
  let current: { unsubscribe(): void } | undefined;
  let latest = 0;
  const begin = (taskId: string | null) => {
    latest += 1;
    const turn = latest;
    const former = current;
    let isFirst = true;
    current = subscribe(
      { boardId, taskId },
      {
        onData: (message) => {
          if (isFirst) former?.unsubscribe();
          isFirst = false;
          if (turn === latest) people(message);
        },
        onError: (error) => {
          former?.unsubscribe();
          if (turn === latest) ended?.(error);
        },
      },
    );
  };
  begin(null);
  return {
    edit: begin,
    close() {
      latest += 1;
      current?.unsubscribe();
    },
  };
}
