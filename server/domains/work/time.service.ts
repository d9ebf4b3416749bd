import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { type BoardActor, mayDo } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import { announce, announceToInbox, type Tx, type WriteScope } from "../../core/tx.ts";
import type { BoardNews } from "../../events.ts";
import { Id } from "../../fields.contract.ts";
import { timeEntryJson } from "./rows.ts";
import type {
  CreateTimeEntry,
  DeleteTimeEntry,
  StartTimer,
  StopTimer,
  TimeEntry,
  TimerStarted,
  UpdateTimeEntry,
} from "./time.contract.ts";

/** An entry is no longer than that; a timer that nobody stops counts no more. */
const LONGEST_MS = 86_400_000;
/** Of one task. */
const MOST_ENTRIES = 10_000;

/** The inbox of who calls, and the board of the same organisation where their timer runs. */
export function streamsOfTimer({ userId, boardId }: WriteScope & { on: "board" }): SQL {
  return sql`
    select ${userId}::uuid union select e.board_id from time_entry e join board b on b.org_id = e.org_id
    where e.user_id = ${userId}::uuid and e.stopped_at is null and b.id = ${boardId}::uuid`;
}

/** The inbox of who calls. */
export function inboxOfTimer({ userId }: WriteScope): SQL {
  return sql`select ${userId}::uuid`;
}

/** The inbox of whose time it is. */
export function inboxOfEntry({ boardId }: WriteScope & { on: "board" }, input: unknown): SQL {
  const { entryId } = EntryOfBoard.parse(input);
  return sql`select e.user_id from time_entry e where e.board_id = ${boardId}::uuid and e.id = ${entryId}::uuid`;
}
const EntryOfBoard = z.object({ entryId: Id });

/** The caller's timer, wherever it runs. */
export async function getTimer(db: Db, userId: string): Promise<TimeEntry | null> {
  return (await findRunning(db, userId))?.entry ?? null;
}

type Change = Extract<BoardNews, { type: "time.changed" }>["data"]["change"];

/**
 * Starts the caller's timer on a task, and stops the one that runs, wherever it does: one runs at a time. Announces
 * `time.changed` on the boards of both and `timer.changed` to the caller.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED, TIME_ENTRIES_TOO_MANY.
 */
export async function startTimer(tx: Tx, actor: BoardActor, { taskId, note }: StartTimer): Promise<TimerStarted> {
  const [running] = await Promise.all([findRunning(tx.db, actor.userId), requireTask(tx.db, actor, taskId)]);
  const stopped = running ? await stop(tx, actor, running) : null;
  const at = tx.now.toISOString();
  const { boardId, userId } = actor;
  const entry: TimeEntry = {
    id: newId(),
    boardId,
    taskId,
    userId,
    note,
    startedAt: at,
    stoppedAt: null,
    createdAt: at,
    updatedAt: at,
  };
  insert(tx, actor, entry);
  tell(tx, actor, entry, "started");
  tellTimer(tx, actor, userId, entry);
  return { entry, stopped };
}

/**
 * Stops the caller's timer on the board. Announces `time.changed`, and `timer.changed` to the caller. Fails:
 * TIMER_NOT_RUNNING.
 */
export async function stopTimer(tx: Tx, actor: BoardActor, _input: StopTimer): Promise<TimeEntry> {
  const running = await findRunning(tx.db, actor.userId);
  if (running?.entry.boardId !== actor.boardId) throw new AppError("TIMER_NOT_RUNNING");
  const stopped = await stop(tx, actor, running);
  tellTimer(tx, actor, actor.userId);
  return stopped;
}

/**
 * Adds time that was worked, one's own or, for managers of the board, of somebody who sees it. Announces `time.changed`.
 * Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED, MEMBER_NOT_FOUND, TIME_NOT_OWN, TIME_SPAN_INVALID,
 * TIME_ENTRIES_TOO_MANY.
 */
