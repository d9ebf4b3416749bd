import fc from "fast-check";
import { LANE_KINDS } from "../../db/enums.ts";
import { newId } from "../../server/core/ids.ts";
import { DETAILS, pick, settingOf } from "./model.ts";
import type { Person } from "./world.ts";

// Random changes of two boards of an organisation by several people, some of whom may not make them.

/** One change: `picks` choose, out of what there is when its turn comes, what it is made to. */
export interface Step {
  readonly path: string;
  readonly who: number;
  readonly picks: readonly number[];
}

const PATHS = {
  "tasks.create": 6,
  "tasks.update": 6,
  "tasks.move": 10,
  "tasks.archive": 3,
  "tasks.restore": 5,
  "tasks.bulkUpdate": 2,
  "tasks.bulkMove": 3,
  "tasks.bulkArchive": 1,
  "tasks.bulkRestore": 2,
  "tasks.delete": 2,
  "tasks.copy": 2,
  "tasks.moveToBoard": 5,
  "trash.restore": 3,
  "trash.delete": 2,
  "changes.undo": 6,
  "checklists.create": 3,
  "checklists.delete": 1,
  "checkItems.create": 4,
  "checkItems.update": 2,
  "checkItems.convert": 1,
  "checkItems.delete": 1,
  "relations.create": 5,
  "relations.delete": 1,
  "recurrences.create": 3,
  "recurrences.pause": 1,
  "recurrences.resume": 1,
  "recurrences.delete": 1,
  "time.start": 1,
  "time.stop": 1,
  "columns.create": 2,
  "columns.update": 2,
  "columns.move": 2,
  "columns.archive": 1,
  "columns.restore": 3,
  "labels.create": 2,
  "labels.update": 2,
  "labels.delete": 1,
  "transitions.create": 2,
  "transitions.update": 2,
  "transitions.delete": 1,
  "comments.create": 5,
  "comments.update": 1,
  "comments.delete": 3,
  "comments.react": 2,
  "comments.unreact": 1,
  "boards.update": 3,
  "boards.setLanes": 1,
  "boards.archive": 1,
  "boards.restore": 6,
  "boards.share": 2,
  "boards.unshare": 2,
  "boards.applyChanges": 3,
};
const INNER = Object.keys(PATHS).filter(
  (path) => /^(?:tasks|columns|labels)\./u.test(path) && path !== "tasks.copy" && path !== "tasks.moveToBoard",
);

const step: fc.Arbitrary<Step> = fc.record({
  path: fc.oneof(...Object.entries(PATHS).map(([path, weight]) => ({ arbitrary: fc.constant(path), weight }))),
  who: fc.noBias(fc.nat(15)),
  picks: fc.array(fc.noBias(fc.nat(1_000)), { minLength: 12, maxLength: 12 }),
});
/** Changes of one group are made at once. */
export const history = fc.array(
  fc.oneof({ arbitrary: fc.tuple(step), weight: 3 }, fc.array(step, { minLength: 2, maxLength: 5 })),
  {
    minLength: 20,
    maxLength: 40,
  },
);

/** What is on a task. */
interface Detail {
  readonly id: string;
  readonly taskId: string;
}

/** What somebody who makes changes at random knows of a board. Ids of other boards, and of nothing, are among it. */
export interface Known {
  readonly boardId: string;
  /** The other board of the team. */
  readonly there: () => Known;
  readonly columns: string[];
  readonly tasks: string[];
  readonly trashed: string[];
  readonly labels: string[];
  readonly transitions: string[];
  /** Of changes that were made. */
  readonly versions: number[];
  readonly comments: Detail[];
  readonly checklists: Detail[];
  readonly items: Detail[];
  readonly relations: Detail[];
  readonly recurrences: Detail[];
  readonly people: readonly Person[];
}

