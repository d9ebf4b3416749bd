import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { WatchLevel } from "../../../db/enums.ts";
import type { ReadEvent } from "../../core/log-reader.ts";
import type { News } from "./news.ts";

interface Row extends Record<string, unknown> {
  userId: string;
  level: WatchLevel;
  /** Of the task, column, board or project. */
  subjectId: string;
}

/** Who wants to hear what, of the tasks, columns and boards of some events; changed in memory as these are gone through. */
export class Attention {
  /** Subject → person → level. */
  readonly #levels = new Map<string, Map<string, WatchLevel>>();
  readonly #projects: ReadonlyMap<string, string>;

  constructor(rows: readonly Row[], projects: ReadonlyMap<string, string>) {
    this.#projects = projects;
    for (const { subjectId, userId, level } of rows) this.#of(subjectId).set(userId, level);
  }

  /** Somebody is about a task from now on. Answers whether that is new: what they have said holds. */
  join(userId: string, taskId: string): boolean {
    const levels = this.#of(taskId);
    if (levels.has(userId)) return false;
    levels.set(userId, "watching");
    return true;
  }

  /** A mute holds whatever else they watch. */
  hasMuted(userId: string, boardId: string, taskId: string): boolean {
    const subjects = [taskId, boardId, this.#projects.get(boardId) ?? boardId];
    return subjects.some((id) => this.#levels.get(id)?.get(userId) === "muted");
  }

  watchersOf(subjectId: string): string[] {
    return [...this.#of(subjectId)].flatMap(([userId, level]) => (level === "watching" ? [userId] : []));
  }

  /** Of the task, and of all that happens on its board: but for those who want no more of the task than what addresses them. */
  watchersOfTask(boardId: string, taskId: string): string[] {
    const ofTask = this.#of(taskId);
    return [...this.watchersOf(taskId), ...this.watchersOf(boardId).filter((userId) => !ofTask.has(userId))];
  }

  #of(subjectId: string): Map<string, WatchLevel> {
    const levels = this.#levels.get(subjectId) ?? new Map<string, WatchLevel>();
    this.#levels.set(subjectId, levels);
    return levels;
  }
}

/** What people of an organisation have said of what some events are about. */
export async function loadAttention(
  db: Db,
  orgId: string,
  told: readonly { event: ReadEvent; news: News }[],
): Promise<Attention> {
  const boardIds = [...new Set(told.map(({ event }) => event.streamId))];
  const taskIds = [...new Set(told.map(({ news }) => news.taskId))];
  const columnIds = [...new Set(told.flatMap(({ news }) => news.columnId ?? []))];
  const boards = sql`${uuids(boardIds)}`;
  const [projects, rows] = await Promise.all([
    db.execute<{ boardId: string; projectId: string }>(sql`
      select id as "boardId", project_id as "projectId" from board where org_id = ${orgId}::uuid and id = any(${boards})`),
    db.execute<Row>(sql`
      select w.user_id as "userId", w.level, coalesce(w.task_id, w.column_id, w.board_id) as "subjectId" from watch w
      where w.org_id = ${orgId}::uuid and w.board_id = any(${boards})
        and (w.task_id = any(${uuids(taskIds)}) or w.column_id = any(${uuids(columnIds)})
          or (w.task_id is null and w.column_id is null))
      union all
      select w.user_id, w.level, w.task_id from watch w
      where w.org_id = ${orgId}::uuid and w.task_id = any(${uuids(taskIds)}) and w.board_id <> all(${boards})
      union all
      select w.user_id, w.level, w.project_id from watch w
      where w.org_id = ${orgId}::uuid
        and w.project_id in (select project_id from board where org_id = ${orgId}::uuid and id = any(${boards}))`),
  ]);
  return new Attention(rows, new Map(projects.map(({ boardId, projectId }) => [boardId, projectId])));
}
