import type { ChangeInput } from "../server/domains/work/apply.contract.ts";

/** A change with the id under which the server remembers it. */
export type NamedChange = ChangeInput & { readonly mutationId: string };

/** A change that waits, as it is kept. It holds no token: whoever loads it has to be signed in as who made it. */
export interface StoredChange {
  readonly boardId: string;
  readonly userId: string;
  readonly change: NamedChange;
  /** Who minds it: one board of one page. */
  readonly holder: string;
  /** When it was made, by this machine's clock: milliseconds since 1970. */
  readonly madeAt: number;
}

/** Where changes that wait are kept across reloads. */
export interface PendingStore {
  /**
   * What holders that are gone left of a user's changes to a board, in the order in which they were saved. From then on
   * `holder` minds it: what another page still minds is not answered, and nothing is answered to two.
   */
  load(place: Pick<StoredChange, "boardId" | "userId" | "holder">): Promise<StoredChange[]>;
  save(stored: StoredChange): Promise<void>;
  remove(mutationId: string): Promise<void>;
  /** The holder is gone: what it has left is there for the next one. */
  release(holder: string): void;
}
