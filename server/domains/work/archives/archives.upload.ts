import { sql } from "drizzle-orm";
import { requireOrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import { logged, type Transfer, whole } from "../../../core/transfer.ts";
import { write } from "../../../core/write.ts";
import type { Operation } from "../../home/operations.contract.ts";
import { startOperation } from "../../home/operations.service.ts";
import { IMPORT } from "./archives.service.ts";

const ACTION = "import:create";

/**
 * Takes the archive of an announced import, and starts its job. Who may not, is refused before the first byte is read.
 * Fails: OPERATION_NOT_FOUND, OPERATION_FINISHED (also when it has its archive), ORG_NOT_FOUND, ACTION_FORBIDDEN,
 * KEY_FORBIDDEN, UPLOAD_INTERRUPTED, and what the body fails with.
 */
export async function receiveArchive(
  ctx: Transfer,
  operationId: string,
  body: AsyncIterable<Uint8Array>,
): Promise<Operation> {
  return logged(ctx, { path: "archives.upload", type: "upload" }, async () => {
    const { app, user, session } = ctx;
    const { key } = session;
    if (key && !key.actions.has(ACTION)) throw new AppError("KEY_FORBIDDEN");
    const [found] = await app.db.within({ userId: user.id }).execute<{ orgId: string; isAwaiting: boolean }>(sql`
      select o.org_id as "orgId", o.state = 'waiting' and o.checkpoint is null as "isAwaiting" from operation o
      where o.user_id = ${user.id}::uuid and o.id = ${operationId}::uuid and o.kind = ${IMPORT.name}`);
    if (!found || (key && key.orgId !== found.orgId)) throw new AppError("OPERATION_NOT_FOUND");
    if (!found.isAwaiting) throw new AppError("OPERATION_FINISHED");
    const { orgId } = found;
    await requireOrgActor(app.db.within({ orgId }), { userId: user.id, orgId, key }, ACTION);
    const file = await app.files.receive(orgId, whole(body, "UPLOAD_INTERRUPTED"), { isAnything: true });
    try {
      return await write(
        app,
        { scope: { on: "user", userId: user.id }, procedure: "archives.upload" },
        {
          service: (tx, actor, input) => startOperation(tx, actor, { kind: IMPORT, id: operationId, ...input }),
          input: { checkpoint: { fileId: file.id }, mutationId: file.id },
        },
      );
    } catch (error) {
      await app.files.release(file);
      throw error;
    }
  });
}
