import { sql } from "drizzle-orm";
import { each, uuids } from "../../../db/columns.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { newId } from "../../core/ids.ts";
import { holdStreams, react } from "../../core/transaction.ts";
import { write } from "../../core/write.ts";
import { dayAt } from "../../days.ts";
import { boardsSeen, tell, type Telling } from "../home/telling.ts";
import { Change } from "../work/apply.contract.ts";
import { applyChanges } from "../work/apply.service.ts";
import { createComment } from "../work/comments.service.ts";
import type { ActionResult, RuleAction } from "./rules.contract.ts";
import type { WaitingRun } from "./waiting-run.ts";

/** Comments are written by so many at once: those that wait together share transactions. */
const COMMENTS_AT_ONCE = 50;

/** What a run does something by, and for whom. */
interface Acting {
  readonly app: AppServices;
  readonly orgId: string;
  readonly run: WaitingRun;
  readonly mutationIds: ReadonlyMap<string, string>;
}

/**
 * Does the actions of a rule in order, in its owner's name and with what they may do by now. What was done before, by a
 * process that was killed, is not done again: each mutation has the id that was written down for it.
 */
export async function act(app: AppServices, orgId: string, run: WaitingRun): Promise<ActionResult[]> {
  const mutationIds = await nameMutations(app, orgId, run);
  const results: ActionResult[] = [];
  for (const [index, action] of run.rule.actions.entries()) {
    results.push(await perform({ app, orgId, run, mutationIds }, action, index));
  }
  return results;
}

async function perform(acting: Acting, action: RuleAction, index: number): Promise<ActionResult> {
  const kind = await refusalOf(() => {
    if (action.do === "comment") return comment(acting, action, index);
    return action.do === "notify" ? notify(acting, action) : change(acting, action, index);
  });
  return { do: action.do, outcome: kind === null ? "done" : "refused", kind };
}

/** Why something was refused, whether it says so or throws it. */
async function refusalOf(deed: () => Promise<string | null>): Promise<string | null> {
  try {
    return await deed();
  } catch (error) {
    // What a server cannot do now is no refusal: the run goes on when the job is tried again.
    if (!(error instanceof AppError) || error.kind === "SERVER_UNAVAILABLE") throw error;
    return error.kind;
  }
}

type ChangingAction = Exclude<RuleAction, { do: "comment" | "notify" }>;

/** As a change of `boards.applyChanges`. Undefined: there is no task to change. */
export function changeOf(
  action: ChangingAction,
  { taskIds, timeZone, now }: { taskIds: readonly string[]; timeZone: string; now: Date },
): Change | undefined {
  if (action.do === "create") {
    const { columnId, title, description } = action;
    return Change.parse({ procedure: "tasks.create", columnId, title, description });
  }
  if (taskIds.length === 0) return undefined;
  const those = { taskIds: [...taskIds] };
  if (action.do === "archive") return { procedure: "tasks.bulkArchive", ...those };
  if (action.do === "move") {
    const { columnId, place } = action;
    return { procedure: "tasks.bulkMove", ...those, columnId, ...(place === "first" ? { after: null } : {}) };
  }
  const { do: _, dueInDays, ...changes } = action;
  return { procedure: "tasks.bulkUpdate", ...those, ...changes, ...dueIn(dueInDays, timeZone, now) };
}

function dueIn(days: number | null | undefined, timeZone: string, now: Date) {
  if (days === undefined) return {};
  if (days === null) return { dueAt: null };
  const today = Date.parse(dayAt(now, timeZone));
  return { dueOn: new Date(today + days * 86_400_000).toISOString().slice(0, 10), timeZone };
}

async function change(
  { app, run, mutationIds }: Acting,
  action: ChangingAction,
  index: number,
): Promise<string | null> {
  const { rule, boardId, taskIds } = run;
  // Whoever does it again means the same day.
  const made = changeOf(action, { taskIds, timeZone: rule.timeZone, now: new Date(run.createdAt) });
  if (!made) return null;
  const input = { boardId, changes: [{ ...made, mutationId: mutationIds.get(keyOf(index, null)) }] };
  const scope = { on: "board", userId: rule.ownerId, boardId, action: "board:apply" } as const;
  const [result] = await write(app, { scope, procedure: "boards.applyChanges" }, { service: applyChanges, input });
  return result?.status === "refused" ? result.kind : null;
}

