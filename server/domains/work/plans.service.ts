import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { BoardActor, OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce, note, type Tx } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import type { BulkDone } from "./bulk.contract.ts";
import type { CreatePlan, DeletePlan, ListPlans, Plan, PlanPage, PlanTasks, UpdatePlan } from "./plans.contract.ts";
import { getProject } from "./projects.service.ts";
import { planJson } from "./rows.ts";
import { isProjectSeen, seenBoards } from "./search.service.ts";

/** The most that a project may have, closed ones too. */
export const PLANS_PER_PROJECT = 1_000;

/** The milestones and sprints of a project, the oldest first. Fails: PROJECT_NOT_FOUND. */
export async function listPlans(db: Db, actor: OrgActor, input: ListPlans): Promise<PlanPage> {
  const after = decodeCursor(z.tuple([Id]), input.cursor)?.[0] ?? null;
  const place = { projectId: input.projectId };
  const [row] = await db.execute<{ isProjectSeen: boolean; plans: Plan[] }>(sql`
    with seen as materialized (${seenBoards(actor, place)})
    select ${isProjectSeen(actor, place)} as "isProjectSeen", coalesce((select json_agg(x.plan order by x.id) from (
      select n.id, ${planJson} as plan from plan n
      where n.org_id = ${actor.orgId}::uuid and n.project_id = ${input.projectId}::uuid
        and (${input.kind ?? null}::text is null or n.kind = ${input.kind ?? null})
        and (${input.state ?? null}::text is null or n.state = ${input.state ?? null})
        and (${input.taskId ?? null}::uuid is null or exists (select from task_plan x
          where x.org_id = ${actor.orgId}::uuid and x.task_id = ${input.taskId ?? null}::uuid and x.plan_id = n.id
            and x.board_id in (select id from seen)))
        and (${after}::uuid is null or n.id > ${after}::uuid)
      order by n.id limit ${input.limit + 1}::int) x), '[]') as plans`);
  if (row?.isProjectSeen !== true) throw new AppError("PROJECT_NOT_FOUND");
  return toPage(row.plans, input.limit, ({ id }) => [id]);
}

/** Adds a milestone or sprint. Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED, PLANS_TOO_MANY, DATES_REVERSED. */
export async function createPlan(tx: Tx, actor: OrgActor, input: CreatePlan): Promise<Plan> {
  const { projectId, kind, name, startsOn, endsOn } = input;
  const [project, [counted]] = await Promise.all([
    getProject(tx.db, actor, projectId),
    tx.db.execute<{ count: number }>(sql`
      select count(*)::int as count from plan n
      where n.org_id = ${actor.orgId}::uuid and n.project_id = ${projectId}::uuid`),
  ]);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  if ((counted?.count ?? 0) >= PLANS_PER_PROJECT) throw new AppError("PLANS_TOO_MANY");
  requireOrder({ startsOn, endsOn });
  const createdAt = tx.now.toISOString();
  const plan: Plan = { id: newId(), projectId, kind, name, startsOn, endsOn, state: "open", createdAt };
  note(tx, { id: projectId });
  tx.send(
    tx.db.execute(sql`
      insert into plan (id, org_id, project_id, kind, name, starts_on, ends_on, state, created_at)
      values (${plan.id}::uuid, ${actor.orgId}::uuid, ${projectId}::uuid, ${kind}, ${name}, ${startsOn}::date,
        ${endsOn}::date, 'open', ${createdAt}::timestamptz)`),
  );
  return plan;
}

/** Renames a milestone or sprint, moves its days, closes or opens it. Fails: PLAN_NOT_FOUND, DATES_REVERSED. */
export async function updatePlan(tx: Tx, actor: OrgActor, input: UpdatePlan): Promise<Plan> {
  const before = await getPlan(tx.db, actor, input.planId);
  const { name = before.name, startsOn = before.startsOn, endsOn = before.endsOn, state = before.state } = input;
  const plan: Plan = { ...before, name, startsOn, endsOn, state };
  requireOrder(plan);
  note(tx, { id: before.projectId, before });
  tx.send(
    tx.db.execute(sql`
      update plan n set name = ${name}, starts_on = ${startsOn}::date, ends_on = ${endsOn}::date, state = ${state}
      where n.org_id = ${actor.orgId}::uuid and n.id = ${plan.id}::uuid`),
  );
  return plan;
}

