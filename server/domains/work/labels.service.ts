import { sql } from "drizzle-orm";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { announce, type Tx } from "../../core/tx.ts";
import type { CreateLabel, DeleteLabel, Label, UpdateLabel } from "./labels.contract.ts";
import { labelJson } from "./rows.ts";

/** The most labels that a board may have. */
export const LABELS_PER_BOARD = 200;

/** Creates a label. Announces `label.created`. Fails: ID_TAKEN, BOARD_FULL. */
export async function createLabel(tx: Tx, actor: BoardActor, input: CreateLabel): Promise<Label> {
  const id = input.id ?? newId();
  const [row] = await tx.db.execute<{ taken: boolean; count: string }>(sql`
    select exists (select 1 from label where id = ${id}::uuid) as taken,
      (select count(*) from label where board_id = ${actor.boardId}::uuid) as count`);
  if (row?.taken) throw new AppError("ID_TAKEN");
  if (Number(row?.count) >= LABELS_PER_BOARD) throw new AppError("BOARD_FULL");
  const { name, color } = input;
  const label: Label = { id, boardId: actor.boardId, name, color, version: tx.nextVersion(actor.boardId) };
  tx.send(
    tx.db.execute(sql`
      insert into label (id, org_id, board_id, name, color, version)
      values (${id}::uuid, ${actor.orgId}::uuid, ${actor.boardId}::uuid, ${name}, ${color}, ${label.version}::bigint)`),
  );
  announce(tx, actor, { type: "label.created", data: { label } });
  return label;
}

/** Renames or recolours a label. Announces `label.updated`, and nothing when nothing changed. Fails: LABEL_NOT_FOUND. */
export async function updateLabel(tx: Tx, actor: BoardActor, input: UpdateLabel): Promise<Label> {
  const before = await getLabel(tx, actor, input.labelId);
  const name = input.name ?? before.name;
  const color = input.color ?? before.color;
  if (name === before.name && color === before.color) return before;
  const label: Label = { ...before, name, color, version: tx.nextVersion(actor.boardId) };
  tx.send(
    tx.db.execute(sql`
      update label set name = ${name}, color = ${color}, version = ${label.version}::bigint
      where org_id = ${actor.orgId}::uuid and board_id = ${actor.boardId}::uuid and id = ${label.id}::uuid`),
  );
  announce(tx, actor, { type: "label.updated", data: { label } });
  return label;
}

/** Deletes a label, also from the tasks that have it. Announces `label.deleted`. Fails: LABEL_NOT_FOUND. */
export async function deleteLabel(tx: Tx, actor: BoardActor, input: DeleteLabel): Promise<null> {
  const { id } = await getLabel(tx, actor, input.labelId);
  tx.send(
    tx.db.execute(sql`
      delete from label
      where org_id = ${actor.orgId}::uuid and board_id = ${actor.boardId}::uuid and id = ${id}::uuid`),
  );
  announce(tx, actor, { type: "label.deleted", data: { labelId: id } });
  return null;
}

async function getLabel(tx: Tx, actor: BoardActor, labelId: string): Promise<Label> {
  const [row] = await tx.db.execute<{ label: Label }>(sql`
    select ${labelJson} as label from label l
    where l.org_id = ${actor.orgId}::uuid and l.board_id = ${actor.boardId}::uuid and l.id = ${labelId}::uuid`);
  if (!row) throw new AppError("LABEL_NOT_FOUND");
  return row.label;
}