export async function createTimeEntry(tx: Tx, actor: BoardActor, input: CreateTimeEntry): Promise<TimeEntry> {
  const { taskId, userId = actor.userId, startedAt, stoppedAt, note } = input;
  requireOwn(actor, userId);
  await Promise.all([
    requireTask(tx.db, actor, taskId),
    userId === actor.userId ? null : requirePerson(tx.db, actor, userId),
  ]);
  requireSpan(tx, { startedAt, stoppedAt });
  const at = tx.now.toISOString();
  const entry = {
    id: newId(),
    boardId: actor.boardId,
    taskId,
    userId,
    note,
    startedAt,
    stoppedAt,
    createdAt: at,
    updatedAt: at,
  };
  insert(tx, actor, entry);
  tell(tx, actor, entry, "added");
  return entry;
}

/**
 * Corrects an entry of one's own or, for managers of the board, of somebody else. Announces `time.changed`, and
 * `timer.changed` to whose timer it is; nothing when nothing changed.
 * Fails: TIME_ENTRY_NOT_FOUND, TIME_NOT_OWN, TIME_SPAN_INVALID.
 */
export async function updateTimeEntry(tx: Tx, actor: BoardActor, input: UpdateTimeEntry): Promise<TimeEntry> {
  const before = await getEntry(tx.db, actor, input.entryId);
  requireOwn(actor, before.userId);
  const { startedAt = before.startedAt, stoppedAt = before.stoppedAt, note = before.note } = input;
  if (startedAt === before.startedAt && stoppedAt === before.stoppedAt && note === before.note) return before;
  requireSpan(tx, { startedAt, stoppedAt });
  const entry = { ...before, startedAt, stoppedAt, note, updatedAt: tx.now.toISOString() };
  save(tx, entry);
  const isStopped = before.stoppedAt === null && stoppedAt !== null;
  tell(tx, actor, entry, isStopped ? "stopped" : "corrected");
  if (before.stoppedAt === null) tellTimer(tx, actor, before.userId, isStopped ? null : entry);
  return entry;
}

/**
 * Deletes an entry of one's own or, for managers of the board, of somebody else. Announces `time.changed`, and
 * `timer.changed` to whose timer it is. Fails: TIME_ENTRY_NOT_FOUND, TIME_NOT_OWN.
 */
export async function deleteTimeEntry(tx: Tx, actor: BoardActor, { entryId }: DeleteTimeEntry): Promise<null> {
  const before = await getEntry(tx.db, actor, entryId);
  requireOwn(actor, before.userId);
  tx.send(tx.db.execute(sql`delete from time_entry where org_id = ${actor.orgId}::uuid and id = ${entryId}::uuid`));
  tell(tx, actor, before, "deleted");
  if (before.stoppedAt === null) tellTimer(tx, actor, before.userId);
  return null;
}

interface Running extends Record<string, unknown> {
  readonly orgId: string;
  readonly entry: TimeEntry;
}

/** The timer of somebody who is the tenant's user, in whatever organisation. */
async function findRunning(db: Db, userId: string): Promise<Running | undefined> {
  const [row] = await db.execute<Running>(sql`
    select e.org_id as "orgId", ${timeEntryJson} as entry from time_entry e
    where e.user_id = ${userId}::uuid and e.stopped_at is null`);
  return row;
}

/** In another organisation its board is not told: whoever looks there finds it stopped. */
async function stop(tx: Tx, actor: BoardActor, { orgId, entry }: Running): Promise<TimeEntry> {
  const until = Math.min(tx.now.getTime(), Date.parse(entry.startedAt) + LONGEST_MS);
  // A timer takes some time, even if it is stopped at once.
  const stoppedAt = new Date(Math.max(until, Date.parse(entry.startedAt) + 1)).toISOString();
  const stopped = { ...entry, stoppedAt, updatedAt: tx.now.toISOString() };
  if (orgId !== actor.orgId) {
    tx.enterOrg(orgId);
    save(tx, stopped);
    tx.enterOrg(actor.orgId);
    return stopped;
  }
  save(tx, stopped);
  requireLocked(tx.streams, [entry.boardId]);
  tell(tx, { userId: actor.userId, boardId: entry.boardId }, stopped, "stopped");
  return stopped;
}

function insert(tx: Tx, { orgId }: BoardActor, entry: TimeEntry): void {
  const { id, boardId, taskId, userId, note, startedAt, stoppedAt, createdAt } = entry;
  tx.send(
    tx.db.execute(sql`
      insert into time_entry (id, org_id, board_id, task_id, user_id, note, started_at, stopped_at, created_at, updated_at)
      values (${id}::uuid, ${orgId}::uuid, ${boardId}::uuid, ${taskId}::uuid, ${userId}::uuid, ${note},
        ${startedAt}::timestamptz, ${stoppedAt}::timestamptz, ${createdAt}::timestamptz, ${createdAt}::timestamptz)`),
  );
}

