import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { Tx } from "../../core/tx.ts";
import { BoardPicture } from "./board-picture.ts";
import { createCheckItem } from "./check-items.service.ts";
import { createChecklist, getChecklists } from "./checklists.service.ts";
import { checkValues } from "./field-values.ts";
import type { FieldPatch, FieldValues } from "./fields.contract.ts";
import { plusDays } from "./recurrence-dates.ts";
import type { Recurrence } from "./recurrences.contract.ts";
import { peopleIn } from "./task-grounds.ts";
import type { Task } from "./tasks.contract.ts";
import { createTask, getTask } from "./tasks.service.ts";

interface Copy {
  readonly from: Pick<Recurrence, "taskId" | "columnId" | "dueAfterDays" | "timeZone">;
  readonly id: string;
  /** The day that it is for. */
  readonly on: string;
}

/**
 * Makes a task like the pattern of a recurrence: with what it says, and its checklists, all of whose items are open.
 * Whoever can no longer see the board is left out, and so are values that cannot be given any more. Fails as the making of
 * a task does, and TASK_NOT_FOUND when the pattern is on another board by now, or in
 * the trash.
 */
export async function copyPattern(tx: Tx, actor: BoardActor, { from, id, on }: Copy): Promise<void> {
  const { boardId } = actor;
  const pattern = await getTask(tx.db, actor, { boardId, taskId: from.taskId });
  if (pattern.state === "trashed") throw new AppError("TASK_NOT_FOUND");
  const { checklists, items } = await getChecklists(tx.db, actor, { boardId, taskId: from.taskId });
  const people = [...pattern.assigneeIds, ...items.flatMap(({ assigneeId }) => assigneeId ?? [])];
  const picture = tx.picture(BoardPicture);
  await picture.require(boardId, { fields: true, people: [...people, ...peopleIn(pattern.fields)] });
  const isHere = (userId: string) => picture.person(boardId, userId) !== undefined;
  await createTask.run(tx, actor, {
    ...wordsOf(pattern),
    boardId,
    columnId: from.columnId,
    id,
    ...(from.dueAfterDays === null
      ? { dueAt: null }
      : { dueAt: null, dueOn: plusDays(on, from.dueAfterDays), timeZone: from.timeZone }),
    assigneeIds: pattern.assigneeIds.filter(isHere),
    fields: givable(picture, boardId, pattern.fields),
  });
  for (const { id: checklistId, name } of checklists) {
    const copy = await createChecklist.run(tx, actor, { boardId, taskId: id, name });
    for (const { text, assigneeId } of items.filter((item) => item.checklistId === checklistId)) {
      const assigned = assigneeId !== null && isHere(assigneeId) ? assigneeId : null;
      await createCheckItem.run(tx, actor, {
        boardId,
        taskId: id,
        checklistId: copy.id,
        text,
        state: "open",
        assigneeId: assigned,
        dueAt: null,
      });
    }
  }
}

function wordsOf({ title, description, priority, estimate, coverColor, labelIds }: Task) {
  return { title, description, priority, estimate, coverColor, labelIds };
}

/** What of these values a new task may have. */
function givable(picture: BoardPicture, boardId: string, values: FieldValues): FieldPatch {
  const fields = picture.fields(boardId);
  const isPerson = (fieldId: string) => fields.some(({ id, kind }) => id === fieldId && kind === "person");
  return Object.fromEntries(
    Object.entries(values).filter(([fieldId, value]) => {
      if (isPerson(fieldId) && typeof value === "string" && !picture.person(boardId, value)) return false;
      return "changes" in checkValues(fields, {}, { [fieldId]: value });
    }),
  );
}
