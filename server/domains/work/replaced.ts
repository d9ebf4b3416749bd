import type { Replaced } from "./changes.contract.ts";
import type { FieldValue } from "./fields.contract.ts";
import type { Task } from "./tasks.contract.ts";

interface Changed {
  readonly task: Task;
  readonly changes: Partial<Task>;
  /** Of the fields of the project. */
  readonly values?: Readonly<Record<string, FieldValue | null>>;
}

/** What tasks were before a change: of each what becomes another. */
export function replacedBy(changed: readonly Changed[]): Replaced;
export function replacedBy(changed: readonly Changed[]): unknown {
  return {
    tasks: changed.map(({ task, changes, values = {} }) => {
      const was = Object.keys(changes).map((name): [string, unknown] => [name, Reflect.get(task, name)]);
      const had = Object.keys(values).map((fieldId): [string, unknown] => [fieldId, task.fields[fieldId] ?? null]);
      const fields = had.length > 0 && { fields: Object.fromEntries(had) };
      return { taskId: task.id, was: { ...Object.fromEntries(was), ...fields } };
    }),
  };
}
