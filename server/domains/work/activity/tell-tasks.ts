import type { CheckItem } from "../checklists.contract.ts";
import type { Attachment } from "../attachments.contract.ts";
import type { BoardRelation } from "../relations.contract.ts";
import type { ManyData, ReadData } from "./read-data.ts";
import { partsOf, partsOfNew } from "./task-changes.ts";
import { type RawPart, ref, say, type Tellers, type Telling, told, type Word } from "./words.ts";

type OfTasks = Extract<
  keyof ReadData,
  | `${"task" | "tasks" | "time" | "relation" | "comment" | "attachment" | "check-item"}.${string}`
  | `checklist.${string}`
>;

/** How what happens to tasks is told. */
export const TELL_TASKS: Tellers<OfTasks, ReadData> = {
  "task.created": ({ task }, the) => told(say`created ${the} in ${ref("column", task.columnId)}`, partsOfNew(task)),
  "task.updated": ({ changes, fields = {}, description, ...people }, the) => {
    const parts = partsOf({ changes, fields, hasOtherDescription: description !== undefined, ...people });
    return told(say`changed ${the}: ${parts}`, parts);
  },
  "task.moved": ({ columnId, fromColumnId }, the) => moved(the, columnId, fromColumnId),
  "task.left": ({ toBoardId }, the) => {
    const board = ref("board", toBoardId);
    return told(say`moved ${the} to ${board}`, [{ field: "boardId", to: board }]);
  },
  "task.arrived": ({ task, fromBoardId, fromKey }, the) => {
    const [board, column] = [ref("board", fromBoardId), ref("column", task.columnId)];
    return told(say`moved ${the} from ${board} to ${column}`, [
      { field: "boardId", from: board },
      { field: "columnId", to: column },
      { field: "key", from: fromKey, to: task.key },
    ]);
  },
  "task.archived": (_, the) => archived(the),
  "task.restored": ({ task }, the) => {
    const column = ref("column", task.columnId);
    return told(say`put ${the} back into ${column}`, [OPEN, { field: "columnId", to: column }]);
  },
  "task.blockers-counted": ({ blockerIds, blockersElsewhere }, the) =>
    told(say`changed what blocks ${the}`, [{ field: "blockers", to: blockerIds.length + blockersElsewhere }]),
  "tasks.updated": (data, the) => {
    const parts = partsOf({ changes: {}, ...data });
    return told(parts.length > 0 ? say`changed ${the}: ${parts}` : say`changed ${the}`, parts);
  },
  "tasks.moved": movedMany,
  "tasks.planned": ({ kind, planId }, the) =>
    told(planId === null ? say`took ${the} out of its ${kind}` : say`put ${the} into a ${kind}`, [
      { field: kind, to: planId },
    ]),
  "tasks.archived": (_, the) => archived(the),
  "tasks.restored": (_, the) => told(say`put ${the} back onto the board`, [OPEN]),
  "tasks.deleted": (_, the) => told(say`deleted ${the}`, [{ field: "state", to: "trashed" }]),
  "tasks.recovered": ({ state }, the) =>
    told(say`took ${the} out of the trash`, [{ field: "state", from: "trashed", ...(state && { to: state }) }]),
  "tasks.purged": (_, the) => told(say`deleted ${the} for good`),
  "checklist.created": ({ checklist, ...counts }, the) =>
    told(say`added the checklist ${ref("checklist", checklist.id)} to ${the}`, items(counts)),
  "checklist.updated": ({ checklist, ...counts }, the) =>
    told(say`renamed the checklist ${ref("checklist", checklist.id)} on ${the}`, items(counts)),
  "checklist.moved": ({ checklist, ...counts }, the) =>
    told(say`moved the checklist ${ref("checklist", checklist.id)} on ${the}`, items(counts)),
  "checklist.deleted": (counts, the) => told(say`deleted a checklist of ${the}`, items(counts)),
  "checklist.reranked": (_, the) => told(say`had the checklists of ${the} numbered anew`),
  "check-item.created": ({ item, ...counts }, the) =>
    told(say`added ${ref("check-item", item.id)} to ${the}`, [...ofItem(item), ...items(counts)]),
  "check-item.updated": ({ item, assignedId, ...counts }, the) => {
    const parts = [...ofItem(item), ...items(counts)];
    const itself = ref("check-item", item.id);
    if (assignedId !== undefined) return told(say`assigned ${ref("person", assignedId)} to ${itself} on ${the}`, parts);
    return told(item.state === "done" ? say`has ${itself} done on ${the}` : say`changed ${itself} on ${the}`, parts);
  },
  "check-item.moved": ({ item, ...counts }, the) =>
    told(say`moved ${ref("check-item", item.id)} to ${ref("checklist", item.checklistId)} on ${the}`, items(counts)),
  "check-item.deleted": (counts, the) => told(say`deleted an item from a checklist of ${the}`, items(counts)),
  "relation.created": ({ relation }, the) => related("related", relation, the),
  "relation.deleted": ({ relation }, the) => related("no longer relates", relation, the),
  "comment.created": ({ comment, commentCount }, the) =>
    told(comment.parentId === null ? say`commented on ${the}` : say`answered a comment on ${the}`, [
      { field: "comment", to: ref("comment", comment.id) },
      { field: "commentCount", to: commentCount },
    ]),
  "comment.updated": ({ comment }, the) =>
    told(say`edited a comment on ${the}`, [{ field: "comment", to: ref("comment", comment.id) }]),
  "comment.deleted": ({ commentId, commentCount }, the) =>
    told(say`deleted a comment on ${the}`, [
      { field: "comment", from: ref("comment", commentId), to: null },
      { field: "commentCount", to: commentCount },
    ]),
  "comment.reacted": ({ commentId, emoji }, the) =>
    told(say`reacted with ${emoji} to a comment on ${the}`, [
      { field: "reaction", of: ref("comment", commentId), to: emoji },
    ]),
  "comment.unreacted": ({ commentId, emoji }, the) =>
    told(say`took back ${emoji} from a comment on ${the}`, [
      { field: "reaction", of: ref("comment", commentId), from: emoji, to: null },
    ]),
  "time.changed": ({ entryId, userId, change, seconds }, the) =>
    told(
      [...TIMES[change], " ", ref("person", userId), " on ", the],
      [
        {
          field: "time",
          of: ref("time", entryId),
          ...(change === "deleted" ? { from: seconds, to: null } : { to: seconds }),
        },
      ],
    ),
  "attachment.created": ({ attachment, attachmentCount }, the) =>
    told(say`attached ${ofFile(attachment)} to ${the}`, [
      { field: "attachment", to: ofFile(attachment) },
      { field: "attachmentCount", to: attachmentCount },
    ]),
  "attachment.updated": ({ attachment }, the) =>
    told(say`changed the file ${ofFile(attachment)} of ${the}`, [{ field: "attachment", to: ofFile(attachment) }]),
  "attachment.deleted": ({ attachmentId, attachmentCount }, the) =>
    told(say`deleted a file of ${the}`, [
      { field: "attachment", from: ref("attachment", attachmentId), to: null },
      { field: "attachmentCount", to: attachmentCount },
    ]),
};

