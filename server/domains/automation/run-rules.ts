import { sql } from "drizzle-orm";
import { z } from "zod";
import { uuids } from "../../../db/columns.ts";
import type { RULE_OUTCOMES } from "../../../db/enums.ts";
import type { AppServices } from "../../core/context.ts";
import { type JobKind, type Worker, worker } from "../../core/jobs.ts";
import { react } from "../../core/transaction.ts";
import { Id } from "../../fields.contract.ts";
import { act } from "./act.ts";
import { tasksMeant } from "./meant.ts";
import type { ActionResult, Rule } from "./rules.contract.ts";
import { ruleJson } from "./rows.ts";
import { stopRules } from "./stop-rules.ts";
import type { WaitingRun } from "./waiting-run.ts";

const Payload = z.strictObject({ orgId: Id, boardId: Id });
type Payload = z.infer<typeof Payload>;

/** Runs what waits of the rules of a board. */
export const RUN_RULES: JobKind<Payload> = {
  name: "rules.run",
  payload: Payload,
  retries: 10,
  firstRetrySeconds: 2,
  longestRetrySeconds: 300,
  timeoutSeconds: 120,
};

/** Rules may lead to each other so many times. */
const LONGEST_CHAIN = 10;
/** A rule that runs more often within an hour is stopped. */
const RUNS_PER_HOUR = 1_000;
const HOUR_MS = 3_600_000;
const RUNS_AT_ONCE = 10;
/** A process works so long at a board, and leaves the rest to the next job. What it has claimed is its own for a little longer. */
const WORK_MS = 60_000;
const CLAIM_MS = 100_000;

export function rulesWorker(app: AppServices): Worker {
  return worker(RUN_RULES, (board, signal) => runRules(app, board, signal));
}

/** One after the other, in the order in which what they follow from happened. Whoever comes while somebody does that leaves it to them. */
async function runRules(app: AppServices, board: Payload, signal: AbortSignal): Promise<void> {
  const until = performance.now() + WORK_MS;
  for (;;) {
    const runs = await claim(app, board);
    if (runs.length === 0) return;
    const left = new Set(runs.map(({ id }) => id));
    try {
      for (const run of runs) {
        signal.throwIfAborted();
        await runRule(app, board.orgId, run);
        left.delete(run.id);
      }
    } finally {
      if (left.size > 0) await release(app, board, [...left]);
    }
    if (performance.now() > until) return react(app, async (tx) => tx.later(RUN_RULES, board));
  }
}

/** Of those that somebody else claims meanwhile none is taken: a claim waits for the other one, and then sees it. */
async function claim({ db, clock }: AppServices, { orgId, boardId }: Payload): Promise<WaitingRun[]> {
  const now = clock.now();
  const until = new Date(now.getTime() + CLAIM_MS).toISOString();
  const rows = await db.within({ orgId }).execute<WaitingRun>(sql`
    with claimed as (
      update rule_run x set claimed_until = ${until}::timestamptz where x.outcome = 'waiting'
        and x.id in (select w.id from rule_run w where w.board_id = ${boardId}::uuid and w.outcome = 'waiting'
          order by w.created_at, w.id limit ${RUNS_AT_ONCE}::int for update)
        and not exists (select from rule_run o where o.board_id = ${boardId}::uuid and o.outcome = 'waiting'
          and o.claimed_until > ${now.toISOString()}::timestamptz)
        and (x.claimed_until is null or x.claimed_until <= ${now.toISOString()}::timestamptz)
      returning x.id, x.rule_id, x.rule_since, x.board_id, x.task_ids, x.chain, x.is_begun, x.created_at)
    select x.id, x.is_begun as "isBegun", x.rule_since <> r.on_since is true as "isOfAnother", iso(x.created_at) as "createdAt", x.board_id as "boardId", to_json(x.task_ids) as "taskIds", to_json(x.chain) as chain, ${ruleJson} as rule
    from claimed x join rule r on r.id = x.rule_id order by x.created_at, x.id`);
  return [...rows];
}

