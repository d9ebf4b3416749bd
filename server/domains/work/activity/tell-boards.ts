import type { Board } from "../boards.contract.ts";
import type { Recurrence } from "../recurrences.contract.ts";
import type { ReadData } from "./read-data.ts";
import { quoted, type RawPart, ref, say, type Tellers, told } from "./words.ts";

type OfBoards = Extract<
  keyof ReadData,
  `${"board" | "column" | "label" | "field" | "transition" | "recurrence"}.${string}`
>;

const THE_BOARD = "the board";

/** How what happens to boards, and to what they are made of, is told. */
export const TELL_BOARDS: Tellers<OfBoards, ReadData> = {
  "board.updated": ({ board }) => told(say`called ${THE_BOARD} ${quoted(board.name)}`, ofBoard("name", board)),
  "board.visibility-changed": ({ board }) =>
    told(
      board.visibility === "org" ? say`showed ${THE_BOARD} to the organisation` : say`made ${THE_BOARD} private`,
      ofBoard("visibility", board),
    ),
  "board.archived": ({ board }) => told(say`archived ${THE_BOARD}`, ofBoard("state", board)),
  "board.restored": ({ board }) => told(say`brought ${THE_BOARD} back from the archive`, ofBoard("state", board)),
  "board.lanes-set": ({ laneBy }) =>
    told(laneBy === null ? say`took the lanes off ${THE_BOARD}` : say`cut ${THE_BOARD} into lanes`, [
      { field: "laneBy", to: laneBy },
    ]),
  "board.reset": ({ restored, restoredColumnId }, the) => {
    if (restoredColumnId !== undefined) {
      return told(say`brought the column ${ref("column", restoredColumnId)} back with its tasks`);
    }
    if (!restored) return told(say`changed much of ${THE_BOARD} at once`);
    return told(say`put ${the} back onto ${THE_BOARD}`, [{ field: "state", from: "archived", to: "open" }]);
  },
  "board.shared": ({ member: { userId, role } }) =>
    told(say`shared ${THE_BOARD} with ${ref("person", userId)}, as ${role ?? "nothing"}`, [
      { field: "role", of: ref("person", userId), to: role },
    ]),
  "board.unshared": ({ userId }) =>
    told(say`shares ${THE_BOARD} with ${ref("person", userId)} no longer`, [
      { field: "role", of: ref("person", userId), to: null },
    ]),
  "board.member-renamed": ({ userId, name }) =>
    told(say`go by another name`, [{ field: "name", of: ref("person", userId), to: name }]),
  "column.created": ({ column }) =>
    told(say`added the column ${ref("column", column.id)}`, [{ field: "name", ...ofColumn(column), to: column.name }]),
  "column.updated": ({ columnId, name, wipLimit, stateGroup, wipMode }) => {
    const of = ref("column", columnId);
    const parts: RawPart[] = [
      { field: "name", of, to: name },
      { field: "wipLimit", of, to: wipLimit },
      ...(stateGroup === undefined ? [] : [{ field: "stateGroup", of, to: stateGroup }]),
      ...(wipMode === undefined ? [] : [{ field: "wipMode", of, to: wipMode }]),
    ];
    return told(say`changed the column ${of}`, parts);
  },
  "column.moved": ({ columnId }) => told(say`moved the column ${ref("column", columnId)}`),
  "column.archived": ({ columnId }) =>
    told(say`archived the column ${ref("column", columnId)}`, [
      { field: "state", of: ref("column", columnId), from: "open", to: "archived" },
    ]),
  "column.restored": ({ column }) =>
    told(say`brought the column ${ref("column", column.id)} back with its tasks`, [
      { field: "state", ...ofColumn(column), from: "archived", to: "open" },
    ]),
  "column.reranked": ({ columnId }) => told(say`had the tasks of ${ref("column", columnId)} numbered anew`),
  "label.created": ({ label }) =>
    told(say`made the label ${ref("label", label.id)}`, [
      { field: "name", of: ref("label", label.id), to: label.name },
      { field: "color", of: ref("label", label.id), to: label.color },
    ]),
  "label.updated": ({ label }) =>
    told(say`changed the label ${ref("label", label.id)}`, [
      { field: "name", of: ref("label", label.id), to: label.name },
      { field: "color", of: ref("label", label.id), to: label.color },
    ]),
  "label.deleted": ({ labelId }) => told(say`deleted ${ref("label", labelId)}`),
  "field.created": ({ field }) => told(say`added the field ${ref("field", field.id)} to the project`),
  "field.updated": ({ field }) =>
    told(
      field.state === "open"
        ? say`changed the field ${ref("field", field.id)} of the project`
        : say`archived the field ${ref("field", field.id)} of the project`,
      [
        { field: "name", of: ref("field", field.id), to: field.name },
        { field: "state", of: ref("field", field.id), to: field.state },
      ],
    ),
  "transition.created": ({ transition: { id, toColumnId } }) =>
    told(say`made the way ${ref("transition", id)} into ${ref("column", toColumnId)}`),
  "transition.updated": ({ transition: { id, toColumnId } }) =>
    told(say`changed the way ${ref("transition", id)} into ${ref("column", toColumnId)}`),
  "recurrence.created": ({ recurrence }) =>
    told(
      say`lets ${ref("task", recurrence.taskId)} recur in ${ref("column", recurrence.columnId)}`,
      ofRule(recurrence),
    ),
  "recurrence.updated": ({ recurrence }) => {
    const task = ref("task", recurrence.taskId);
    if (recurrence.state === "paused") return told(say`paused what recurs as ${task}`, ofRule(recurrence));
    if (recurrence.state === "ended") return told(say`made the last one of what recurs as ${task}`, ofRule(recurrence));
    return told(say`went on with what recurs as ${task}`, ofRule(recurrence));
  },
  "recurrence.deleted": () => told(say`lets something recur no longer`),
  "transition.deleted": ({ transitionId }) => told(say`deleted ${ref("transition", transitionId)}`),
};

function ofBoard(field: "name" | "visibility" | "state", board: Board): RawPart[] {
  return [{ field, to: board[field] }];
}

function ofRule({ taskId, rule, state, nextOn, problem }: Recurrence): RawPart[] {
  const of = ref("task", taskId);
  return Object.entries({ rule, state, nextOn, problem }).map(([field, to]) => ({ field, of, to }));
}

function ofColumn({ id }: { id: string }) {
  return { of: ref("column", id) };
}
