import { LANE_KINDS } from "../../db/enums.ts";
import type { Random } from "./random.ts";
import { some, type Surroundings, text } from "./surroundings.ts";

/** What is done to what is on a task, or between tasks: `boardId` is the caller's. */
export function detailInput(procedure: string, random: Random, around: Surroundings): Record<string, unknown> {
  const { board, userId } = around;
  const [noun = ""] = procedure.split(".");
  const make = MAKERS[noun];
  if (make) return make(procedure, random, around);
  switch (noun) {
    case "changes":
      return { version: board.change(userId, random) };
    case "trash":
      return { taskIds: some(random, board.trashedTasks, 1) };
    case "time":
      return procedure === "time.start" ? { taskId: board.task(random) } : {};
    case "plans": {
      const plan = random.pick(board.grounds.plans) ?? { id: random.uuid(), kind: "sprint" };
      const taskIds = some(random, board.tasks, 1);
      return { taskIds, kind: plan.kind, planId: random.chance(0.2) ? null : plan.id };
    }
    default:
      return { laneBy: random.chance(0.3) ? null : random.pick(LANE_KINDS) };
  }
}

const MAKERS: Readonly<Record<string, typeof detailInput>> = {
  checkItems: checklistInput,
  checklists: checklistInput,
  comments: commentInput,
  recurrences: recurrenceInput,
  relations: relationInput,
  transitions: transitionInput,
};

function checklistInput(procedure: string, random: Random, { board, userIds }: Surroundings): Record<string, unknown> {
  const checklist = board.detail("checklists", random);
  const item = board.detail("items", random);
  const { id: itemId } = item;
  const ofItem = { taskId: item.taskId, itemId };
  const siblings = (noun: "checklists" | "items", taskId: string) =>
    board.details[noun].filter((one) => one.taskId === taskId).map(({ id }) => id);
  const place = (noun: "checklists" | "items", taskId: string) =>
    random.chance(0.5) ? {} : { after: random.chance(0.4) ? null : random.pick(siblings(noun, taskId)) };
  switch (procedure) {
    case "checklists.create": {
      const taskId = board.task(random);
      return { id: random.uuid(), taskId, name: text(random, "List"), ...place("checklists", taskId) };
    }
    case "checklists.update":
      return { taskId: checklist.taskId, checklistId: checklist.id, name: text(random, "List") };
    case "checklists.move":
      return { taskId: checklist.taskId, checklistId: checklist.id, ...place("checklists", checklist.taskId) };
    case "checkItems.create":
      return {
        id: random.uuid(),
        taskId: checklist.taskId,
        checklistId: checklist.id,
        text: text(random, "Item"),
        ...place("items", checklist.taskId),
        ...(random.chance(0.2) ? { assigneeId: random.pick(userIds) } : {}),
      };
    case "checkItems.update":
      return {
        ...ofItem,
        ...(random.chance(0.7) ? { state: random.pick(["open", "done"]) } : { text: text(random, "Item") }),
      };
    case "checkItems.move": {
      const checklistId = random.pick(siblings("checklists", item.taskId)) ?? random.uuid();
      return { ...ofItem, checklistId, ...place("items", item.taskId) };
    }
    case "checkItems.convert":
      return { ...ofItem, id: random.uuid(), columnId: random.pick(board.columns) ?? random.uuid() };
    case "checkItems.delete":
      return ofItem;
    default:
      return { taskId: checklist.taskId, checklistId: checklist.id };
  }
}

function commentInput(procedure: string, random: Random, { board, userIds }: Surroundings): Record<string, unknown> {
  const comment = board.detail("comments", random);
  const says = () => `${text(random, "Says")}${random.chance(0.3) ? ` <@${random.pick(userIds)}>` : ""}`;
  const target = { taskId: comment.taskId, commentId: comment.id };
  switch (procedure) {
    case "comments.create":
      return random.chance(0.4)
        ? { id: random.uuid(), taskId: comment.taskId, parentId: comment.id, text: says() }
        : { id: random.uuid(), taskId: board.task(random), text: says() };
    case "comments.update":
      return { ...target, text: says() };
    case "comments.react":
    case "comments.unreact":
      return { ...target, emoji: random.pick(["👍", "🎉"]) };
    default:
      return target;
  }
}

/** Mostly between tasks of the board, and often such that a cycle would come of it. */
function relationInput(procedure: string, random: Random, { board, boards }: Surroundings): Record<string, unknown> {
  if (procedure === "relations.delete") {
    const { id, taskId } = board.detail("relations", random);
    return { taskId, relationId: id };
  }
  const few = board.tasks.slice(-6);
  const other = random.chance(0.7) ? random.pick(few) : random.pick(boards)?.task(random);
  return {
    taskId: random.pick(few) ?? random.uuid(),
    name: random.weighted([
      ["blocks", 4],
      ["blocked-by", 3],
      ["relates", 1],
      ["duplicates", 1],
    ]),
    otherTaskId: other ?? random.uuid(),
  };
}

function transitionInput(procedure: string, random: Random, { board }: Surroundings): Record<string, unknown> {
  const transitionId = random.pick(board.transitions) ?? random.uuid();
  const fromColumnIds = random.chance(0.4) ? null : some(random, board.columns, 1);
  const demands = {
    fromColumnIds,
    minimumRole: random.chance(0.2) ? "manager" : null,
    requiredFields: random.chance(0.3) ? [random.pick(["labels", "priority", "due", "assignees"])] : [],
  };
  switch (procedure) {
    case "transitions.create":
      return { name: text(random, "Way"), toColumnId: random.pick(board.columns) ?? random.uuid(), ...demands };
    case "transitions.update":
      return { transitionId, ...demands };
    default:
      return { transitionId };
  }
}

/** The next one comes when the last one is done: a run is too short for dates. */
function recurrenceInput(procedure: string, random: Random, { board }: Surroundings): Record<string, unknown> {
  const recurrenceId = board.detail("recurrences", random).id;
  const columnId = random.pick(board.columns) ?? random.uuid();
  switch (procedure) {
    case "recurrences.create":
      return {
        taskId: board.task(random),
        columnId,
        rule: random.pick(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO", "FREQ=DAILY;COUNT=2"]),
        startsOn: "2026-01-01",
        timeZone: "UTC",
        mode: "completion",
      };
    case "recurrences.update":
      return { recurrenceId, columnId };
    default:
      return { recurrenceId };
  }
}
