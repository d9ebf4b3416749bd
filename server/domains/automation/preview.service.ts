import { type BoardActor, mayDo } from "../../core/access.ts";
import type { AppServices } from "../../core/context.ts";
import type { Tx } from "../../core/tx.ts";
import { write } from "../../core/write.ts";
import type { ApplyChanges, ChangeResults } from "../work/apply.contract.ts";
import { applyChanges } from "../work/apply.service.ts";
import { changeOf } from "./act.ts";
import { findMeant } from "./meant.ts";
import type { ActionResult, PreviewRule, RulePreview } from "./rules.contract.ts";

/** What was tried, and ends its transaction: nothing of it stays. */
class Tried extends Error {
  readonly results: ChangeResults;

  constructor(results: ChangeResults) {
    super("This was tried, and is not done.");
    this.results = results;
  }
}

/**
 * Finds the tasks of a board that a rule would run of, lets its changes be decided on them as they are, in order, and takes
 * all of it back. Comments and notifications are looked at alone. Fails: FILTER_INVALID, TASK_NOT_FOUND.
 */
export async function previewRule(app: AppServices, actor: BoardActor, input: PreviewRule): Promise<RulePreview> {
  const { orgId, boardId, userId } = actor;
  const { taskId, filter, timeZone, actions } = input;
  const now = app.clock.now();
  const asking = { orgId, boardId, userId, timeZone, filter, now };
  const taskIds = await findMeant(app.db.within({ orgId }), asking, taskId === undefined ? undefined : [taskId]);
  const changes = actions.map((action) => {
    return action.do === "comment" || action.do === "notify" ? undefined : changeOf(action, { taskIds, timeZone, now });
  });
  const tried = await tryChanges(app, actor, { boardId, changes: changes.filter((change) => change !== undefined) });
  const results = actions.map((action, index): ActionResult => {
    const result = changes[index] === undefined ? undefined : tried.shift();
    const isForbidden = action.do === "comment" && !mayDo(actor, "comment:create");
    const kind = result?.status === "refused" ? result.kind : isForbidden ? "ACTION_FORBIDDEN" : null;
    return { do: action.do, outcome: kind === null ? "done" : "refused", kind };
  });
  return { taskIds, results };
}

async function tryChanges(app: AppServices, actor: BoardActor, input: ApplyChanges): Promise<ChangeResults> {
  if (input.changes.length === 0) return [];
  const { userId, boardId, key } = actor;
  const scope = { on: "board", userId, boardId, action: "board:apply", key } as const;
  const attempt = async (tx: Tx, author: BoardActor): Promise<never> => {
    applyChanges.ask(tx, input, userId);
    for (const picture of tx.pictures) await picture.load();
    throw new Tried(await applyChanges.run(tx, author, input));
  };
  try {
    return await write(app, { scope, procedure: "rules.preview" }, { service: attempt, input });
  } catch (error) {
    if (error instanceof Tried) return error.results;
    throw error;
  }
}
