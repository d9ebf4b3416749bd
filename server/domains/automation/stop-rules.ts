import { sql } from "drizzle-orm";
import { uuids } from "../../../db/columns.ts";
import type { RULE_STOPS } from "../../../db/enums.ts";
import type { AppServices } from "../../core/context.ts";
import { tidy } from "../../core/transaction.ts";
import { announceToOrg } from "../../core/tx.ts";
import { boardsSeen, tell, type Telling } from "../home/telling.ts";
import type { WaitingRun } from "./waiting-run.ts";

interface Stopped extends Record<string, unknown> {
  ruleId: string;
  projectId: string;
  ownerId: string;
}

/**
 * Stops rules that must not go on, until somebody turns them on again. Announces `rule.updated`, and tells their owners,
 * if the run that showed it was of a task that they may see: `notification.received`.
 */
export async function stopRules(
  app: AppServices,
  orgId: string,
  run: WaitingRun,
  { ruleIds, reason }: { ruleIds: readonly string[]; reason: (typeof RULE_STOPS)[number] },
): Promise<void> {
  const owners = await app.db.within({ orgId }).execute<{ id: string }>(sql`
    select distinct r.owner_id as id from rule r join membership m on m.org_id = r.org_id and m.user_id = r.owner_id
    where r.org_id = ${orgId}::uuid and r.id = any(${uuids(ruleIds)})`);
  const streamIds = [orgId, ...owners.map(({ id }) => id)];
  await tidy(app, { orgId, streamIds, signedBy: run.rule.ownerId }, async (tx, { userId }) => {
    const stopped = await tx.db.execute<Stopped>(sql`
      update rule set state = 'stopped', stop_reason = ${reason}, updated_at = ${tx.now.toISOString()}::timestamptz
      where org_id = ${orgId}::uuid and id = any(${uuids(ruleIds)}) and state = 'on'
      returning id as "ruleId", project_id as "projectId", owner_id as "ownerId"`);
    for (const { ruleId, projectId } of stopped) {
      announceToOrg(tx, { userId, orgId }, { type: "rule.updated", data: { ruleId, projectId } });
    }
    const [taskId] = run.taskIds;
    if (taskId === undefined) return;
    const told = stopped.filter(({ ownerId }) => tx.streams.has(ownerId));
    const boards = await boardsSeen(
      tx,
      orgId,
      told.map(({ ownerId }) => ({ userId: ownerId, taskId })),
    );
    const tellings = told.flatMap(({ ownerId, ruleId }): Telling[] => {
      const boardId = boards.of({ userId: ownerId, taskId });
      if (boardId === undefined) return [];
      const about = { reason: "rule-stopped", boardId, taskId, taskCount: 1, commentId: null } as const;
      const notification = { ...about, type: null, actorId: null, dueAt: null, createdAt: tx.now.toISOString() };
      return [{ userId: ownerId, notification, once: { streamId: ruleId, version: tx.now.getTime() } }];
    });
    await tell(tx, orgId, tellings);
  });
}