function save(tx: Tx, { id, note, startedAt, stoppedAt, updatedAt }: TimeEntry): void {
  tx.send(
    tx.db.execute(sql`
      update time_entry set note = ${note}, started_at = ${startedAt}::timestamptz, stopped_at = ${stoppedAt}::timestamptz,
        updated_at = ${updatedAt}::timestamptz
      where id = ${id}::uuid`),
  );
}

function tell(tx: Tx, by: { userId: string; boardId: string }, entry: TimeEntry, change: Change): void {
  const { id: entryId, taskId, userId, startedAt, stoppedAt } = entry;
  const seconds = stoppedAt === null ? null : Math.round((Date.parse(stoppedAt) - Date.parse(startedAt)) / 1_000);
  announce(tx, by, { type: "time.changed", data: { taskId, entryId, userId, change, seconds } });
}

/** Whose timer runs, or runs no more. */
function tellTimer(tx: Tx, { userId }: BoardActor, inboxId: string, entry: TimeEntry | null = null): void {
  requireLocked(tx.streams, [inboxId]);
  announceToInbox(tx, { userId, inboxId }, { type: "timer.changed", data: { entry } });
}

/** Fails: TASK_NOT_FOUND, TASK_ARCHIVED, TASK_TRASHED, TIME_ENTRIES_TOO_MANY. */
async function requireTask(db: Db, { orgId, boardId }: BoardActor, taskId: string): Promise<null> {
  const [row] = await db.execute<{ state: string; count: number }>(sql`
    select t.state, (select count(*)::int from (select from time_entry e where e.org_id = t.org_id
      and e.board_id = t.board_id and e.task_id = t.id limit ${MOST_ENTRIES}::int) c) as count
    from task t where t.org_id = ${orgId}::uuid and t.board_id = ${boardId}::uuid and t.id = ${taskId}::uuid`);
  if (!row) throw new AppError("TASK_NOT_FOUND");
  if (row.state === "trashed") throw new AppError("TASK_TRASHED");
  if (row.state === "archived") throw new AppError("TASK_ARCHIVED");
  if (row.count >= MOST_ENTRIES) throw new AppError("TIME_ENTRIES_TOO_MANY");
  return null;
}

/** Somebody who sees the board. Fails: MEMBER_NOT_FOUND. */
async function requirePerson(db: Db, { orgId, boardId }: BoardActor, userId: string): Promise<null> {
  const [row] = await db.execute(sql`
    select from board b join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
    left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
    where b.org_id = ${orgId}::uuid and b.id = ${boardId}::uuid and board_role(m.role, b.visibility, bm.role) is not null`);
  if (!row) throw new AppError("MEMBER_NOT_FOUND");
  return null;
}

/** Fails: TIME_ENTRY_NOT_FOUND. */
async function getEntry(db: Db, { orgId, boardId }: BoardActor, entryId: string): Promise<TimeEntry> {
  const [row] = await db.execute<{ entry: TimeEntry }>(sql`
    select ${timeEntryJson} as entry from time_entry e
    where e.org_id = ${orgId}::uuid and e.board_id = ${boardId}::uuid and e.id = ${entryId}::uuid`);
  if (!row) throw new AppError("TIME_ENTRY_NOT_FOUND");
  return row.entry;
}

/** Fails: TIME_NOT_OWN. */
function requireOwn(actor: BoardActor, userId: string): void {
  if (userId !== actor.userId && !mayDo(actor, "time:manage")) throw new AppError("TIME_NOT_OWN");
}

/** Fails: TIME_SPAN_INVALID. */
function requireSpan(tx: Tx, { startedAt, stoppedAt }: Pick<TimeEntry, "startedAt" | "stoppedAt">): void {
  const [from, to] = [Date.parse(startedAt), stoppedAt === null ? tx.now.getTime() + 1 : Date.parse(stoppedAt)];
  const isPast = to <= tx.now.getTime() + 1;
  if (from >= to || to - from > LONGEST_MS || !isPast) throw new AppError("TIME_SPAN_INVALID");
}
