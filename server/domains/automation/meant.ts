import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import { boardRefusal, findAtBoard } from "../../core/access.ts";
import type { AppServices } from "../../core/context.ts";
import { asMeant } from "../work/filters/filter.ts";
import { filterSql } from "../work/filters/filter-sql.ts";
import { requireFilter } from "../work/search.service.ts";
import type { WaitingRun } from "./waiting-run.ts";

/** The most tasks that one run is of: as many as one change may be of. */
export const TASKS_PER_RUN = 1_000;

/** Whose filter it is, and where it is asked. */
interface Asking {
  readonly orgId: string;
  readonly boardId: string;
  readonly userId: string;
  readonly timeZone: string;
  readonly now: Date;
  readonly filter: string;
}

/** Of the tasks of a run those that its filter means by now, on a board whose tasks its owner may read; else none. */
export async function tasksMeant({ db, clock }: AppServices, orgId: string, run: WaitingRun): Promise<string[]> {
  const { rule, boardId } = run;
  const { ownerId: userId, timeZone, filter } = rule;
  const within = db.within({ orgId });
  const who = { userId, boardId, key: undefined };
  if (boardRefusal({ ...who, ...(await findAtBoard(within, who)) }, "task:read")) return [];
  const asking = { orgId, boardId, userId, timeZone, filter, now: clock.now() };
  return findMeant(within, asking, rule.trigger.on === "schedule" ? undefined : run.taskIds);
}

/** The tasks of a board that a filter means, of some or of all, in the order of their numbers. Fails: FILTER_INVALID. */
export async function findMeant(db: Db, asking: Asking, among: readonly string[] | undefined): Promise<string[]> {
  const rows = await db.execute<{ id: string }>(sql`
    select t.id from task t join board_column c on c.id = t.column_id join board b on b.id = t.board_id
    join project p on p.id = t.project_id
    where t.org_id = ${asking.orgId}::uuid and t.board_id = ${asking.boardId}::uuid and t.state <> 'trashed'
      and (${among === undefined}::boolean or t.id = any(${uuids(among ?? [])}))
      and ${filterSql(asMeant(requireFilter(asking.filter)), asking)}
    order by t.number limit ${TASKS_PER_RUN}::int`);
  return rows.map(({ id }) => id);
}