async function comment({ app, run, mutationIds }: Acting, { text }: { text: string }, index: number): Promise<null> {
  const { rule, boardId, taskIds } = run;
  const scope = { on: "board", userId: rule.ownerId, boardId, action: "comment:create" } as const;
  for (let from = 0; from < taskIds.length; from += COMMENTS_AT_ONCE) {
    await Promise.all(
      taskIds.slice(from, from + COMMENTS_AT_ONCE).map((taskId) => {
        const input = { boardId, taskId, parentId: null, text, mutationId: mutationIds.get(keyOf(index, taskId)) };
        return write(app, { scope, procedure: "comments.create" }, { service: createComment, input });
      }),
    );
  }
  return null;
}

/** Tells people, of each task once a run, but its owner of nothing that they may not see. */
async function notify(
  { app, orgId, run }: Acting,
  { userIds, assignees }: { userIds: readonly string[]; assignees: boolean },
): Promise<null> {
  await react(app, async (tx) => {
    tx.enter({ orgId });
    const assigned = assignees
      ? await tx.db.execute<{ userId: string; taskId: string }>(sql`
          select a.user_id as "userId", a.task_id as "taskId" from task_assignee a
          where a.org_id = ${orgId}::uuid and a.board_id = ${run.boardId}::uuid and a.task_id = any(${uuids(run.taskIds)})`)
      : [];
    const pairs = [...run.taskIds.flatMap((taskId) => userIds.map((userId) => ({ userId, taskId }))), ...assigned];
    const boards = await boardsSeen(tx, orgId, pairs);
    const places = new Map(run.taskIds.map((taskId, place) => [taskId, place]));
    const tellings = pairs.flatMap(({ userId, taskId }): Telling[] => {
      const boardId = boards.of({ userId, taskId });
      if (boardId === undefined) return [];
      const about = { reason: "rule", boardId, taskId, taskCount: 1, commentId: null } as const;
      const notification = { ...about, type: null, actorId: null, dueAt: null, createdAt: tx.now.toISOString() };
      return [{ userId, notification, once: { streamId: run.id, version: places.get(taskId) ?? 0 } }];
    });
    if (tellings.length > 0) await holdStreams(tx, [...new Set(tellings.map(({ userId }) => userId))]);
    await tell(tx, orgId, tellings);
  });
  return null;
}

function keyOf(action: number, taskId: string | null): string {
  return `${action} ${taskId ?? ""}`;
}

/** Gives each mutation of a run its id, and writes down of which tasks it is: whoever runs it again finds what the first one meant. */
async function nameMutations({ db }: AppServices, orgId: string, run: WaitingRun): Promise<Map<string, string>> {
  const wanted = run.rule.actions.flatMap((action, index) => {
    if (action.do === "notify") return [];
    const taskIds = action.do === "comment" ? run.taskIds : [null];
    return taskIds.map((taskId) => ({ action: index, taskId }));
  });
  const rows = await db.within({ orgId }).execute<{ id: string; action: number; taskId: string | null }>(sql`
    with known as (select * from rule_mutation where org_id = ${orgId}::uuid and run_id = ${run.id}::uuid),
      meant as (update rule_run set task_ids = ${uuids(run.taskIds)}, is_begun = true
        where org_id = ${orgId}::uuid and id = ${run.id}::uuid),
      made as (insert into rule_mutation (mutation_id, org_id, run_id, action, task_id)
        select n.id, ${orgId}::uuid, ${run.id}::uuid, n.action, n.task_id
        from unnest(${each("uuid", wanted, newId)}, ${each("int", wanted, ({ action }) => action)},
          ${each("uuid", wanted, ({ taskId }) => taskId)}) n(id, action, task_id)
        where not exists (select from known) returning *)
    select mutation_id as id, action, task_id as "taskId" from (select * from known union all select * from made) m`);
  return new Map(rows.map(({ id, action, taskId }) => [keyOf(action, taskId), id]));
}