/** Whose time it is comes behind. */
const TIMES = {
  started: say`started the timer of`,
  stopped: say`stopped the timer of`,
  added: say`added time of`,
  corrected: say`corrected time of`,
  deleted: say`deleted time of`,
} as const;

const OPEN: RawPart = { field: "state", from: "archived", to: "open" };

function archived(the: Word): Telling {
  return told(say`archived ${the}`, [{ field: "state", from: "open", to: "archived" }]);
}

/** Within its column there is nothing to tell but that. */
function moved(the: Word, to: string, from: string | undefined): Telling {
  const column = ref("column", to);
  if (from === to) return told(say`moved ${the} within ${column}`);
  if (from === undefined) return told(say`moved ${the} to ${column}`, [{ field: "columnId", to: column }]);
  const parts = [{ field: "columnId", from: ref("column", from), to: column }];
  return told(say`moved ${the} from ${ref("column", from)} to ${column}`, parts);
}

function movedMany({ columnId, fromColumnId }: ManyData["tasks.moved"], the: Word): Telling {
  if (typeof columnId !== "string") return told(say`moved ${the}`);
  return moved(the, columnId, fromColumnId ?? undefined);
}

function items({ itemsDone, itemsTotal }: { itemsDone: number; itemsTotal: number }): RawPart[] {
  return [
    { field: "itemsDone", to: itemsDone },
    { field: "itemsTotal", to: itemsTotal },
  ];
}

function ofItem(item: CheckItem): RawPart[] {
  const of = ref("check-item", item.id);
  return [
    { field: "itemState", of, to: item.state },
    { field: "itemAssigneeId", of, to: item.assigneeId === null ? null : ref("person", item.assigneeId) },
    { field: "itemDueAt", of, to: item.dueAt },
  ];
}

function ofFile({ id }: Attachment) {
  return ref("attachment", id);
}

const RELATED = { blocks: "blocks", relates: "is related to", duplicates: "duplicates" } as const;

/** A task of another board is not named here: not everybody may see it. */
function related(verb: "related" | "no longer relates", relation: BoardRelation, the: Word): Telling {
  const { kind, fromTaskId, toTaskId } = relation;
  const elsewhere = "a task of another board";
  const from = fromTaskId === null ? elsewhere : ref("task", fromTaskId);
  const to = toTaskId === null ? elsewhere : ref("task", toTaskId);
  const parts: RawPart[] = [fromTaskId, toTaskId].flatMap((id) =>
    id === null ? [] : [{ field: "relation", [verb === "related" ? "to" : "from"]: ref("task", id) }],
  );
  const says = verb === "related" ? say`said of ${the}: ` : say`took back of ${the}: `;
  return told([...says, ...say`${from} ${RELATED[kind]} ${to}`], parts);
}
