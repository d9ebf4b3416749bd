import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { requireRoom } from "../../core/room.ts";
import { announceToOrg, note, type Tx } from "../../core/tx.ts";
import { Id, Instant } from "../../fields.contract.ts";
import { requireFilter } from "../work/search.service.ts";
import { getProject } from "../work/projects.service.ts";
import type {
  CreateRule,
  DeleteRule,
  ListRuleRuns,
  ListRules,
  Rule,
  RulePage,
  RuleRun,
  RuleRunPage,
  UpdateRule,
} from "./rules.contract.ts";
import { ruleJson, runJson } from "./rows.ts";
import { nextTime } from "./triggers.ts";
import { passOverLog } from "./note-runs.ts";

/** The most that a project may have. */
const RULES_PER_PROJECT = 100;

/** Where a list goes on: behind this instant and id. */
const ListKey = z.tuple([Instant, Id]);

/** The rules of a project, oldest first. Fails: PROJECT_NOT_FOUND. */
export async function listRules(db: Db, actor: OrgActor, { projectId, cursor, limit }: ListRules): Promise<RulePage> {
  const after = decodeCursor(ListKey, cursor);
  const [row] = await db.execute<{ rules: Rule[] }>(sql`
    select coalesce((select json_agg(x.rule order by x.created_at, x.id) from (
      select ${ruleJson} as rule, r.created_at, r.id from rule r where r.org_id = p.org_id and r.project_id = p.id
          and ${isSeen(actor, sql`r.board_id`)}
        ${after ? sql`and (r.created_at, r.id) > (${after[0]}::timestamptz, ${after[1]}::uuid)` : sql``}
      order by r.created_at, r.id limit ${limit + 1}::int) x), '[]'::json) as rules
    from project p where p.org_id = ${actor.orgId}::uuid and p.id = ${projectId}::uuid`);
  if (!row) throw new AppError("PROJECT_NOT_FOUND");
  return toPage(row.rules, limit, ({ createdAt, id }) => [createdAt, id]);
}

/** When a rule ran, newest first: on which boards and tasks, by their ids. Fails: RULE_NOT_FOUND. */
export async function listRuleRuns(db: Db, actor: OrgActor, input: ListRuleRuns): Promise<RuleRunPage> {
  const before = decodeCursor(ListKey, input.cursor);
  const [row] = await db.execute<{ runs: RuleRun[] }>(sql`
    select coalesce((select json_agg(y.run order by y.created_at desc, y.id desc) from (
      select ${runJson} as run, x.created_at, x.id from rule_run x where x.org_id = r.org_id and x.rule_id = r.id
          and ${isSeen(actor, sql`x.board_id`)}
        ${before ? sql`and (x.created_at, x.id) < (${before[0]}::timestamptz, ${before[1]}::uuid)` : sql``}
      order by x.created_at desc, x.id desc limit ${input.limit + 1}::int) y), '[]'::json) as runs
    from rule r where r.org_id = ${actor.orgId}::uuid and r.id = ${input.ruleId}::uuid
      and ${isSeen(actor, sql`r.board_id`)}`);
  if (!row) throw new AppError("RULE_NOT_FOUND");
  return toPage(row.runs, input.limit, ({ createdAt, id }) => [createdAt, id]);
}

/**
 * Makes a rule of a project, in the name of the caller. Announces `rule.created`. Fails: PROJECT_NOT_FOUND,
 * PROJECT_ARCHIVED, RULES_TOO_MANY, FILTER_INVALID, BOARD_NOT_FOUND, COLUMN_NOT_FOUND, LABEL_NOT_FOUND, FIELD_NOT_FOUND,
 * MEMBER_NOT_FOUND.
 */