async function release({ db }: AppServices, { orgId }: Payload, runIds: readonly string[]): Promise<void> {
  await db.within({ orgId }).execute(sql`
    update rule_run set claimed_until = null where id = any(${uuids(runIds)}) and outcome = 'waiting'`);
}

/** Runs a rule of the tasks that its filter means by now, or says why it does not. */
async function runRule(app: AppServices, orgId: string, run: WaitingRun): Promise<void> {
  const { rule } = run;
  const skip = (reason: string) => end(app, orgId, run, { outcome: "skipped", reason, results: [] });
  if (rule.state !== "on") return skip("RULE_OFF");
  // What it has done already, if it was begun, stays: the rest would be done as another rule, or in another name.
  if (run.isOfAnother) return skip("RULE_CHANGED");
  if (run.chain.includes(rule.id)) {
    await stopRules(app, orgId, run, { ruleIds: run.chain.slice(run.chain.indexOf(rule.id)), reason: "loop" });
    return skip("RULE_LOOP");
  }
  if (run.chain.length >= LONGEST_CHAIN) return skip("RULE_TOO_DEEP");
  const around = await lookAround(app, orgId, rule);
  if (!around.isMember || around.isTooOften) {
    const reason = around.isMember ? "too-often" : "owner-gone";
    await stopRules(app, orgId, run, { ruleIds: [rule.id], reason });
    return skip(around.isMember ? "RULE_TOO_OFTEN" : "RULE_OWNER_GONE");
  }
  const taskIds = run.isBegun ? run.taskIds : await tasksMeant(app, orgId, run);
  const hasWork =
    taskIds.length > 0 || rule.actions.some((action) => action.do === "create" && rule.trigger.on === "schedule");
  // Of what its filter does not mean nothing is to be told.
  if (!hasWork) return forget(app, orgId, run);
  const results = await act(app, orgId, { ...run, taskIds });
  const refused = results.filter(({ outcome }) => outcome === "refused").length;
  const outcome = refused === 0 ? "done" : refused < results.length ? "partly" : "refused";
  await end(app, orgId, { ...run, taskIds }, { outcome, reason: null, results });
}

async function lookAround({ db, clock }: AppServices, orgId: string, { id, ownerId }: Rule) {
  const since = new Date(clock.now().getTime() - HOUR_MS).toISOString();
  const [row] = await db.within({ orgId }).execute<{ isMember: boolean; isTooOften: boolean }>(sql`
    select exists (select from membership where org_id = ${orgId}::uuid and user_id = ${ownerId}::uuid) as "isMember",
      (select count(*) from rule_run where org_id = ${orgId}::uuid and rule_id = ${id}::uuid
        and created_at > ${since}::timestamptz and outcome <> 'waiting') >= ${RUNS_PER_HOUR}::int as "isTooOften"`);
  return row ?? { isMember: false, isTooOften: false };
}

interface Ending {
  readonly outcome: (typeof RULE_OUTCOMES)[number];
  readonly reason: string | null;
  readonly results: readonly ActionResult[];
}

async function end({ db, clock }: AppServices, orgId: string, run: WaitingRun, ending: Ending): Promise<void> {
  const { outcome, reason, results } = ending;
  await db.within({ orgId }).execute(sql`
    update rule_run set outcome = ${outcome}, reason = ${reason}, results = ${JSON.stringify(results)}::jsonb,
      task_ids = ${uuids(run.taskIds)}, claimed_until = null, ended_at = ${clock.now().toISOString()}::timestamptz
    where org_id = ${orgId}::uuid and id = ${run.id}::uuid`);
}

async function forget({ db }: AppServices, orgId: string, run: WaitingRun): Promise<void> {
  await db.within({ orgId }).execute(sql`delete from rule_run where org_id = ${orgId}::uuid and id = ${run.id}::uuid`);
}