export function inputOf(path: string, picks: readonly number[], known: Known): Record<string, unknown> {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0, p4 = 0, p5 = 0] = picks;
  // Now and then one that there is not.
  const some = (ids: readonly string[], by: number) => (by % 17 === 0 || ids.length === 0 ? newId() : pick(ids, by));
  const column = some(known.columns, p0);
  const task = some(known.tasks, p1);
  const label = some(known.labels, p2);
  const detail = (details: readonly Detail[]) =>
    details[p2 % Math.max(1, details.length)] ?? { id: newId(), taskId: task };
  const anchor = (from: readonly string[]) =>
    pick<{ after?: string | null }>([{}, { after: null }, { after: some(from, p3) }, { after: some(from, p4) }], p5);
  const labelIds = known.labels.filter((_, index) => (p4 >> index) % 2 === 1).slice(0, 4);
  const assignable = known.people.slice(0, p5 % 7 === 0 ? 6 : 4);
  const assigneeIds = assignable.filter((_, index) => (p5 >> index) % 3 === 1).map(({ id }) => id);
  switch (path) {
    case "tasks.create":
      return {
        columnId: column,
        title: `Task ${p3}`,
        ...anchor(known.tasks),
        ...pick(
          [
            {},
            { labelIds },
            { assigneeIds },
            { labelIds, assigneeIds, description: "Text", dueAt: "2026-03-01T10:00:00+02:00" },
            pick(DETAILS, p3),
          ],
          p4,
        ),
      };
    case "tasks.update":
      return {
        taskId: task,
        ...pick<object>(
          [
            { title: `Title ${p3 % 5}` },
            { description: p3 % 2 ? "" : `Text ${p3 % 3}` },
            { priority: pick(["none", "low", "urgent"], p3), dueAt: p4 % 2 ? null : "2027-01-01T00:00:00.000Z" },
            { labelIds },
            { assigneeIds },
            { labelIds, assigneeIds, title: "All at once" },
            pick(DETAILS, p3),
            { ifVersion: p3 % 20, title: "Only if nobody was faster" },
            {},
          ],
          p5,
        ),
      };
    case "tasks.move":
      return { taskId: task, columnId: column, ...anchor(known.tasks) };
    case "tasks.copy": {
      const from = p3 % 2 === 0 ? known : known.there();
      return { fromBoardId: from.boardId, taskId: some(from.tasks, p1), columnId: column, ...anchor(known.tasks) };
    }
    case "tasks.moveToBoard": {
      const there = known.there();
      return {
        taskId: task,
        toBoardId: there.boardId,
        columnId: some(there.columns, p0),
        ...anchor(there.tasks),
      };
    }
    case "tasks.archive":
    case "tasks.restore":
      return { taskId: task };
    case "tasks.bulkUpdate":
    case "tasks.bulkMove":
    case "tasks.bulkArchive":
    case "tasks.bulkRestore":
    case "tasks.delete":
    case "trash.delete":
    case "trash.restore": {
      const among = path.startsWith("trash.") ? known.trashed : known.tasks;
      const many = among.filter((_, index) => (p4 >> (index % 8)) % 2 === 1);
      const taskIds = many.length > 0 && p3 % 9 > 0 ? many : [some(among, p1)];
      if (path === "tasks.bulkMove") return { taskIds, columnId: column, ...anchor(known.tasks) };
      return {
        taskIds,
        ...(path === "tasks.bulkUpdate" ? { addLabelIds: labelIds, addAssigneeIds: assigneeIds } : {}),
      };
    }
    case "changes.undo":
      return { version: pick(known.versions.slice(-12), p3) };
    case "checklists.create":
      return { taskId: task, name: `Checklist ${p3 % 3}` };
    case "checklists.delete": {
      const { id: checklistId, taskId } = detail(known.checklists);
      return { taskId, checklistId };
    }
    case "checkItems.create": {
      const { id: checklistId, taskId } = detail(known.checklists);
      return {
        taskId,
        checklistId,
        text: `Item ${p3 % 5}`,
        ...(p4 % 3 === 0 ? { assigneeId: pick(assignable, p5).id } : {}),
      };
    }
    case "checkItems.update":
    case "checkItems.convert":
    case "checkItems.delete": {
      const { id: itemId, taskId } = detail(known.items);
      if (path === "checkItems.update") return { taskId, itemId, state: pick(["open", "done"], p3) };
      return path === "checkItems.convert" ? { taskId, itemId, columnId: column } : { taskId, itemId };
    }
    case "relations.create": {
      const others = p3 % 3 === 0 ? known.there().tasks : known.tasks;
      const name = pick(["blocks", "blocked-by", "duplicates", "relates"], p4);
      return { taskId: task, name, otherTaskId: some(others, p5) };
    }
    case "relations.delete": {
      const { id: relationId, taskId } = detail(known.relations);
      return { taskId, relationId };
    }
    case "recurrences.create":
      return {
        taskId: task,
        columnId: column,
        rule: pick(["FREQ=DAILY", "FREQ=DAILY;COUNT=2"], p3),
        startsOn: "2026-01-01",
        timeZone: "UTC",
        mode: pick(["completion", "completion", "schedule"], p4),
      };
    case "recurrences.pause":
    case "recurrences.resume":
    case "recurrences.delete":
      return { recurrenceId: detail(known.recurrences).id };
    case "time.start":
      return { taskId: task };
    case "columns.create":
      return {
        name: `Column ${p3 % 7}`,
        ...pick([{}, { wipLimit: 1 + (p3 % 3) }, settingOf(p3)], p4),
        ...anchor(known.columns),
      };
    case "columns.update":
      return {
        columnId: column,
        ...pick<object>(
          [{ name: `Name ${p3 % 3}` }, { wipLimit: 1 + (p3 % 4) }, { wipLimit: null }, settingOf(p3)],
          p4,
        ),
      };
    case "columns.move":
      return { columnId: column, ...anchor(known.columns) };
    case "columns.archive":
    case "columns.restore":
      return { columnId: column };
    case "labels.create":
      return { name: `Label ${p3 % 3}`, color: pick(["red", "blue"], p4) };
    case "labels.update":
      return { labelId: label, ...pick<object>([{ name: `Label ${p3 % 3}` }, { color: "green" }], p4) };
    case "labels.delete":
      return { labelId: label };
    case "transitions.create":
    case "transitions.update": {
      const fromColumnIds = p3 % 3 === 0 ? null : known.columns.filter((_, index) => (p3 >> index) % 2 === 1);
      return {
        ...(path === "transitions.update" ? { transitionId: some(known.transitions, p2) } : { name: `Way ${p3 % 3}` }),
        toColumnId: column,
        fromColumnIds: fromColumnIds?.length === 0 ? null : fromColumnIds,
        ...pick<object>([{}, { minimumRole: "manager" }, { requiredFields: ["labels", "due"] }], p4),
      };
    }
    case "transitions.delete":
      return { transitionId: some(known.transitions, p2) };
    case "comments.create": {
      const answered = p4 % 3 === 0 ? known.comments[p3 % Math.max(1, known.comments.length)] : undefined;
      return {
        taskId: answered?.taskId ?? task,
        parentId: answered?.id ?? null,
        text: `Text ${p3 % 5} <@${pick(known.people, p5).id}>`,
      };
    }
    case "comments.update":
    case "comments.delete":
    case "comments.react":
    case "comments.unreact": {
      const { id: commentId, taskId } = detail(known.comments);
      const target = { taskId, commentId };
      if (path === "comments.update") return { ...target, text: `Text ${p3 % 5}` };
      return path === "comments.delete" ? target : { ...target, emoji: pick(["👍", "🎉"], p3) };
    }
    case "boards.update":
      return pick<Record<string, unknown>>(
        [{ name: `Board ${p3 % 3}` }, { visibility: pick(["private", "org"], p4) }],
        p5,
      );
    case "boards.setLanes":
      return { laneBy: pick([...LANE_KINDS, null], p3) };
    case "boards.share":
      return { userId: pick(known.people, p0).id, role: pick(["viewer", "editor", "manager"], p1) };
    case "boards.unshare":
      return { userId: pick(known.people, p0).id };
    case "boards.applyChanges":
      return {
        changes: picks.slice(0, 1 + (p0 % 5)).map((by, index) => {
          const procedure = pick(INNER, by + index);
          return {
            procedure,
            ...withNewIds(procedure, inputOf(procedure, [...picks.slice(index), ...picks.slice(0, index)], known)),
          };
        }),
      };
    default:
      return {};
  }
}

