import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { freshRanks, RANK_LIMIT, rankBetween } from "../../core/rank.ts";
import { announce, note, type Tx, type WriteScope } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import { gapAmong } from "./checklist-grounds.ts";
import type { Gap } from "./needs.ts";
import type {
  CreateField,
  Field,
  FieldTarget,
  GetFields,
  GivenOptions,
  MoveField,
  ProjectFields,
  UpdateField,
} from "./fields.contract.ts";
import { getProject } from "./projects.service.ts";
import { fieldJson } from "./rows.ts";

/** The most that a project may have, archived ones too; as many options may a field have. */
export const FIELDS_PER_PROJECT = 100;
const OPTIONS_PER_FIELD = 200;

/** The fields of a project that the caller may see. Fails: PROJECT_NOT_FOUND. */
export async function getFields(db: Db, actor: OrgActor, { projectId }: GetFields): Promise<ProjectFields> {
  const [row] = await db.execute<{ fields: Field[] }>(sql`
    select coalesce((select json_agg(${fieldJson} order by f.rank, f.id) from task_field f
      where f.org_id = p.org_id and f.project_id = p.id), '[]'::json) as fields
    from project p where p.org_id = ${actor.orgId}::uuid and p.id = ${projectId}::uuid
      and (${actor.role} <> 'guest' or exists (
        select 1 from board b join board_member bm on bm.board_id = b.id and bm.user_id = ${actor.userId}::uuid
        where b.org_id = p.org_id and b.project_id = p.id and bm.role is not null))`);
  if (!row) throw new AppError("PROJECT_NOT_FOUND");
  return { projectId, fields: row.fields };
}

const OfProject = z.looseObject({ projectId: Id });

/** All boards of a project: each of them shows its fields. */
export function boardsOfProject({ orgId, userId }: WriteScope & { on: "org" }, input: unknown): SQL {
  const { projectId } = OfProject.parse(input);
  return sql`select b.id from board b join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
    where b.org_id = ${orgId}::uuid and b.project_id = ${projectId}::uuid`;
}

/**
 * Adds a field. Announces `field.created` to the boards of the project. Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED,
 * FIELD_NAME_TAKEN, FIELDS_TOO_MANY, FIELD_HAS_NO_OPTIONS, FIELD_NOT_FOUND (an unknown `after`).
 */
export async function createField(tx: Tx, actor: OrgActor, input: CreateField): Promise<Field> {
  const { projectId, name, kind } = input;
  const { fields, boardIds } = await loadFields(tx, actor, projectId);
  if (fields.length >= FIELDS_PER_PROJECT) throw new AppError("FIELDS_TOO_MANY");
  requireName(fields, name);
  const options = optionsAfter({ kind, options: [] }, input.options);
  const id = newId();
  note(tx, { id: projectId });
  const rank = rankAmong(tx, actor, { fields, boardIds, after: input.after });
  const field: Field = { id, projectId, name, kind, options, rank, state: "open" };
  tx.send(
    tx.db.execute(sql`
      insert into task_field (id, org_id, project_id, name, kind, options, rank, state)
      values (${id}::uuid, ${actor.orgId}::uuid, ${projectId}::uuid, ${name}, ${kind}, ${JSON.stringify(options)}::jsonb,
        ${rank}, 'open')`),
  );
  tell(tx, actor, boardIds, { type: "field.created", field });
  return field;
}

/**
 * Renames a field, or says what its options are. Announces `field.updated` to the boards of the project, and nothing when
 * nothing changed. Fails: PROJECT_NOT_FOUND, FIELD_NOT_FOUND, FIELD_NAME_TAKEN, FIELD_HAS_NO_OPTIONS,
 * FIELD_OPTION_NOT_FOUND, FIELDS_TOO_MANY (its options).
 */
export async function updateField(tx: Tx, actor: OrgActor, input: UpdateField): Promise<Field> {
  return changeField(tx, actor, input, (before, fields) => {
    const { name = before.name } = input;
    requireName(
      fields.filter(({ id }) => id !== before.id),
      name,
    );
    return { ...before, name, options: input.options ? optionsAfter(before, input.options) : before.options };
  });
}

/** Puts a field out of sight. Announces `field.updated`. Fails: PROJECT_NOT_FOUND, FIELD_NOT_FOUND. */
export async function archiveField(tx: Tx, actor: OrgActor, input: FieldTarget): Promise<Field> {
  return changeField(tx, actor, input, (before) => ({ ...before, state: "archived" }));
}

/** Brings an archived field back. Announces `field.updated`. Fails: PROJECT_NOT_FOUND, FIELD_NOT_FOUND. */
export async function restoreField(tx: Tx, actor: OrgActor, input: FieldTarget): Promise<Field> {
  return changeField(tx, actor, input, (before) => ({ ...before, state: "open" }));
}

/** Moves a field. Announces `field.updated`, and nothing when it stands there. Fails: PROJECT_NOT_FOUND, FIELD_NOT_FOUND. */
export async function moveField(tx: Tx, actor: OrgActor, input: MoveField): Promise<Field> {
  return changeField(tx, actor, input, (before, fields, boardIds) => {
    if (input.after === before.id) return before;
    const others = fields.filter(({ id }) => id !== before.id);
    const gap = gapFor(others, input.after);
    const stays = (gap.before === null || gap.before < before.rank) && (gap.after === null || before.rank < gap.after);
    if (stays) return before;
    return { ...before, rank: rankAmong(tx, actor, { fields: others, boardIds, after: input.after }) };
  });
}

