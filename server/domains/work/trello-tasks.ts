import { sql } from "drizzle-orm";
import { newId } from "../../core/ids.ts";
import { ranksAfter } from "../../core/rank.ts";
import { taskJson, taskSource } from "./rows.ts";
import type { Task } from "./tasks.contract.ts";
import type { CardDraft, CardPlace } from "./trello-export.ts";
import type { BoardImport } from "./trello.service.ts";
import type { CardSpool } from "./trello-spool.ts";

/** External ids → ours. */
export interface Known {
  readonly columns: ReadonlyMap<string, string>;
  readonly labels: ReadonlyMap<string, string>;
  readonly people: ReadonlyMap<string, string>;
}

/** Where a card that is not on the board yet goes. */
interface Placement {
  readonly number: number;
  readonly rank: string;
}
