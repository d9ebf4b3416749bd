import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { announce, type Tx } from "../../core/tx.ts";
import { dayAt } from "../../days.ts";
import { Id } from "../../fields.contract.ts";
import { countOf, Days, dayAfterCompletion, instantOn, plusDays } from "./recurrence-dates.ts";
import type {
  CreateRecurrence,
  ListRecurrences,
  PreviewRecurrence,
  Recurrence,
  RecurrenceDates,
  RecurrencePage,
  RecurrenceTarget,
  UpdateRecurrence,
} from "./recurrences.contract.ts";
import { recurrenceJson } from "./rows.ts";

/** The most that a board may have. */
export const RECURRENCES_PER_BOARD = 100;

const NOTHING_MADE = { state: "active", problem: null, made: 0, lastTaskId: null, lastOn: null, nextOn: null } as const;

/** What recurs on a board, the oldest first. */
export async function listRecurrences(db: Db, actor: BoardActor, input: ListRecurrences): Promise<RecurrencePage> {
  const after = decodeCursor(z.tuple([Id]), input.cursor)?.[0] ?? null;
  const rows = await db.execute<{ recurrence: Recurrence }>(sql`
    select ${recurrenceJson} as recurrence from recurrence r
    where r.org_id = ${actor.orgId}::uuid and r.board_id = ${actor.boardId}::uuid
      and (${input.taskId ?? null}::uuid is null or r.pattern_task_id = ${input.taskId ?? null}::uuid)
      and (${after}::uuid is null or r.id > ${after}::uuid)
    order by r.id limit ${input.limit + 1}::int`);
  const found = rows.map(({ recurrence }) => recurrence);
  return toPage(found, input.limit, ({ id }) => [id]);
}

/** The next dates of a rule: fewer than were asked for when it ends. */
export function previewRecurrence({ count, ...schedule }: PreviewRecurrence, now: Date): RecurrenceDates {
  const days = new Days(schedule);
  const dates: RecurrenceDates["dates"] = [];
  for (let on = days.from(now); on !== undefined && dates.length < count; on = days.after(on)) {
    dates.push({ on, at: instantOn(on, schedule).toISOString() });
  }
  return { dates };
}

/**
 * Lets a task recur, in the caller's name. Announces `recurrence.created`.
 * Fails: TASK_NOT_FOUND, COLUMN_NOT_FOUND, RECURRENCE_EMPTY, BOARD_FULL.
 */
export async function createRecurrence(tx: Tx, actor: BoardActor, input: CreateRecurrence): Promise<Recurrence> {
  const { boardId } = actor;
  const { taskId, columnId, rule, startsOn, time, timeZone, mode, dueAfterDays } = input;
  const [[counted]] = await Promise.all([
    tx.db.execute<{ count: number; isTask: boolean }>(sql`
      select (select count(*)::int from recurrence r
          where r.org_id = ${actor.orgId}::uuid and r.board_id = ${boardId}::uuid) as count,
        exists (select from task t where t.board_id = ${boardId}::uuid and t.id = ${taskId}::uuid
          and t.state <> 'trashed') as "isTask"`),
    requireColumn(tx, actor, columnId),
  ]);
  if (counted?.isTask !== true) throw new AppError("TASK_NOT_FOUND");
  if (counted.count >= RECURRENCES_PER_BOARD) throw new AppError("BOARD_FULL");
  const made: Recurrence = {
    ...NOTHING_MADE,
    id: newId(),
    boardId,
    taskId,
    columnId,
    rule,
    startsOn,
    time,
    timeZone,
    mode,
    dueAfterDays,
    ownerId: actor.userId,
    version: tx.nextVersion(boardId),
    createdAt: tx.now.toISOString(),
  };
  const recurrence = planned(made, tx.now);
  tx.send(
    tx.db.execute(sql`
      insert into recurrence (id, org_id, board_id, column_id, pattern_board_id, pattern_task_id, rule, starts_on, time,
        time_zone, mode, due_after_days, state, owner_id, next_on, look_at, version, created_at)
      values (${made.id}::uuid, ${actor.orgId}::uuid, ${boardId}::uuid, ${columnId}::uuid, ${boardId}::uuid,
        ${taskId}::uuid, ${rule}, ${startsOn}::date, ${time}, ${timeZone}, ${mode}, ${dueAfterDays}::int, 'active',
        ${actor.userId}::uuid, ${recurrence.nextOn}::date, ${lookAt(recurrence)}::timestamptz, ${made.version}::bigint,
        ${made.createdAt}::timestamptz)`),
  );
  announce(tx, actor, { type: "recurrence.created", data: { recurrence } });
  return recurrence;
}

