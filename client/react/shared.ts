/** What several components have open at once, such as a board: opened for the first of them. */
export interface Shared<Opened> {
  open(key: string): Opened;
  /** What is open under it now. */
  peek(key: string): Opened | undefined;
  /** The key is one that was opened. */
  leave(key: string): void;
}

/** How long what nobody needs stays open: whoever goes from page to page comes back to it as it was. */
const STAYS_MS = 2_000;

interface Entry<Opened> {
  readonly opened: Opened;
  users: number;
  closing: ReturnType<typeof setTimeout> | undefined;
}

export function share<Opened>(open: (key: string) => Opened, close: (opened: Opened) => void): Shared<Opened> {
  const entries = new Map<string, Entry<Opened>>();
  return {
    open(key) {
      const entry: Entry<Opened> = entries.get(key) ?? { opened: open(key), users: 0, closing: undefined };
      entries.set(key, entry);
      clearTimeout(entry.closing);
      entry.users += 1;
      return entry.opened;
    },
    peek: (key) => entries.get(key)?.opened,
    leave(key) {
      const entry = entries.get(key);
      if (!entry) return;
      entry.users -= 1;
      if (entry.users > 0) return;
      entry.closing = setTimeout(() => {
        entries.delete(key);
        close(entry.opened);
      }, STAYS_MS);
    },
  };
}

/** What is shared of each client. */
export function perClient<Client extends object, Opened>(
  make: (client: Client) => Shared<Opened>,
): (client: Client) => Shared<Opened> {
  const made = new WeakMap<Client, Shared<Opened>>();
  return (client) => {
    const shared = made.get(client) ?? make(client);
    made.set(client, shared);
    return shared;
  };
}
