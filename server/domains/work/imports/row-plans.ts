import { sql } from "drizzle-orm";
import type { PlanKind } from "../../../../db/enums.ts";
import type { BoardActor } from "../../../core/access.ts";
import { newId } from "../../../core/ids.ts";
import type { Tx } from "../../../core/tx.ts";
import type { Board } from "../boards.contract.ts";
import { PLANS_PER_PROJECT, planTasks } from "../plans.service.ts";
import type { WrittenRow } from "./row-draft.ts";

interface FoundPlan extends Record<string, unknown> {
  readonly id: string;
  readonly kind: PlanKind;
  readonly name: string;
  readonly state: string;
}

/**
 * Puts tasks into the milestones and sprints that their rows name, which are made when the project has none of that name.
 * Announces `tasks.planned`. Answers the rows of which one was left out: it is closed, or could not be made.
 */
export async function planImported(
  tx: Tx,
  actor: BoardActor,
  { board, rows }: { board: Board; rows: readonly WrittenRow[] },
): Promise<Set<number>> {
  const named = rows.flatMap(({ row, taskId, draft }) => draft.plans.map((plan) => ({ row, taskId, ...plan })));
  const leftOut = new Set<number>();
  if (named.length === 0) return leftOut;
  const known = await tx.db.execute<FoundPlan>(sql`
    select n.id, n.kind, n.name, n.state from plan n
    where n.org_id = ${board.orgId}::uuid and n.project_id = ${board.projectId}::uuid order by n.id`);
  const byName = new Map(known.toReversed().map((plan) => [keyOf(plan), plan]));
  const mayMake = actor.allowed === null || actor.allowed.includes("plan:create");
  let count = known.length;
  for (const [key, those] of Map.groupBy(named, keyOf)) {
    const [first] = those;
    if (!first) continue;
    let plan = byName.get(key);
    if (!plan && mayMake && count < PLANS_PER_PROJECT) {
      plan = await createPlan(tx, board, first);
      count += 1;
    }
    if (plan?.state !== "open") for (const { row } of those) leftOut.add(row);
    else {
      const taskIds = those.map(({ taskId }) => taskId);
      await planTasks(tx, actor, { boardId: board.id, taskIds, kind: plan.kind, planId: plan.id });
    }
  }
  return leftOut;
}

function keyOf({ kind, name }: { kind: PlanKind; name: string }): string {
  return `${kind} ${name.toLowerCase()}`;
}

async function createPlan(
  tx: Tx,
  { orgId, projectId }: Board,
  { kind, name, endsOn }: { kind: PlanKind; name: string; endsOn: string | null },
): Promise<FoundPlan> {
  const id = newId();
  await tx.db.execute(sql`
    insert into plan (id, org_id, project_id, kind, name, starts_on, ends_on, state, created_at)
    values (${id}::uuid, ${orgId}::uuid, ${projectId}::uuid, ${kind}, ${name}, null, ${endsOn}::date, 'open',
      ${tx.now.toISOString()}::timestamptz)`);
  return { id, kind, name, state: "open" };
}
