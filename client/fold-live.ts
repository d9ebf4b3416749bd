import { evolveInbox } from "../server/domains/home/evolve-inbox.ts";
import type { Home } from "../server/domains/home/me.contract.ts";
import { evolveOrg } from "../server/domains/orgs/evolve-org.ts";
import type { OrgSnapshot } from "../server/domains/orgs/orgs.contract.ts";
import type { Snapshot } from "../server/domains/work/boards.contract.ts";
import { evolve } from "../server/domains/work/evolve.ts";
import type { BoardEvent, InboxEvent, LiveMessage, OrgEvent } from "../server/events.ts";
import { type FoldedStream, type FoldStream, foldStream } from "./fold-stream.ts";

/** A message as `boards.live` yields it: with the cursor that it was tracked by. */
export interface TrackedMessage {
  id: string;
  data: LiveMessage;
}

/** What is known of a board after a message. */
export type Folded = FoldedStream<Snapshot, BoardEvent>;
export type Fold = FoldStream<Snapshot, BoardEvent>;

/** Folds what `boards.live` sends into the board, for users of the stock client. */
export function foldLive(from?: Snapshot): Fold {
  return foldStream(evolve, from);
}

/** Folds what `orgs.live` sends into the organisation. */
export function foldOrg(from?: OrgSnapshot): FoldStream<OrgSnapshot, OrgEvent> {
  return foldStream(evolveOrg, from);
}

/** Folds what `me.live` sends into what concerns the one who is signed in. */
export function foldInbox(from?: Home): FoldStream<Home, InboxEvent> {
  return foldStream(evolveInbox, from);
}