/**
 * Changes when something recurs, or where it comes, and makes the caller its owner: they could let it do nothing that
 * they may not do themselves. Announces `recurrence.updated`, and nothing when nothing changed.
 * Fails: RECURRENCE_NOT_FOUND, COLUMN_NOT_FOUND, RECURRENCE_EMPTY.
 */
export async function updateRecurrence(tx: Tx, actor: BoardActor, input: UpdateRecurrence): Promise<Recurrence> {
  const { columnId } = input;
  const [before] = await Promise.all([
    getRecurrence(tx, actor, input.recurrenceId),
    columnId === undefined ? undefined : requireColumn(tx, actor, columnId),
  ]);
  const changed = withChanges(before, input);
  if (JSON.stringify(changed) === JSON.stringify(before)) return before;
  const after = { ...changed, ownerId: actor.userId };
  return save(tx, actor, before.state === "paused" ? after : planned(after, tx.now));
}

function withChanges(before: Recurrence, input: UpdateRecurrence): Recurrence {
  const { columnId = before.columnId, rule = before.rule, startsOn = before.startsOn, time = before.time } = input;
  const { timeZone = before.timeZone, mode = before.mode, dueAfterDays = before.dueAfterDays } = input;
  return { ...before, columnId, rule, startsOn, time, timeZone, mode, dueAfterDays };
}

/** Makes nothing until it is resumed. Announces `recurrence.updated`. Fails: RECURRENCE_NOT_FOUND. */
export async function pauseRecurrence(tx: Tx, actor: BoardActor, input: RecurrenceTarget): Promise<Recurrence> {
  const before = await getRecurrence(tx, actor, input.recurrenceId);
  if (before.state !== "active") return before;
  return save(tx, actor, { ...before, state: "paused", problem: null, nextOn: null });
}

/**
 * Goes on with the next date, in the caller's name. Announces `recurrence.updated`, and nothing when it is not paused.
 * Fails: RECURRENCE_NOT_FOUND, RECURRENCE_EMPTY.
 */
export async function resumeRecurrence(tx: Tx, actor: BoardActor, input: RecurrenceTarget): Promise<Recurrence> {
  const before = await getRecurrence(tx, actor, input.recurrenceId);
  if (before.state !== "paused") return before;
  return save(tx, actor, planned({ ...before, ownerId: actor.userId }, tx.now));
}

/** Lets something recur no more. Announces `recurrence.deleted`. Fails: RECURRENCE_NOT_FOUND. */
export async function deleteRecurrence(tx: Tx, actor: BoardActor, { recurrenceId }: RecurrenceTarget): Promise<null> {
  await getRecurrence(tx, actor, recurrenceId);
  tx.send(
    tx.db.execute(sql`
      delete from recurrence r where r.org_id = ${actor.orgId}::uuid and r.board_id = ${actor.boardId}::uuid
        and r.id = ${recurrenceId}::uuid`),
  );
  announce(tx, actor, { type: "recurrence.deleted", data: { recurrenceId } });
  return null;
}

/** Fails: RECURRENCE_NOT_FOUND. */
async function getRecurrence(tx: Tx, actor: BoardActor, recurrenceId: string): Promise<Recurrence> {
  const found = await findRecurrence(tx, actor, recurrenceId);
  if (!found) throw new AppError("RECURRENCE_NOT_FOUND");
  return found;
}

