import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { type JobKind, type Worker, worker } from "../../core/jobs.ts";
import { announce } from "../../core/tx.ts";
import { write } from "../../core/write.ts";
import { Id } from "../../fields.contract.ts";
import { DELETED_NAME } from "../identity/accounts.service.ts";
import { leaveOrg, streamsOfLeaver } from "../orgs/members.service.ts";
import { tellBoards } from "./known-by.ts";

const EraseAccount = z.strictObject({ userId: Id });
/** What is left to do for an account that was closed. */
export const ERASE_ACCOUNT: JobKind<z.infer<typeof EraseAccount>> = {
  name: "account.erase",
  payload: EraseAccount,
  retries: 24,
  firstRetrySeconds: 10,
  longestRetrySeconds: 3_600,
  timeoutSeconds: 900,
};

/** Events that are looked through in one statement. */
const EVENTS_AT_ONCE = 5_000;

export function eraseWorker(app: AppServices): Worker {
  return worker(ERASE_ACCOUNT, ({ userId }, signal) => eraseAccount(app, userId, signal));
}

/**
 * Takes an account that was closed out of its organisations, tells the boards that know it what it is called now, and
 * takes its name from the log, whose events keep their versions and nonces. Done again, it does what is left.
 */
export async function eraseAccount(app: AppServices, userId: string, signal?: AbortSignal): Promise<void> {
  await leaveAll(app, userId);
  // Boards on which it is assigned go on knowing it.
  await tellBoards(app, userId, {
    signal,
    tell: (tx, { boardId, role }) => {
      const member = { userId, name: DELETED_NAME, role: null };
      if (role === null) announce(tx, { userId, boardId }, { type: "board.unshared", data: { userId, member } });
    },
  });
  await eraseName(app.db.within({ userId }), signal);
  // Answers that are kept for repeats may say what they were called; who repeats is told that it was done.
  await app.db.within({ userId }).execute(sql`select erase_own_answers()`);
}

async function leaveAll(app: AppServices, userId: string): Promise<void> {
  const orgs = await app.db
    .within({ userId })
    .execute<{ id: string }>(sql`select org_id as id from own_memberships() order by 1`);
  for (const { id: orgId } of orgs) {
    const scope = { on: "org", userId, orgId, action: "member:leave" } as const;
    const call = { scope, procedure: "members.leave", alsoLocks: streamsOfLeaver };
    try {
      await write(app, call, { service: leaveOrg, input: {} });
    } catch (error) {
      // It was removed there, or the organisation deleted, meanwhile.
      if (!(error instanceof AppError) || error.kind !== "ORG_NOT_FOUND") throw error;
    }
  }
}

async function eraseName(db: Db, signal: AbortSignal | undefined): Promise<void> {
  let after: { streamId: string; version: string } | undefined;
  for (;;) {
    signal?.throwIfAborted();
    [after] = await db.execute<{ streamId: string; version: string }>(sql`
      select stream_id as "streamId", version from erase_own_name(${DELETED_NAME}, ${after?.streamId ?? null}::uuid,
        ${after?.version ?? null}::bigint, ${EVENTS_AT_ONCE}::int)`);
    if (!after) return;
  }
}