export async function createRule(tx: Tx, actor: OrgActor, input: CreateRule): Promise<Rule> {
  const { projectId, name, boardId, trigger, filter, timeZone, actions, state } = input;
  const [project] = await Promise.all([
    getProject(tx.db, actor, projectId),
    requireRoom(tx.db, "RULES_TOO_MANY", {
      most: RULES_PER_PROJECT,
      rows: sql`select from rule where org_id = ${actor.orgId}::uuid and project_id = ${projectId}::uuid`,
    }),
  ]);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const at = tx.now.toISOString();
  const made = { id: newId(), projectId, boardId, name, trigger, filter, timeZone, actions };
  const rule: Rule = { ...made, ownerId: actor.userId, state, stopReason: null, createdAt: at, updatedAt: at };
  await requireMeaning(tx, actor, rule);
  note(tx, { id: rule.id });
  passOverLog(tx, rule);
  saveRule(tx, actor, rule, { onSince: tx.now });
  announceToOrg(tx, actor, { type: "rule.created", data: { ruleId: rule.id, projectId } });
  return rule;
}

/**
 * Changes a rule, or turns it on or off: from then on it runs in the name of the caller, unless they only rename it or turn
 * it off. Announces `rule.updated`, and nothing when nothing changed. Fails: RULE_NOT_FOUND, FILTER_INVALID,
 * BOARD_NOT_FOUND, COLUMN_NOT_FOUND, LABEL_NOT_FOUND, FIELD_NOT_FOUND, MEMBER_NOT_FOUND.
 */
export async function updateRule(tx: Tx, actor: OrgActor, input: UpdateRule): Promise<Rule> {
  const { rule: before, onSince } = await holdRule(tx, actor, input.ruleId);
  note(tx, { id: before.id, before });
  const { name = before.name, boardId = before.boardId, trigger = before.trigger, filter = before.filter } = input;
  const { timeZone = before.timeZone, actions = before.actions, state = before.state } = input;
  const said = { ...before, name, boardId, trigger, filter, timeZone, actions, state };
  if (isAlike(said, before)) return before;
  const isLeft = isAlike({ ...said, name: "", state: "off" }, { ...before, name: "", state: "off" });
  const isTakenOver = !isLeft || (state === "on" && before.state !== "on");
  const rule: Rule = {
    ...said,
    ownerId: isTakenOver ? actor.userId : before.ownerId,
    stopReason: state === "stopped" ? before.stopReason : null,
    updatedAt: tx.now.toISOString(),
  };
  await requireMeaning(tx, actor, rule);
  if (isTakenOver) passOverLog(tx, rule);
  saveRule(tx, actor, rule, { onSince: isTakenOver ? tx.now : onSince });
  announceToOrg(tx, actor, { type: "rule.updated", data: { ruleId: rule.id, projectId: rule.projectId } });
  return rule;
}

/** Deletes a rule with its runs; what waits does not run. Announces `rule.deleted`. Fails: RULE_NOT_FOUND. */
export async function deleteRule(tx: Tx, actor: OrgActor, { ruleId }: DeleteRule): Promise<null> {
  const { rule } = await holdRule(tx, actor, ruleId);
  note(tx, { id: ruleId, before: rule });
  tx.send(tx.db.execute(sql`delete from rule where org_id = ${actor.orgId}::uuid and id = ${ruleId}::uuid`));
  announceToOrg(tx, actor, { type: "rule.deleted", data: { ruleId, projectId: rule.projectId } });
  return null;
}

/** Whether a board is no particular one, or one that the caller sees. */
function isSeen({ role, userId }: OrgActor, boardId: SQL): SQL {
  return sql`(${boardId} is null or exists (select from board seen
    left join board_member mine on mine.board_id = seen.id and mine.user_id = ${userId}::uuid
    where seen.id = ${boardId} and board_role(${role}, seen.visibility, mine.role) is not null))`;
}

function isAlike(one: Rule, other: Rule): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

async function holdRule(tx: Tx, actor: OrgActor, ruleId: string): Promise<{ rule: Rule; onSince: Date }> {
  const [row] = await tx.db.execute<{ rule: Rule; onSince: string }>(sql`
    select ${ruleJson} as rule, iso(r.on_since) as "onSince" from rule r
    where r.org_id = ${actor.orgId}::uuid and r.id = ${ruleId}::uuid and ${isSeen(actor, sql`r.board_id`)} for update of r`);
  if (!row) throw new AppError("RULE_NOT_FOUND");
  return { rule: row.rule, onSince: new Date(row.onSince) };
}

