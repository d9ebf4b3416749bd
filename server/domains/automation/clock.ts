import { sql } from "drizzle-orm";
import { each, uuids } from "../../../db/columns.ts";
import { again } from "../../core/again.ts";
import type { AppServices } from "../../core/context.ts";
import { react } from "../../core/transaction.ts";
import type { Tx } from "../../core/tx.ts";
import { TASKS_PER_RUN } from "./meant.ts";
import { noteAll, type NotedRun } from "./note-runs.ts";
import type { Trigger } from "./rules.contract.ts";
import { nextTime } from "./triggers.ts";

const LOOK_EVERY_MS = 15_000;
/** What came due while nobody looked for longer than this is not done any more. */
const LATEST_MS = 86_400_000;
/** How long what became of runs is kept. */
const KEPT_MS = 30 * 86_400_000;

interface DueRule extends Record<string, unknown> {
  ruleId: string;
  projectId: string;
  boardId: string | null;
  trigger: Trigger;
  timeZone: string;
  onSince: string;
  /** Up to when it has looked, or when it is due. */
  nextAt: string;
}

/** Looks again and again which rules run because of the time. */
export function watchRules(app: AppServices): { close(): Promise<void> } {
  return again(app, LOOK_EVERY_MS, { look: runDueRules, failed: "rules could not be looked at" });
}

/** Notes the runs of all rules whose time has come, each time once. */
export async function runDueRules(app: AppServices): Promise<void> {
  const now = app.clock.now().toISOString();
  const due = await app.db.execute<{ orgId: string; ruleId: string }>(
    sql`select org_id as "orgId", rule_id as "ruleId" from due_rules(${now}::timestamptz)`,
  );
  for (const [orgId, rules] of Map.groupBy(due, (one) => one.orgId)) {
    await react(app, (tx) =>
      noteDue(
        tx,
        orgId,
        rules.map(({ ruleId }) => ruleId),
      ),
    );
  }
}

/** What somebody else looks at just now is theirs. */
async function noteDue(tx: Tx, orgId: string, ruleIds: readonly string[]): Promise<void> {
  tx.enter({ orgId });
  const rules = await tx.db.execute<DueRule>(sql`
    select r.id as "ruleId", r.project_id as "projectId", r.board_id as "boardId", r.trigger, r.time_zone as "timeZone",
      iso(r.on_since) as "onSince", iso(r.next_at) as "nextAt"
    from rule r where r.org_id = ${orgId}::uuid and r.id = any(${uuids(ruleIds)}) and r.state = 'on'
      and r.next_at <= ${tx.now.toISOString()}::timestamptz
    order by r.id for update skip locked`);
  for (const rule of rules) noteAll(tx, orgId, await runsOf(tx, orgId, rule));
  const nexts = rules.map(({ ruleId, trigger, timeZone }) => {
    return { ruleId, nextAt: nextTime(trigger, timeZone, tx.now)?.toISOString() ?? null };
  });
  tx.send(
    tx.db.execute(sql`
      update rule r set next_at = n.at
      from unnest(${each("uuid", nexts, ({ ruleId }) => ruleId)}, ${each("timestamptz", nexts, ({ nextAt }) => nextAt)})
        n(id, at)
      where r.org_id = ${orgId}::uuid and r.id = n.id`),
  );
}

async function runsOf(tx: Tx, orgId: string, rule: DueRule): Promise<NotedRun[]> {
  const { ruleId, projectId, boardId, trigger, onSince } = rule;
  const earliest = tx.now.getTime() - LATEST_MS;
  const openBoards = sql`select b.id from board b where b.org_id = ${orgId}::uuid and b.project_id = ${projectId}::uuid
    and (${boardId}::uuid is null or b.id = ${boardId}::uuid) and b.state = 'open'`;
  const run = { ruleId, onSince, version: null, chain: [] };
  if (trigger.on === "schedule") {
    if (Date.parse(rule.nextAt) < earliest) return [];
    const boards = await tx.db.execute<{ id: string }>(sql`${openBoards} order by b.id`);
    return boards.map((board) => ({ ...run, boardId: board.id, taskIds: [] }));
  }
  if (trigger.on !== "date-passed") return [];
  const offsetMs = trigger.offsetMinutes * 60_000;
  // `next_at` is a minute behind what it has seen.
  const since = Math.max(Date.parse(rule.nextAt) - 60_000, earliest);
  const at = (ms: number) => sql`${new Date(ms - offsetMs).toISOString()}::timestamptz`;
  const date = trigger.date === "due" ? sql`t.due_at` : sql`t.start_at`;
  const rows = await tx.db.execute<{ boardId: string; taskIds: string[] }>(sql`
    select t.board_id as "boardId", json_agg(t.id order by t.number) as "taskIds"
    from task t join board_column c on c.id = t.column_id and c.state = 'open'
    where t.org_id = ${orgId}::uuid and t.board_id in (${openBoards}) and t.state = 'open'
      and ${date} > ${at(since)} and ${date} <= ${at(tx.now.getTime())}
    group by t.board_id order by t.board_id`);
  return rows.flatMap(({ boardId: at, taskIds }) =>
    cut(taskIds).map((some) => ({ ...run, boardId: at, taskIds: some })),
  );
}

function cut(taskIds: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let from = 0; from < taskIds.length; from += TASKS_PER_RUN) {
    parts.push(taskIds.slice(from, from + TASKS_PER_RUN));
  }
  return parts;
}

/** Forgets what became of runs that are long over: a chore. */
export async function forgetOldRuns({ db, clock }: AppServices): Promise<void> {
  const before = new Date(clock.now().getTime() - KEPT_MS).toISOString();
  await db.execute(sql`select forget_rule_runs(${before}::timestamptz)`);
}
