import type { Replaced } from "./changes.contract.ts";
import type { Task } from "./tasks.contract.ts";

/** What tasks were before a change: of each what becomes another. */
export function replacedBy(changed: readonly { task: Task; changes: Partial<Task> }[]): Replaced;
export function replacedBy(changed: readonly { task: object & { id: string }; changes: object }[]): unknown {
  return {
    tasks: changed.map(({ task, changes }) => {
      const was = Object.keys(changes).map((name): [string, unknown] => [name, Reflect.get(task, name)]);
      return { taskId: task.id, was: Object.fromEntries(was) };
    }),
  };
}
