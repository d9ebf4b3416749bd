import { sql } from "drizzle-orm";
import { z } from "zod";
import type { BoardActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { again } from "../../core/again.ts";
import { newId } from "../../core/ids.ts";
import { type JobKind, type Worker, worker } from "../../core/jobs.ts";
import { react, tidy } from "../../core/transaction.ts";
import type { Tx } from "../../core/tx.ts";
import { write } from "../../core/write.ts";
import type { ErrorKind } from "../../errors.ts";
import { Id } from "../../fields.contract.ts";
import { copyPattern } from "./copied-task.ts";
import { countOf, Days } from "./recurrence-dates.ts";
import type { Recurrence } from "./recurrences.contract.ts";
import { nextAfterCompletion, findRecurrence, overdueDays, save } from "./recurrences.service.ts";

const MakeOccurrence = z.strictObject({ orgId: Id, boardId: Id, recurrenceId: Id });
type MakeOccurrence = z.infer<typeof MakeOccurrence>;

/** The next task of what recurs, when it is time for it. */
const MAKE_OCCURRENCE: JobKind<MakeOccurrence> = {
  name: "recurrences.make",
  payload: MakeOccurrence,
  retries: 5,
  firstRetrySeconds: 2,
  longestRetrySeconds: 60,
  timeoutSeconds: 60,
};

const MINUTE_MS = 60_000;
/** Whoever has taken one up has so long, before somebody else does. */
const LEASE_MS = 10 * MINUTE_MS;
/** One that waits for room, or for its board to come back, is tried again after this. */
const WAIT_MS = 5 * MINUTE_MS;
/** How many are taken up at a time. */
const AT_ONCE = 200;
/** Of the dates that passed while nothing could be made, so many are made up for: the newest. */
const MOST_MISSED = 10;

/** For these it is paused: its owner may not do it. For all others it waits. */
const LOST: readonly ErrorKind[] = [
  "BOARD_NOT_FOUND",
  "ACTION_FORBIDDEN",
  "SECOND_FACTOR_DEMANDED",
  "ACCOUNT_DISABLED",
  "TASK_NOT_FOUND",
];

/** How often somebody looks for what is due. */
const LOOK_EVERY_MS = 15_000;

export function watchRecurrences(app: AppServices): { close(): Promise<void> } {
  return again(app, LOOK_EVERY_MS, { look: queueOccurrences, failed: "what recurs could not be made" });
}

/** Enqueues what is due. Any process may, and several do no harm: each one is taken up once, for a while. */
export function queueOccurrences(app: AppServices): Promise<void> {
  return react(app, async (tx) => {
    const again = new Date(tx.now.getTime() + LEASE_MS);
    const due = await tx.db.execute<MakeOccurrence & Record<string, unknown>>(sql`
      select org_id as "orgId", board_id as "boardId", id as "recurrenceId"
      from claim_recurrences(${tx.now.toISOString()}::timestamptz, ${again.toISOString()}::timestamptz, ${AT_ONCE}::int)`);
    for (const one of due) tx.later(MAKE_OCCURRENCE, { ...one });
  });
}

export function occurrencesWorker(app: AppServices): Worker {
  return worker(MAKE_OCCURRENCE, (job) => makeOccurrence(app, job));
}

/** Makes the next task in the owner's name, as if they called; what they are refused hinders or pauses it. */
async function makeOccurrence(app: AppServices, { orgId, boardId, recurrenceId }: MakeOccurrence): Promise<void> {
  const [found] = await app.db.within({ orgId }).execute<{ ownerId: string; isDisabled: boolean }>(sql`
    select r.owner_id as "ownerId", u.disabled_at is not null as "isDisabled"
    from recurrence r left join app_user u on u.id = r.owner_id
    where r.org_id = ${orgId}::uuid and r.id = ${recurrenceId}::uuid and r.state = 'active'`);
  if (!found) return;
  const { ownerId: userId, isDisabled } = found;
  try {
    if (isDisabled) throw new AppError("ACCOUNT_DISABLED");
    const scope = { on: "board", userId, boardId, action: "task:create" } as const;
    const input: MakeNext = { recurrenceId };
    await write(app, { scope, procedure: MAKE_OCCURRENCE.name }, { service: makeNext, input });
  } catch (error) {
    if (!(error instanceof AppError) || error.kind === "SERVER_UNAVAILABLE") throw error;
    const { kind } = error;
    await tidy(app, { orgId, streamIds: [boardId], signedBy: userId }, (tx) =>
      hinder(tx, { userId, orgId, boardId }, { recurrenceId, kind }),
    );
  }
}

interface MakeNext {
  readonly recurrenceId: string;
  readonly mutationId?: string | undefined;
}

/**
 * Makes the task of the next date that has come, unless it was made before, and plans the one behind it. Announces
 * `task.created` with what belongs to the task, and `recurrence.updated`.
 */
async function makeNext(tx: Tx, actor: BoardActor, { recurrenceId }: MakeNext): Promise<null> {
  const before = await findRecurrence(tx, actor, recurrenceId);
  if (before?.state !== "active" || before.ownerId !== actor.userId) return null;
  const next = before.mode === "schedule" ? scheduled(before, tx.now) : await completed(tx, actor, before);
  if (next === "not yet") return null;
  if (next === "never") {
    save(tx, actor, { ...before, state: "ended", problem: null, nextOn: null });
    return null;
  }
  const taskId = newId();
  const [fresh] = await tx.db.execute(sql`
    insert into occurrence (org_id, recurrence_id, "on", task_id)
    values (${actor.orgId}::uuid, ${recurrenceId}::uuid, ${next.on}::date, ${taskId}::uuid)
    on conflict do nothing returning task_id`);
  if (fresh) await copyPattern(tx, actor, { from: before, id: taskId, on: next.on });
  const made = fresh ? { made: before.made + 1, lastTaskId: taskId, lastOn: next.on } : {};
  save(tx, actor, { ...before, ...made, ...next.plan, problem: null });
  if (next.isMore) tx.later(MAKE_OCCURRENCE, { orgId: actor.orgId, boardId: actor.boardId, recurrenceId });
  return null;
}

interface Next {
  /** The day of the task that is made now. */
  readonly on: string;
  readonly plan: Pick<Recurrence, "state" | "nextOn">;
  /** The one behind it is due, too. */
  readonly isMore: boolean;
}

function scheduled(recurrence: Recurrence, now: Date): Next | "not yet" {
  const [on, ...more] = overdueDays(recurrence, now, MOST_MISSED);
  if (on === undefined) return "not yet";
  const nextOn = new Days(recurrence).after(on) ?? null;
  return { on, plan: { state: nextOn === null ? "ended" : "active", nextOn }, isMore: more.length > 0 };
}

async function completed(tx: Tx, actor: BoardActor, recurrence: Recurrence): Promise<Next | "not yet" | "never"> {
  if (await isLastOpen(tx, actor, recurrence)) {
    // It was opened again while the next one waited.
    await forget(tx, actor, recurrence.id);
    return "not yet";
  }
  const on = nextAfterCompletion(recurrence, tx.now);
  if (on === undefined) return "never";
  const isLast = recurrence.made + 1 >= (countOf(recurrence.rule) ?? Infinity);
  return { on, plan: { state: isLast ? "ended" : "active", nextOn: null }, isMore: false };
}

/** Whether the last task, at first the pattern itself, is still to be done, and in sight. */
async function isLastOpen({ db }: Tx, { orgId }: BoardActor, { lastTaskId, taskId }: Recurrence): Promise<boolean> {
  const [row] = await db.execute(sql`
    select from task t join board_column c on c.id = t.column_id
    where t.org_id = ${orgId}::uuid and t.id = ${lastTaskId ?? taskId}::uuid and t.state = 'open'
      and c.state_group not in ('completed', 'cancelled')`);
  return row !== undefined;
}

/** From here on it is looked after when its last task is done. */
async function forget({ db }: Tx, { orgId }: BoardActor, id: string): Promise<void> {
  await db.execute(sql`update recurrence r set look_at = null where r.org_id = ${orgId}::uuid and r.id = ${id}::uuid`);
}

/** Says why the next one is not made: it waits, or it is paused. Announces `recurrence.updated` when that is new. */
async function hinder(
  tx: Tx,
  actor: { userId: string; orgId: string; boardId: string },
  { recurrenceId, kind }: { recurrenceId: string; kind: ErrorKind },
): Promise<void> {
  const before = await findRecurrence(tx, actor, recurrenceId);
  if (before?.state !== "active" || before.ownerId !== actor.userId) return;
  const at = new Date(tx.now.getTime() + WAIT_MS).toISOString();
  if (LOST.includes(kind)) save(tx, actor, { ...before, state: "paused", problem: kind, nextOn: null });
  else if (before.problem !== kind) save(tx, actor, { ...before, problem: kind }, { at });
  else {
    const { orgId } = actor;
    tx.send(
      tx.db.execute(sql`
        update recurrence r set look_at = ${at}::timestamptz where r.org_id = ${orgId}::uuid and r.id = ${recurrenceId}::uuid`),
    );
  }
}