/** Deletes a milestone or sprint that no task is in. Fails: PLAN_NOT_FOUND, PLAN_IN_USE. */
export async function deletePlan(tx: Tx, actor: OrgActor, { planId }: DeletePlan): Promise<null> {
  const [before, used] = await Promise.all([
    getPlan(tx.db, actor, planId),
    tx.db.execute(sql`
      select from task_plan x where x.org_id = ${actor.orgId}::uuid and x.plan_id = ${planId}::uuid limit 1`),
  ]);
  if (used.length > 0) throw new AppError("PLAN_IN_USE");
  note(tx, { id: before.projectId, before });
  tx.send(tx.db.execute(sql`delete from plan n where n.org_id = ${actor.orgId}::uuid and n.id = ${planId}::uuid`));
  return null;
}

/** Fails: PLAN_NOT_FOUND. */
export async function getPlan(db: Db, { orgId }: Pick<OrgActor, "orgId">, planId: string): Promise<Plan> {
  const [row] = await db.execute<{ plan: Plan }>(sql`
    select ${planJson} as plan from plan n where n.org_id = ${orgId}::uuid and n.id = ${planId}::uuid`);
  if (!row) throw new AppError("PLAN_NOT_FOUND");
  return row.plan;
}

interface Before extends Record<string, unknown> {
  id: string;
  state: string;
  isOfProject: boolean | null;
  isOpen: boolean | null;
  planId: string | null;
}

/**
 * Puts tasks of a board into a milestone or sprint of its project, or out of it. Announces `tasks.planned` with those that
 * were elsewhere, and nothing when there are none. Fails: TASK_NOT_FOUND, TASK_TRASHED, PLAN_NOT_FOUND, PLAN_CLOSED.
 */
export async function planTasks(tx: Tx, actor: BoardActor, input: PlanTasks): Promise<BulkDone> {
  const { taskIds, kind, planId } = input;
  const { orgId, boardId } = actor;
  const found = await tx.db.execute<Before>(sql`
    select t.id, t.state, n.project_id = t.project_id and n.kind = ${kind} as "isOfProject", n.state = 'open' as "isOpen",
      x.plan_id as "planId"
    from task t left join plan n on n.org_id = t.org_id and n.id = ${planId}::uuid
    left join task_plan x on x.task_id = t.id and x.kind = ${kind}
    where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = any(${uuids(taskIds)})`);
  if (found.length < taskIds.length) throw new AppError("TASK_NOT_FOUND");
  if (found.some(({ state }) => state === "trashed")) throw new AppError("TASK_TRASHED");
  if (planId !== null && found.some(({ isOfProject }) => isOfProject !== true)) throw new AppError("PLAN_NOT_FOUND");
  const elsewhere = found.filter((task) => task.planId !== planId);
  if (elsewhere.length === 0) return { changed: 0, version: tx.nextVersion(boardId) - 1 };
  if (planId !== null && found.some(({ isOpen }) => isOpen !== true)) throw new AppError("PLAN_CLOSED");
  const ids = elsewhere.map(({ id }) => id).toSorted();
  tx.send(
    tx.db.execute(
      planId === null
        ? sql`delete from task_plan x where x.org_id = ${orgId}::uuid and x.board_id = ${boardId}::uuid
            and x.kind = ${kind} and x.task_id = any(${uuids(ids)})`
        : sql`insert into task_plan (org_id, board_id, task_id, kind, plan_id)
            select ${orgId}::uuid, ${boardId}::uuid, id, ${kind}, ${planId}::uuid from unnest(${uuids(ids)}) n(id)
            on conflict (task_id, kind) do update set plan_id = excluded.plan_id`,
    ),
  );
  const leftIds = [...new Set(elsewhere.flatMap((task) => task.planId ?? []))].toSorted();
  announce(tx, actor, { type: "tasks.planned", data: { taskIds: ids, kind, planId, leftIds } });
  return { changed: ids.length, version: tx.nextVersion(boardId) - 1 };
}

function requireOrder({ startsOn, endsOn }: Pick<Plan, "startsOn" | "endsOn">): void {
  if (startsOn !== null && endsOn !== null && startsOn > endsOn) throw new AppError("DATES_REVERSED");
}
