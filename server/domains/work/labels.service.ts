import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { announce } from "../../core/tx.ts";
import type { BoardPicture } from "./board-picture.ts";
import { boardService } from "./board-service.ts";
import type { CreateLabel, DeleteLabel, Label, UpdateLabel } from "./labels.contract.ts";
import { newThings } from "./needs.ts";

/** The most labels that a board may have. */
export const LABELS_PER_BOARD = 200;

/** Creates a label. Announces `label.created`. Fails: ID_TAKEN, BOARD_FULL. */
export const createLabel = boardService<CreateLabel, Label>(
  ({ id }) => ({ created: newThings("label", id), labelCount: true }),
  (picture, actor, { id = newId(), name, color }) => {
    if (picture.isTaken({ kind: "label", id })) throw new AppError("ID_TAKEN");
    if (picture.labels.count(actor.boardId) >= LABELS_PER_BOARD) throw new AppError("BOARD_FULL");
    const label: Label = { id, boardId: actor.boardId, name, color, version: picture.tx.nextVersion(actor.boardId) };
    picture.labels.put(label);
    announce(picture.tx, actor, { type: "label.created", data: { label } });
    return label;
  },
);

/** Renames or recolours a label. Announces `label.updated`, and nothing when nothing changed. Fails: LABEL_NOT_FOUND. */
export const updateLabel = boardService<UpdateLabel, Label>(
  ({ labelId }) => ({ labelIds: [labelId] }),
  (picture, actor, input) => {
    const before = requireLabel(picture, actor, input.labelId);
    const { name = before.name, color = before.color } = input;
    if (name === before.name && color === before.color) return before;
    const label: Label = { ...before, name, color, version: picture.tx.nextVersion(actor.boardId) };
    picture.labels.put(label);
    announce(picture.tx, actor, { type: "label.updated", data: { label } });
    return label;
  },
);

/** Deletes a label, also from the tasks that have it. Announces `label.deleted`. Fails: LABEL_NOT_FOUND. */
export const deleteLabel = boardService<DeleteLabel, null>(
  ({ labelId }) => ({ labelIds: [labelId] }),
  (picture, actor, { labelId }) => {
    picture.deleteLabel(requireLabel(picture, actor, labelId));
    announce(picture.tx, actor, { type: "label.deleted", data: { labelId } });
    return null;
  },
);

function requireLabel({ labels }: BoardPicture, actor: BoardActor, labelId: string): Label {
  const label = labels.get(actor.boardId, labelId);
  if (!label) throw new AppError("LABEL_NOT_FOUND");
  return label;
}
