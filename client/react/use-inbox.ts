import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { Home } from "../../server/domains/home/me.contract.ts";
import type { InboxEvent } from "../../server/events.ts";
import { foldInbox } from "../fold-live.ts";
import type { Trestle } from "../trestle.ts";
import { useTrestle } from "./provider.ts";
import { perClient, share } from "./shared.ts";

/** One watch of `me.live`, whoever listens to it. */
class Inbox {
  readonly #listeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: InboxEvent) => void>();
  readonly #subscription: { unsubscribe(): void };
  home: Home | undefined;

  constructor(trestle: Trestle) {
    const fold = foldInbox();
    this.#subscription = trestle.me.live.subscribe(
      {},
      {
        onData: (message) => {
          const { state, event } = fold(message);
          this.home = state;
          for (const listener of this.#listeners) listener();
          if (event) for (const listener of this.#eventListeners) listener(event);
        },
      },
    );
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onEvent(listener: (event: InboxEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  close(): void {
    this.#subscription.unsubscribe();
  }
}

const inboxesOf = perClient((trestle: Trestle) =>
  share(
    () => new Inbox(trestle),
    (inbox) => inbox.close(),
  ),
);
const ONE = "";

/** What concerns who is signed in, live: organisations, invitations, boards shared with them. Undefined until it has come. */
export function useInbox(): Home | undefined {
  const inboxes = inboxesOf(useTrestle());
  const subscribe = useCallback(
    (listener: () => void) => {
      const stop = inboxes.open(ONE).listen(listener);
      return () => {
        stop();
        inboxes.leave(ONE);
      };
    },
    [inboxes],
  );
  return useSyncExternalStore(
    subscribe,
    () => inboxes.peek(ONE)?.home,
    () => undefined,
  );
}

/**
 * Calls back with what happens in the inbox while the component is there, such as that a notification came. `listener`
 * stays the same from one rendering to the next.
 */
export function useInboxEvents(listener: (event: InboxEvent) => void): void {
  const inboxes = inboxesOf(useTrestle());
  useEffect(() => {
    const stop = inboxes.open(ONE).onEvent(listener);
    return () => {
      stop();
      inboxes.leave(ONE);
    };
  }, [inboxes, listener]);
}
