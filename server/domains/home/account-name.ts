import { sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { type JobKind, type Worker, worker } from "../../core/jobs.ts";
import { tidy } from "../../core/transaction.ts";
import { announce, announceToInbox, announceToOrg, type Tx, type UserActor } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import type { RenameAccount } from "./account.contract.ts";
import { tellBoards } from "./known-by.ts";

const TellName = z.strictObject({ userId: Id });
/** Says to organisations and boards what somebody is called now. */
const TELL_NAME: JobKind<z.infer<typeof TellName>> = {
  name: "account.tell-name",
  payload: TellName,
  retries: 24,
  firstRetrySeconds: 10,
  longestRetrySeconds: 3_600,
  timeoutSeconds: 900,
};

export function nameWorker(app: AppServices): Worker {
  return worker(TELL_NAME, ({ userId }, signal) => tellName(app, userId, signal));
}

/**
 * Announces `account.changed`; nothing, when they are called so already. Who else knows them is told by a job. An account
 * that was deleted meanwhile gets no name again. Fails: SIGN_IN_REQUIRED.
 */
export async function renameAccount(tx: Tx, { userId }: UserActor, { name }: RenameAccount): Promise<null> {
  const isTheirs = sql`id = ${userId}::uuid and deleted_at is null`;
  const [known] = await tx.db.execute<{ name: string }>(sql`select name from app_user where ${isTheirs}`);
  if (!known) throw new AppError("SIGN_IN_REQUIRED");
  if (known.name === name) return null;
  tx.send(tx.db.execute(sql`update app_user set name = ${name} where ${isTheirs}`));
  announceToInbox(tx, { userId, inboxId: userId }, { type: "account.changed", data: {} });
  tx.later(TELL_NAME, { userId });
  return null;
}

/**
 * Announces `member.renamed` and `board.member-renamed`. Each says the name of when it is written, under the lock of its
 * stream: of two changes at once the later one is told last, everywhere. Done again, it says the same again.
 */
async function tellName(app: AppServices, userId: string, signal: AbortSignal): Promise<void> {
  const orgs = await app.db
    .within({ userId })
    .execute<{ id: string }>(sql`select org_id as id from own_memberships() order by 1`);
  for (const { id: orgId } of orgs) {
    signal.throwIfAborted();
    await tidy(app, { orgId, streamIds: [orgId], signedBy: userId }, async (tx) => {
      const [member] = await tx.db.execute<{ name: string }>(sql`
        select u.name from membership m join app_user u on u.id = m.user_id
        where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid`);
      if (member) announceToOrg(tx, { userId, orgId }, { type: "member.renamed", data: { userId, name: member.name } });
    });
  }
  await tellBoards(app, userId, {
    signal,
    tell: (tx, { boardId, name }) => {
      announce(tx, { userId, boardId }, { type: "board.member-renamed", data: { userId, name } });
    },
  });
}