async function changeField(
  tx: Tx,
  actor: OrgActor,
  { projectId, fieldId }: { projectId: string; fieldId: string },
  change: (before: Field, fields: readonly Field[], boardIds: readonly string[]) => Field,
): Promise<Field> {
  const { fields, boardIds } = await loadFields(tx, actor, projectId);
  const before = fields.find(({ id }) => id === fieldId);
  if (!before) throw new AppError("FIELD_NOT_FOUND");
  note(tx, { id: projectId, before });
  const field = change(before, fields, boardIds);
  if (JSON.stringify(field) === JSON.stringify(before)) return before;
  saveField(tx, actor, field);
  tell(tx, actor, boardIds, { type: "field.updated", field });
  return field;
}

function saveField(tx: Tx, { orgId }: OrgActor, { id, name, options, rank, state }: Field): void {
  tx.send(
    tx.db.execute(sql`
      update task_field set name = ${name}, options = ${JSON.stringify(options)}::jsonb, rank = ${rank}, state = ${state}
      where org_id = ${orgId}::uuid and id = ${id}::uuid`),
  );
}

interface Loaded {
  readonly fields: readonly Field[];
  readonly boardIds: readonly string[];
}

/** Under the lock of the organisation no board comes into the project; those that it has are held, too. */
async function loadFields(tx: Tx, actor: OrgActor, projectId: string): Promise<Loaded> {
  const [project, [row]] = await Promise.all([
    getProject(tx.db, actor, projectId),
    tx.db.execute<{ fields: Field[]; boardIds: string[] }>(sql`
      select coalesce((select json_agg(${fieldJson} order by f.rank, f.id) from task_field f
          where f.org_id = ${actor.orgId}::uuid and f.project_id = ${projectId}::uuid), '[]'::json) as fields,
        coalesce((select json_agg(b.id order by b.id) from board b
          where b.org_id = ${actor.orgId}::uuid and b.project_id = ${projectId}::uuid), '[]'::json) as "boardIds"`),
  ]);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const { fields = [], boardIds = [] } = row ?? {};
  requireLocked(tx.streams, boardIds);
  return { fields, boardIds };
}

function tell(
  tx: Tx,
  { userId }: OrgActor,
  boardIds: readonly string[],
  { type, field }: { type: "field.created" | "field.updated"; field: Field },
): void {
  for (const boardId of boardIds) announce(tx, { userId, boardId }, { type, data: { field } });
}

/** Whoever filters says a field by its name. */
function requireName(others: readonly Field[], name: string): void {
  const isTaken = others.some((other) => other.name.toLowerCase() === name.toLowerCase());
  if (isTaken) throw new AppError("FIELD_NAME_TAKEN");
}

/** Those that are given, in their order; and behind them, archived, those that there were besides. */
function optionsAfter({ kind, options }: Pick<Field, "kind" | "options">, given: GivenOptions): Field["options"] {
  if (given.length > 0 && kind !== "select" && kind !== "multi-select") throw new AppError("FIELD_HAS_NO_OPTIONS");
  const kept = given.map(({ id, name, color }) => {
    if (id !== undefined && !options.some((known) => known.id === id)) throw new AppError("FIELD_OPTION_NOT_FOUND");
    return { id: id ?? newId(), name, color, isArchived: false };
  });
  const left = options.filter(({ id }) => !kept.some((one) => one.id === id));
  const after = [...kept, ...left.map((option) => ({ ...option, isArchived: true }))];
  if (new Set(after.map(({ id }) => id)).size < after.length) throw new AppError("FIELD_OPTION_NOT_FOUND");
  if (after.length > OPTIONS_PER_FIELD) throw new AppError("FIELDS_TOO_MANY");
  return after;
}

/** The place behind `after`. Fields are never deleted: one that is none of them never was. Fails: FIELD_NOT_FOUND. */
function gapFor(fields: readonly Field[], after: string | null | undefined): Gap {
  if (typeof after === "string" && !fields.some(({ id }) => id === after)) throw new AppError("FIELD_NOT_FOUND");
  return gapAmong(fields, after);
}

/** The rank behind `after`. One that grew past its limit renumbers the others, each with a `field.updated`. */
function rankAmong(
  tx: Tx,
  actor: OrgActor,
  {
    fields,
    boardIds,
    after,
  }: { fields: readonly Field[]; boardIds: readonly string[]; after: string | null | undefined },
): string {
  const gap = gapFor(fields, after);
  const rank = rankBetween(gap.before, gap.after);
  if (rank.length <= RANK_LIMIT) return rank;
  const ranks = freshRanks(fields.length + 1);
  const at = fields.filter((other) => gap.before !== null && other.rank <= gap.before).length;
  const own = ranks.splice(at, 1)[0] ?? rank;
  for (const [index, other] of fields.entries()) {
    const field = { ...other, rank: ranks[index] ?? other.rank };
    saveField(tx, actor, field);
    tell(tx, actor, boardIds, { type: "field.updated", field });
  }
  return own;
}
