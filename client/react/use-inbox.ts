import { useEffect, useState } from "react";
import type { Home } from "../../server/domains/home/me.contract.ts";
import type { InboxEvent } from "../../server/events.ts";
import { foldInbox } from "../fold-live.ts";
import type { Trestle } from "../trestle.ts";
import { useTrestle } from "./provider.ts";
import { perClient, share } from "./shared.ts";

type Listener = (home: Home | undefined) => void;

/** One watch of `me.live`, whoever listens to it. */
class Inbox {
  readonly #listeners = new Set<Listener>();
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
          for (const listener of this.#listeners) listener(state);
          if (event) for (const listener of this.#eventListeners) listener(event);
        },
      },
    );
  }

  listen(listener: Listener): () => void {
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
  const trestle = useTrestle();
  const [home, setHome] = useState<Home>();
  useEffect(() => {
    const inbox = inboxesOf(trestle).open(ONE);
    setHome(inbox.home);
    const stop = inbox.listen(setHome);
    return () => {
      stop();
      inboxesOf(trestle).leave(ONE);
    };
  }, [trestle]);
  return home;
}

/** Calls back with what happens in the inbox while the component is there, such as a notification that came. */
export function useInboxEvents(listener: (event: InboxEvent) => void): void {
  const trestle = useTrestle();
  useEffect(() => {
    const inbox = inboxesOf(trestle).open(ONE);
    const stop = inbox.onEvent(listener);
    return () => {
      stop();
      inboxesOf(trestle).leave(ONE);
    };
  }, [trestle, listener]);
}
