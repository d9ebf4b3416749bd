import { type SQL, sql } from "drizzle-orm";
import { each, words } from "../../../db/columns.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import { transitionJson } from "./rows.ts";
import type { CreateTransition, DeleteTransition, Transition, UpdateTransition } from "./transitions.contract.ts";

/** The most that a board may have. */
export const TRANSITIONS_PER_BOARD = 200;

/** Adds a way into a column. Announces `transition.created`. Fails: COLUMN_NOT_FOUND, FIELD_NOT_FOUND, BOARD_FULL. */
export async function createTransition(tx: Tx, actor: BoardActor, input: CreateTransition): Promise<Transition> {
  const { boardId } = actor;
  const { name, fromColumnIds, toColumnId, minimumRole, requiredFields } = input;
  const [[counted]] = await Promise.all([
    tx.db.execute<{ count: number }>(
      sql`select count(*)::int as count from transition where board_id = ${boardId}::uuid`,
    ),
    requireColumns(tx, actor, [toColumnId, ...(fromColumnIds ?? [])]),
    requireFields(tx, actor, requiredFields),
  ]);
  if ((counted?.count ?? 0) >= TRANSITIONS_PER_BOARD) throw new AppError("BOARD_FULL");
  const version = tx.nextVersion(boardId);
  const transition = { id: newId(), boardId, name, fromColumnIds, toColumnId, minimumRole, requiredFields, version };
  tx.send(
    tx.db.execute(sql`
      insert into transition (id, org_id, board_id, name, from_column_ids, to_column_id, minimum_role, required_fields, version)
      values (${transition.id}::uuid, ${actor.orgId}::uuid, ${boardId}::uuid, ${name}, ${idsOrNull(fromColumnIds)},
        ${toColumnId}::uuid, ${minimumRole}, ${words(requiredFields)}, ${version}::bigint)`),
  );
  announce(tx, actor, { type: "transition.created", data: { transition } });
  return transition;
}

/**
 * Changes a way into a column. Announces `transition.updated`, and nothing when nothing changed.
 * Fails: TRANSITION_NOT_FOUND, COLUMN_NOT_FOUND, FIELD_NOT_FOUND.
 */
export async function updateTransition(tx: Tx, actor: BoardActor, input: UpdateTransition): Promise<Transition> {
  const { transitionId, toColumnId, fromColumnIds } = input;
  const [before] = await Promise.all([
    getTransition(tx, actor, transitionId),
    requireColumns(tx, actor, [...(toColumnId === undefined ? [] : [toColumnId]), ...(fromColumnIds ?? [])]),
    requireFields(tx, actor, input.requiredFields ?? []),
  ]);
  const after = withChanges(before, input);
  if (JSON.stringify(after) === JSON.stringify(before)) return before;
  const transition = { ...after, version: tx.nextVersion(actor.boardId) };
  tx.send(
    tx.db.execute(sql`
      update transition set name = ${after.name}, from_column_ids = ${idsOrNull(after.fromColumnIds)},
        to_column_id = ${after.toColumnId}::uuid, minimum_role = ${after.minimumRole},
        required_fields = ${words(after.requiredFields)}, version = ${transition.version}::bigint
      where board_id = ${actor.boardId}::uuid and id = ${transitionId}::uuid`),
  );
  announce(tx, actor, { type: "transition.updated", data: { transition } });
  return transition;
}

function withChanges(before: Transition, input: UpdateTransition): Transition {
  const { name = before.name, toColumnId = before.toColumnId, requiredFields = before.requiredFields } = input;
  const { fromColumnIds = before.fromColumnIds, minimumRole = before.minimumRole } = input;
  return { ...before, name, fromColumnIds, toColumnId, minimumRole, requiredFields };
}

/** Takes a way into a column away: with the last one it is open to all. Announces `transition.deleted`. Fails: TRANSITION_NOT_FOUND. */
export async function deleteTransition(tx: Tx, actor: BoardActor, { transitionId }: DeleteTransition): Promise<null> {
  await getTransition(tx, actor, transitionId);
  tx.send(
    tx.db.execute(sql`delete from transition where board_id = ${actor.boardId}::uuid and id = ${transitionId}::uuid`),
  );
  announce(tx, actor, { type: "transition.deleted", data: { transitionId } });
  return null;
}

async function getTransition({ db }: Tx, { boardId }: BoardActor, transitionId: string): Promise<Transition> {
  const [row] = await db.execute<{ transition: Transition }>(sql`
    select ${transitionJson} as transition from transition r
    where r.board_id = ${boardId}::uuid and r.id = ${transitionId}::uuid`);
  if (!row) throw new AppError("TRANSITION_NOT_FOUND");
  return row.transition;
}

/** Columns are archived, and never deleted: what is named here stays. */
async function requireColumns({ db }: Tx, { boardId }: BoardActor, columnIds: readonly string[]): Promise<void> {
  const [row] = await db.execute<{ isWhole: boolean }>(sql`
    select count(c.id) = count(*) as "isWhole" from unnest(${each("uuid", columnIds, (id) => id)}) w(id)
    left join board_column c on c.board_id = ${boardId}::uuid and c.id = w.id`);
  if (row?.isWhole !== true) throw new AppError("COLUMN_NOT_FOUND");
}

/** Those that are named by their ids are fields of the project, which are archived and never deleted. */
async function requireFields(
  { db }: Tx,
  { boardId }: BoardActor,
  required: Transition["requiredFields"],
): Promise<void> {
  const ids = required.filter((field) => Id.safeParse(field).success);
  if (ids.length === 0) return;
  const [row] = await db.execute<{ isWhole: boolean }>(sql`
    select count(f.id) = count(*) as "isWhole" from unnest(${each("uuid", ids, (id) => id)}) w(id)
    left join board b on b.id = ${boardId}::uuid
    left join task_field f on f.org_id = b.org_id and f.project_id = b.project_id and f.id = w.id and f.state = 'open'`);
  if (row?.isWhole !== true) throw new AppError("FIELD_NOT_FOUND");
}

function idsOrNull(ids: readonly string[] | null): SQL {
  return ids === null ? sql`null` : each("uuid", ids, (id) => id);
}
