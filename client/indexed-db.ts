import type { PendingStore, StoredChange } from "./pending-store.ts";

const CHANGES = "changes";

/**
 * Keeps pending changes in this browser's IndexedDB. Pages tell each other by locks what they mind: where there are none
 * (`navigator.locks`), two pages may both send what a third one left, and the server still does it once.
 */
export function indexedDbPending(name = "trestle-pending"): PendingStore {
  let opening: Promise<IDBDatabase> | undefined;
  const releases = new Map<string, () => void>();

  async function transact<T>(mode: IDBTransactionMode, run: (changes: IDBObjectStore) => Promise<T>): Promise<T> {
    opening ??= open(name, () => {
      opening = undefined;
    });
    const transaction = (await opening).transaction(CHANGES, mode);
    const [value] = await Promise.all([run(transaction.objectStore(CHANGES)), end(transaction)]);
    return value;
  }

  /** Held until `release`, or until the page is gone. */
  function hold(holder: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!hasLocks() || releases.has(holder)) return resolve();
      const held = new Promise<void>((release) => {
        releases.set(holder, release);
      });
      navigator.locks
        .request(lockName(holder), () => {
          resolve();
          return held;
        })
        .catch(reject);
    });
  }

  /** Answers nothing when the holder is still there. */
  async function ofGone<T>(holder: string, run: () => Promise<T[]>): Promise<T[]> {
    if (!hasLocks()) return run();
    return navigator.locks.request(lockName(holder), { ifAvailable: true }, (lock) => (lock ? run() : []));
  }

  function takeOver(from: string, place: Parameters<PendingStore["load"]>[0]): Promise<[IDBValidKey, StoredChange][]> {
    return transact("readwrite", async (changes) => {
      const left = (await entries(changes, place)).filter(([, { holder }]) => holder === from);
      for (const [key, stored] of left) changes.put({ ...stored, holder: place.holder }, key);
      return left;
    });
  }

  return {
    async load(place) {
      await hold(place.holder);
      const all = await transact("readonly", (changes) => entries(changes, place));
      const taken: [IDBValidKey, StoredChange][] = [];
      for (const holder of new Set(all.map(([, stored]) => stored.holder))) {
        if (holder !== place.holder) taken.push(...(await ofGone(holder, () => takeOver(holder, place))));
      }
      return taken
        .toSorted(([a], [b]) => indexedDB.cmp(a, b))
        .map(([, stored]) => ({ ...stored, holder: place.holder }));
    },

    async save(stored) {
      await transact("readwrite", (changes) => answer(changes.add(stored)));
    },

    async remove(mutationId) {
      await transact("readwrite", async (changes) => {
        const key = await answer(changes.index("mutationId").getKey(mutationId));
        if (key !== undefined) changes.delete(key);
      });
    },

    release(holder) {
      releases.get(holder)?.();
      releases.delete(holder);
    },
  };
}

function hasLocks(): boolean {
  return "navigator" in globalThis && "locks" in navigator;
}

function lockName(holder: string): string {
  return `trestle-pending:${holder}`;
}

/** `onClose` is called when another page or the browser needs the database closed. */
function open(name: string, onClose: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.addEventListener("upgradeneeded", () => {
      // Keys count up: the order in which changes were saved, whatever the clock says.
      const changes = request.result.createObjectStore(CHANGES, { autoIncrement: true });
      changes.createIndex("mutationId", "change.mutationId", { unique: true });
      changes.createIndex("place", ["boardId", "userId"]);
    });
    request.addEventListener("error", () => {
      onClose();
      reject(request.error ?? new Error("The browser's database cannot be opened."));
    });
    request.addEventListener("success", () => {
      const database = request.result;
      database.addEventListener("versionchange", () => {
        onClose();
        database.close();
      });
      database.addEventListener("close", onClose);
      resolve(database);
    });
  });
}

/** The changes of a place with their keys, in order. What another version has left and this one cannot read is left out. */
async function entries(
  changes: IDBObjectStore,
  { boardId, userId }: Pick<StoredChange, "boardId" | "userId">,
): Promise<[IDBValidKey, StoredChange][]> {
  const index = changes.index("place");
  const place = [boardId, userId];
  const [keys, values] = await Promise.all([answer(index.getAllKeys(place)), answer<unknown[]>(index.getAll(place))]);
  return keys.flatMap((key, position): [IDBValidKey, StoredChange][] => {
    const value = values[position];
    return isStored(value) ? [[key, value]] : [];
  });
}

function isStored(value: unknown): value is StoredChange {
  if (typeof value !== "object" || value === null) return false;
  if (!("holder" in value && "madeAt" in value && "change" in value)) return false;
  const { holder, madeAt, change } = value;
  if (typeof holder !== "string" || typeof madeAt !== "number" || !Number.isInteger(madeAt)) return false;
  return typeof change === "object" && change !== null && "procedure" in change && "mutationId" in change;
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("The browser's database failed.")));
  });
}

function end(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(transaction.error ?? new Error("The browser's database failed."));
    transaction.addEventListener("complete", () => resolve());
    transaction.addEventListener("abort", fail);
    transaction.addEventListener("error", fail);
  });
}