/** What a rule names is there, as far as its author sees it. What becomes of it later is seen when the rule runs. */
async function requireMeaning(tx: Tx, actor: OrgActor, rule: Rule): Promise<void> {
  requireFilter(rule.filter);
  const { trigger, actions, projectId, boardId } = rule;
  const toColumnIds = trigger.on === "task-moved" ? trigger.toColumnIds : [];
  const columnIds = actions.flatMap((action) => ("columnId" in action ? action.columnId : []));
  const updates = actions.filter((action) => action.do === "update");
  const labelIds = updates.flatMap(({ addLabelIds = [], removeLabelIds = [] }) => [...addLabelIds, ...removeLabelIds]);
  const fieldIds = updates.flatMap(({ fields = {} }) => Object.keys(fields));
  const people = updates.flatMap(({ addAssigneeIds = [] }) => addAssigneeIds);
  const told = actions.flatMap((action) => (action.do === "notify" ? action.userIds : []));
  const [row] = await tx.db.execute<Record<"board" | "columns" | "labels" | "fields" | "people", boolean>>(sql`
    with seen as (select b.id from board b where b.org_id = ${actor.orgId}::uuid and b.project_id = ${projectId}::uuid
      and (${boardId}::uuid is null or b.id = ${boardId}::uuid) and ${isSeen(actor, sql`b.id`)})
    select ${boardId}::uuid is null or exists (select from seen) as board,
      not exists (select from unnest(${uuids([...toColumnIds, ...columnIds])}) w(id) where not exists (
        select from board_column c join seen on seen.id = c.board_id where c.id = w.id)) as columns,
      not exists (select from unnest(${uuids(labelIds)}) w(id) where not exists (
        select from label l join seen on seen.id = l.board_id where l.id = w.id)) as labels,
      not exists (select from unnest(${uuids(fieldIds)}) w(id) where not exists (
        select from task_field f where f.org_id = ${actor.orgId}::uuid and f.project_id = ${projectId}::uuid
          and f.id = w.id)) as fields,
      not exists (select from unnest(${uuids([...people, ...told])}) w(id) where not exists (
        select from membership m where m.org_id = ${actor.orgId}::uuid and m.user_id = w.id)) as people`);
  if (row?.board !== true) throw new AppError("BOARD_NOT_FOUND");
  if (!row.columns) throw new AppError("COLUMN_NOT_FOUND");
  if (!row.labels) throw new AppError("LABEL_NOT_FOUND");
  if (!row.fields) throw new AppError("FIELD_NOT_FOUND");
  if (!row.people) throw new AppError("MEMBER_NOT_FOUND");
}

function saveRule(tx: Tx, { orgId }: OrgActor, rule: Rule, { onSince }: { onSince: Date }): void {
  const { id, projectId, boardId, ownerId, name, trigger, filter, timeZone, actions, state, stopReason } = rule;
  const nextAt = nextTime(trigger, timeZone, tx.now)?.toISOString() ?? null;
  tx.send(
    tx.db.execute(sql`
      insert into rule (id, org_id, project_id, board_id, owner_id, name, trigger, filter, time_zone, actions, state,
        stop_reason, on_since, next_at, created_at, updated_at)
      values (${id}::uuid, ${orgId}::uuid, ${projectId}::uuid, ${boardId}::uuid, ${ownerId}::uuid, ${name},
        ${JSON.stringify(trigger)}::jsonb, ${filter}, ${timeZone}, ${JSON.stringify(actions)}::jsonb, ${state},
        ${stopReason}, ${onSince.toISOString()}::timestamptz, ${nextAt}::timestamptz, ${rule.createdAt}::timestamptz,
        ${rule.updatedAt}::timestamptz)
      on conflict (id) do update set board_id = excluded.board_id, owner_id = excluded.owner_id, name = excluded.name,
        trigger = excluded.trigger, filter = excluded.filter, time_zone = excluded.time_zone,
        actions = excluded.actions, state = excluded.state, stop_reason = excluded.stop_reason,
        on_since = excluded.on_since, next_at = excluded.next_at, updated_at = excluded.updated_at`),
  );
}