/** Whatever writes one holds the stream of its board. */
export async function findRecurrence(
  { db }: Tx,
  { orgId, boardId }: Pick<BoardActor, "orgId" | "boardId">,
  recurrenceId: string,
): Promise<Recurrence | undefined> {
  const [row] = await db.execute<{ recurrence: Recurrence }>(sql`
    select ${recurrenceJson} as recurrence from recurrence r
    where r.org_id = ${orgId}::uuid and r.board_id = ${boardId}::uuid and r.id = ${recurrenceId}::uuid`);
  return row?.recurrence;
}

/** Active from now on, with its next date: behind those that it has made. Fails: RECURRENCE_EMPTY. */
function planned(recurrence: Recurrence, now: Date): Recurrence {
  const next = recurrence.mode === "schedule" ? nextScheduled(recurrence, now) : nextAfterCompletion(recurrence, now);
  if (next === undefined) throw new AppError("RECURRENCE_EMPTY");
  return { ...recurrence, state: "active", problem: null, nextOn: recurrence.mode === "schedule" ? next : null };
}

function nextScheduled({ lastOn, ...schedule }: Recurrence, now: Date): string | undefined {
  const days = new Days(schedule);
  const first = days.from(now);
  return first !== undefined && lastOn !== null && first <= lastOn ? days.after(lastOn) : first;
}

/** The date of the task that is made when the last one is done now; undefined: there is none any more. */
export function nextAfterCompletion(recurrence: Recurrence, now: Date): string | undefined {
  const { rule, made, lastOn, timeZone } = recurrence;
  if (made >= (countOf(rule) ?? Infinity)) return undefined;
  const on = dayAfterCompletion(recurrence, dayAt(now, timeZone));
  // Two that are done on one day are of two dates.
  return on !== undefined && lastOn !== null && on <= lastOn ? dayAfterCompletion(recurrence, lastOn) : on;
}

/** When somebody looks after one that nothing hinders. */
function lookAt(recurrence: Recurrence): string | null {
  return recurrence.nextOn === null ? null : instantOn(recurrence.nextOn, recurrence).toISOString();
}

/** Writes what has become of one, whose board's stream is held. Announces `recurrence.updated`. */
export function save(
  tx: Tx,
  actor: { userId: string; orgId: string; boardId: string },
  changed: Recurrence,
  { at = lookAt(changed) }: { at?: string | null } = {},
): Recurrence {
  const recurrence = { ...changed, version: tx.nextVersion(actor.boardId) };
  const { columnId, rule, startsOn, time, timeZone, mode, dueAfterDays, state, problem, ownerId } = recurrence;
  const { made, lastTaskId, lastOn, nextOn } = recurrence;
  tx.send(
    tx.db.execute(sql`
      update recurrence r set column_id = ${columnId}::uuid, rule = ${rule}, starts_on = ${startsOn}::date, time = ${time},
        time_zone = ${timeZone}, mode = ${mode}, due_after_days = ${dueAfterDays}::int, state = ${state},
        problem = ${problem}, owner_id = ${ownerId}::uuid, made = ${made}::int, last_task_id = ${lastTaskId}::uuid,
        last_on = ${lastOn}::date, next_on = ${nextOn}::date, look_at = ${at}::timestamptz,
        version = ${recurrence.version}::bigint
      where r.org_id = ${actor.orgId}::uuid and r.board_id = ${actor.boardId}::uuid and r.id = ${recurrence.id}::uuid`),
  );
  announce(tx, actor, { type: "recurrence.updated", data: { recurrence } });
  return recurrence;
}

/** The dates that have come, oldest first: of more than `most` the newest. */
export function overdueDays(recurrence: Recurrence, now: Date, most: number): string[] {
  if (recurrence.nextOn === null) return [];
  const today = dayAt(now, recurrence.timeZone);
  const days = new Days(recurrence).between(recurrence.nextOn, plusDays(today, 1));
  return days.filter((on) => instantOn(on, recurrence) <= now).slice(-most);
}

/** Columns are archived, and never deleted: the one that is named here stays. */
async function requireColumn({ db }: Tx, { boardId }: BoardActor, columnId: string): Promise<void> {
  const [row] = await db.execute(
    sql`select from board_column c where c.board_id = ${boardId}::uuid and c.id = ${columnId}::uuid`,
  );
  if (!row) throw new AppError("COLUMN_NOT_FOUND");
}
