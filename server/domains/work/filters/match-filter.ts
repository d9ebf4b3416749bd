import type { PlanKind } from "../../../../db/enums.ts";
import { compare } from "./filter-fields.ts";
import { isWithin, type Moment, spanOf } from "./filter-dates.ts";
import type { Asker, CustomValue, DateField, Filter, Flag, Name, NamedField, NumberField, Thing } from "./filter.ts";
import type { Column } from "../columns.contract.ts";
import type { Field, FieldValue } from "../fields.contract.ts";
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
  readonly parent: { readonly id: string; readonly key: string } | null;
  readonly completedAt: string | null;
  readonly plans: readonly (Named & { readonly kind: PlanKind })[];
  /** How many tasks that are not done block it. */
  readonly blockers: number;
  /** How many parts it has, those in the trash left out. */
  readonly subtasks: number;
  /** What it has of the fields of its project that are not archived. */
  readonly customs: readonly CustomField[];
}

export interface CustomField {
  readonly name: string;
  readonly kind: Field["kind"];
  readonly value: FieldValue;
  /** The options, or the person, that it is. */
  readonly named: readonly Named[];
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
      const moment = momentOf(filter.field, found);
      return moment !== null && isWithin(moment, spanOf(filter.by, filter.date, asker));
    }
    case "has":
      return has(filter.what, found);
    case "custom": {
      const { field, value } = filter;
      const fields = found.customs.filter(({ name }) => folded(name) === folded(field));
      return fields.some((custom) => value === null || isCustom(custom, value, asker));
    }
    case "parent":
      return filter.name.kind === "id"
        ? found.task.parentId === filter.name.text
        : found.parent?.key.toLowerCase() === filter.name.text;
    case "flag":
      return isSo(filter.flag, found, asker);
  }
}

/** Without difference of case: letter by letter, as the database does it. */
export function folded(text: string): string {
  return Array.from(text, (letter) => Array.from(letter.toLowerCase())[0] ?? letter).join("");
}

function isNamed(field: NamedField, name: Name, found: FilteredTask, asker: Asker): boolean {
  return candidates(field, found).some((each) => isCalled(each, name, asker));
}

function isCalled(each: Named, name: Name, asker: Asker): boolean {
  if (name.kind === "me") return each.id === asker.userId;
  if (name.kind === "id") return each.id === name.id;
  if (each.name === null) return false;
  const [whole, text] = [folded(each.name), folded(name.text)];
  return name.kind === "name" ? whole === text : whole.startsWith(text);
}

/** Whether a field of a project holds what is asked for, by its kind. */
function isCustom({ kind, value, named }: CustomField, asked: CustomValue, asker: Asker): boolean {
  switch (kind) {
    case "text":
    case "url": {
      const [whole, text] = [folded(String(value)), folded(textOf(asked.name))];
      return asked.name.kind === "beginning" ? whole.startsWith(text) : whole.includes(text);
    }
    case "number":
      return (
        typeof value === "number" && (asked.numbers?.every(({ by, value: of }) => compare(value, by, of)) ?? false)
      );
    case "date": {
      const moment = { at: "", on: String(value) };
      return asked.dates?.every(({ by, date }) => isWithin(moment, spanOf(by, date, asker))) ?? false;
    }
    case "checkbox":
      return value === asked.isChecked;
    case "select":
    case "multi-select":
      return asked.name.kind !== "me" && named.some((each) => isCalled(each, asked.name, asker));
    case "person":
      return named.some((each) => isCalled(each, asked.name, asker));
  }
}

/** As text, `me` and an id are what they say. */
export function textOf(name: Name): string {
  if (name.kind === "me") return name.kind;
  return name.kind === "id" ? name.id : name.text;
}

function candidates(field: NamedField, found: FilteredTask): readonly Named[] {
  switch (field) {
    case "assignee":
      return [...found.assignees, ...found.task.assigneeNames.map((name) => ({ id: "", name }))];
    case "label":
      return found.labels;
    case "milestone":
    case "sprint":
      return found.plans.filter(({ kind }) => kind === field);
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

function momentOf(field: DateField, { task, completedAt }: FilteredTask): Moment | null {
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
    case "completed":
      return of(completedAt, null);
  }
}

function has(what: Thing, { task, subtasks, completedAt, plans }: FilteredTask): boolean {
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
    case "parent":
      return task.parentId !== null;
    case "subtasks":
      return subtasks > 0;
    case "completed":
      return completedAt !== null;
    case "milestone":
    case "sprint":
      return plans.some(({ kind }) => kind === what);
  }
}

function isSo(flag: Flag, { task, column, blockers }: FilteredTask, asker: Asker): boolean {
  const isDone = column.stateGroup === "completed" || column.stateGroup === "cancelled";
  switch (flag) {
    case "archived":
      return task.state === "archived" || column.state === "archived";
    case "blocked":
      return blockers > 0;
    case "subtask":
      return task.parentId !== null;
    case "done":
      return isDone;
    case "overdue":
      return !isDone && task.dueAt !== null && task.dueAt < asker.now.toISOString();
  }
}
