import { Link } from "wouter";
import type { FoundTask } from "../../../client/index.ts";

/** A task that was found somewhere: what it is called, and where it stands. */
export function TaskLink({ task }: { task: FoundTask }) {
  return (
    <Link href={`/boards/${task.boardId}/tasks/${task.id}`} className="min-w-0 flex-1">
      <span className="block wrap-anywhere hover:underline">{task.title}</span>
      <span className="block text-sm text-quiet wrap-anywhere">
        {task.key} · {task.boardName} · {task.columnName}
      </span>
    </Link>
  );
}