/** The ids of what a change would bring into being: they are known from then on if it was not refused. */
export function withNewIds(path: string, input: Record<string, unknown>): Record<string, unknown> {
  const isNamed = /^(?:tasks|columns|labels|comments|checklists|checkItems)\.(?:create|copy|convert)$/u.test(path);
  return isNamed ? { ...input, id: newId() } : input;
}

/** Takes up what a change that was not refused has brought. */
export function learn(known: Known, path: string, input: Record<string, unknown>, answer: unknown): void {
  const { taskId, toBoardId, changes } = input;
  const id = input["id"] ?? (typeof answer === "object" && answer !== null && "id" in answer ? answer.id : undefined);
  if (typeof answer === "object" && answer !== null && "version" in answer && typeof answer.version === "number") {
    known.versions.push(answer.version);
  }
  if (typeof id === "string") {
    NEW_IDS[path]?.(known).push(id);
    if (typeof taskId === "string") NEW_DETAILS[path]?.(known).push({ id, taskId });
  }
  if (path === "tasks.delete") known.trashed.push(...textsIn(input["taskIds"]));
  // What is on a task goes along.
  if (typeof toBoardId === "string" && typeof taskId === "string") {
    const there = known.there();
    there.tasks.push(taskId);
    for (const noun of ["comments", "checklists", "items", "relations"] as const) {
      there[noun].push(...known[noun].filter((detail) => detail.taskId === taskId));
    }
  }
  for (const change of Array.isArray(changes) ? changes : []) {
    if (isChange(change)) learn(known, change.procedure, change, undefined);
  }
}

const NEW_IDS: Record<string, (known: Known) => string[]> = {
  "tasks.create": ({ tasks }) => tasks,
  "tasks.copy": ({ tasks }) => tasks,
  "checkItems.convert": ({ tasks }) => tasks,
  "columns.create": ({ columns }) => columns,
  "labels.create": ({ labels }) => labels,
  "transitions.create": ({ transitions }) => transitions,
};
const NEW_DETAILS: Record<string, (known: Known) => Detail[]> = {
  "comments.create": ({ comments }) => comments,
  "checklists.create": ({ checklists }) => checklists,
  "checkItems.create": ({ items }) => items,
  "relations.create": ({ relations }) => relations,
  "recurrences.create": ({ recurrences }) => recurrences,
};

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function isChange(value: unknown): value is { procedure: string } & Record<string, unknown> {
  return typeof value === "object" && value !== null && "procedure" in value && typeof value.procedure === "string";
}
