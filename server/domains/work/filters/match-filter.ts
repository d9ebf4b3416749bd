import { compare } from "./filter-fields.ts";
import { isWithin, type Moment, spanOf } from "./filter-dates.ts";
import type { Asker, DateField, Filter, Flag, Name, NamedField, NumberField, Thing } from "./filter.ts";
import type { Column } from "../columns.contract.ts";
import type { Task } from "../tasks.contract.ts";

/** Something that a filter may name. */
interface Named {
  readonly id: string;
  /** Null: somebody whose name is not known any more. */
  readonly name: string | null;
}

/** A task with the names of what it belongs to. */
export interface FilteredTask {
  readonly task: Omit<Task, "rank" | "version">;
  readonly column: Pick<Column, "id" | "name" | "stateGroup" | "state">;
  readonly board: Named;
  readonly project: Named & { readonly key: string };
  readonly creator: Named;
  readonly assignees: readonly Named[];
  readonly labels: readonly Named[];
}

/** Whether a task is one that a filter means: what the filter as SQL finds, of what is in memory. */
export function matches(filter: Filter, found: FilteredTask, asker: Asker): boolean {
  switch (filter.is) {
    case "all":
      return filter.of.every((each) => matches(each, found, asker));
    case "any":
      return filter.of.some((each) => matches(each, found, asker));
    case "not":
      return !matches(filter.of, found, asker);
    case "text": {
      const { title, description, key } = found.task;
      return [title, description, key].some((text) => folded(text).includes(folded(filter.text)));
    }
    case "named":
      return isNamed(filter.field, filter.name, found, asker);
    case "state":
      return found.column.stateGroup === filter.group;
    case "priority":
      return filter.among.includes(found.task.priority);
    case "number": {
      const value = numberOf(filter.field, found.task);
      return value !== null && compare(value, filter.by, filter.value);
    }
    case "date": {
      const moment = momentOf(filter.field, found.task);
      return moment !== null && isWithin(moment, spanOf(filter.by, filter.date, asker));
    }
    case "has":
      return has(filter.what, found.task);
    case "flag":
      return isSo(filter.flag, found, asker);
  }
}

/** Without difference of case: letter by letter, as the database does it. */
export function folded(text: string): string {
  return Array.from(text, (letter) => Array.from(letter.toLowerCase())[0] ?? letter).join("");
}

function isNamed(field: NamedField, name: Name, found: FilteredTask, asker: Asker): boolean {
  return candidates(field, found).some((each) => {
    if (name.kind === "me") return each.id === asker.userId;
    if (name.kind === "id") return each.id === name.id;
    if (each.name === null) return false;
    const [whole, text] = [folded(each.name), folded(name.text)];
    return name.kind === "name" ? whole === text : whole.startsWith(text);
  });
}

function candidates(field: NamedField, found: FilteredTask): readonly Named[] {
  switch (field) {
    case "assignee":
      return [...found.assignees, ...found.task.assigneeNames.map((name) => ({ id: "", name }))];
    case "label":
      return found.labels;
    case "project":
      return [found.project, { id: found.project.id, name: found.project.key }];
    case "column":
    case "board":
    case "creator":
      return [found[field]];
  }
}

function numberOf(field: NumberField, task: FilteredTask["task"]): number | null {
  switch (field) {
    case "estimate":
    case "number":
      return task[field];
    case "comments":
      return task.commentCount;
    case "items":
      return task.itemsTotal;
  }
}

function momentOf(field: DateField, task: FilteredTask["task"]): Moment | null {
  const of = (at: string | null, on: string | null) => (at === null ? null : { at, on });
  switch (field) {
    case "due":
      return of(task.dueAt, task.dueOn);
    case "start":
      return of(task.startAt, task.startOn);
    case "created":
      return of(task.createdAt, null);
    case "updated":
      return of(task.updatedAt, null);
  }
}

function has(what: Thing, task: FilteredTask["task"]): boolean {
  switch (what) {
    case "assignee":
      return task.assigneeIds.length + task.assigneeNames.length > 0;
    case "label":
      return task.labelIds.length > 0;
    case "description":
      return task.description !== "";
    case "due":
      return task.dueAt !== null;
    case "start":
      return task.startAt !== null;
    case "estimate":
      return task.estimate !== null;
    case "checklist":
      return task.itemsTotal > 0;
    case "comment":
      return task.commentCount > 0;
    case "cover":
      return task.coverColor !== null;
    case "priority":
      return task.priority !== "none";
  }
}

function isSo(flag: Flag, { task, column }: FilteredTask, asker: Asker): boolean {
  const isDone = column.stateGroup === "completed" || column.stateGroup === "cancelled";
  switch (flag) {
    case "archived":
      return task.state === "archived" || column.state === "archived";
    case "done":
      return isDone;
    case "overdue":
      return !isDone && task.dueAt !== null && task.dueAt < asker.now.toISOString();
  }
}
