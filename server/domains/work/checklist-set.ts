import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { compare } from "../../ordered-rows.ts";
import { ChangedRows } from "./changed-rows.ts";
import type { CheckItem, Checklist } from "./checklists.contract.ts";
import { checkItemJson, checklistJson } from "./rows.ts";

export interface LoadedChecklists extends Record<string, unknown> {
  checklists: Checklist[] | null;
  items: CheckItem[] | null;
}

/** All checklists of tasks, in one statement. `tasks`: boards and ids as two columns. */
export async function loadChecklists(db: Db, tasks: SQL): Promise<LoadedChecklists> {
  const [row] = await db.execute<LoadedChecklists>(sql`
    with w as (select t.org_id, t.board_id, t.id from unnest(${tasks}) n(board_id, id)
      join task t on t.board_id = n.board_id and t.id = n.id)
    select
      (select json_agg(${checklistJson}) from w
        join checklist c on c.org_id = w.org_id and c.board_id = w.board_id and c.task_id = w.id) as checklists,
      (select json_agg(${checkItemJson}) from w
        join check_item i on i.org_id = w.org_id and i.board_id = w.board_id and i.task_id = w.id) as items`);
  if (!row) throw new Error("a select without a table has one row");
  return row;
}

/** The checklists of the tasks that commands asked for. */
export class ChecklistSet {
  readonly checklists: ChangedRows<Checklist>;
  readonly items: ChangedRows<CheckItem>;

  constructor({ checklists, items }: Partial<LoadedChecklists> = {}) {
    this.checklists = new ChangedRows(checklists);
    this.items = new ChangedRows(items);
  }

  /** The checklists of a task, in their order. */
  of(taskId: string): Checklist[] {
    return this.checklists.filter((checklist) => checklist.taskId === taskId).toSorted(byRank);
  }

  /** The items of a checklist, in their order. */
  itemsOf(checklistId: string): CheckItem[] {
    return this.items.filter((item) => item.checklistId === checklistId).toSorted(byRank);
  }

  /** How many items a task has, and how many of them are done. */
  count(taskId: string): { itemsDone: number; itemsTotal: number } {
    const items = this.items.filter((item) => item.taskId === taskId);
    return { itemsDone: items.filter(({ state }) => state === "done").length, itemsTotal: items.length };
  }
}

function byRank(a: { rank: string; id: string }, b: { rank: string; id: string }): number {
  return compare(a.rank, b.rank) || compare(a.id, b.id);
}
