import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { uuids } from "../../../db/columns.ts";
import type { KeyLimits } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { requireLocked } from "../../core/event-log.ts";
import { newId } from "../../core/ids.ts";
import type { JobKind } from "../../core/jobs.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { requireRoom } from "../../core/room.ts";
import { tidy } from "../../core/transaction.ts";
import { announceToInbox, type Tx, type UserActor, type WriteScope } from "../../core/tx.ts";
import { Id } from "../../fields.contract.ts";
import type {
  CancelOperation,
  GetOperation,
  ListOperations,
  Operation,
  OperationDetails,
  OperationPage,
} from "./operations.contract.ts";
import { ENDED_SHOWN } from "./evolve-inbox.ts";

/** Of one person, in all organisations together. */
const MOST_UNDER_WAY = 10;
const KEPT_MS = 30 * 86_400_000;
/** One of which nothing was heard for so long has no process any more that would end it. */
const SILENT_MS = 86_400_000;
const FORGOTTEN_AT_ONCE = 100;

/** Which operation a job is of. */
export const OperationRef = z.strictObject({ orgId: Id, operationId: Id });
export type OperationRef = z.infer<typeof OperationRef>;

/** A kind of long work: what it is given, kept with the operation, and the queue of its jobs. */
export interface OperationKind<Input extends object> {
  readonly name: Operation["kind"];
  readonly input: z.ZodType<Input>;
  readonly job: JobKind<OperationRef>;
}

/** The longest that one try may take. A process that died is noticed much earlier, by its silence. */
const LONGEST_SECONDS = 6 * 3_600;
const HEARTBEAT_SECONDS = 30;

export function operationKind<Input extends object>({
  name,
  input,
}: Pick<OperationKind<Input>, "name" | "input">): OperationKind<Input> {
  return { name, input, job: jobOf(name) };
}

function jobOf(name: Operation["kind"]): JobKind<OperationRef> {
  return {
    name: `operations.${name}`,
    payload: OperationRef,
    retries: 5,
    firstRetrySeconds: 2,
    longestRetrySeconds: 60,
    timeoutSeconds: LONGEST_SECONDS,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    atOnce: 2,
  };
}

export const operationJson = sql<Operation>`json_build_object('id', o.id, 'orgId', o.org_id, 'kind', o.kind,
  'state', o.state, 'done', o.done, 'total', o.total, 'errorKind', o.error_kind, 'createdAt', iso(o.created_at),
  'finishedAt', iso(o.finished_at))`;

/** What `me.live` shows of somebody's: all that have not ended, and those that ended last. */
export function operationsShown(userId: SQL): SQL {
  return sql`(
    select * from operation u where u.user_id = ${userId} and u.finished_at is null
    union all (select * from operation e where e.user_id = ${userId} and e.finished_at is not null
      order by e.finished_at desc, e.id desc limit ${ENDED_SHOWN}::int))`;
}

/** The inbox of who calls: whatever begins an operation locks it. */
export function inboxOfStarter({ userId }: WriteScope): SQL {
  return sql`select ${userId}::uuid`;
}

/** Who looks; an API key at what is in its organisation. */
interface Reader {
  readonly db: Db;
  readonly userId: string;
  readonly key: KeyLimits | undefined;
}

function own({ userId, key }: Pick<Reader, "userId" | "key">): SQL {
  return sql`o.user_id = ${userId}::uuid and (${key?.orgId ?? null}::uuid is null or o.org_id = ${key?.orgId ?? null}::uuid)`;
}

export async function listOperations(reader: Reader, { orgId, cursor, limit }: ListOperations): Promise<OperationPage> {
  const before = decodeCursor(z.tuple([Id]), cursor)?.[0] ?? null;
  const rows = await reader.db.execute<{ operation: Operation }>(sql`
    select ${operationJson} as operation from operation o
    where ${own(reader)} and (${orgId ?? null}::uuid is null or o.org_id = ${orgId ?? null}::uuid)
      and (${before}::uuid is null or o.id < ${before}::uuid)
    order by o.id desc limit ${limit + 1}::int`);
  return toPage(
    rows.map(({ operation }) => operation),
    limit,
    ({ id }) => [id],
  );
}

/** Fails: OPERATION_NOT_FOUND. */
export async function getOperation(reader: Reader, { operationId }: GetOperation): Promise<OperationDetails> {
  const [row] = await reader.db.execute<{ operation: OperationDetails }>(sql`
    select ${operationJson}::jsonb || jsonb_build_object('errorFields', o.error_fields, 'result', o.result) as operation
    from operation o where ${own(reader)} and o.id = ${operationId}::uuid`);
  if (!row) throw new AppError("OPERATION_NOT_FOUND");
  return row.operation;
}

/**
 * Asks whoever does it to end it between two steps. Announces `operation.changed`, and nothing when that was asked
 * before. Fails: OPERATION_NOT_FOUND, OPERATION_FINISHED.
 */
export async function cancelOperation(tx: Tx, { userId }: UserActor, input: CancelOperation): Promise<Operation> {
  const [row] = await tx.db.execute<{ operation: Operation }>(sql`
    select ${operationJson} as operation from operation o
    where o.user_id = ${userId}::uuid and o.id = ${input.operationId}::uuid`);
  if (!row) throw new AppError("OPERATION_NOT_FOUND");
  const { operation } = row;
  if (operation.finishedAt !== null) throw new AppError("OPERATION_FINISHED");
  if (operation.state === "cancelling") return operation;
  tx.enterOrg(operation.orgId);
  tx.send(
    tx.db.execute(sql`
      update operation set state = 'cancelling', changed_at = ${tx.now.toISOString()}::timestamptz
      where org_id = ${operation.orgId}::uuid and id = ${operation.id}::uuid`),
  );
  // What waits for something has no job yet.
  const { orgId, kind, state } = operation;
  if (state === "waiting") tx.later(jobOf(kind), { orgId, operationId: operation.id });
  return tell(tx, userId, { ...operation, state: "cancelling" });
}

/**
 * Begins one, and its job, within a transaction that holds the inbox of who asks (`inboxOfStarter`). `input` names what
 * it is about by ids. One that `isAwaiting` something gets its job with that (`startOperation`). Announces
 * `operation.changed`. Fails: OPERATIONS_TOO_MANY.
 */
export async function beginOperation<Input extends object>(
  tx: Tx,
  { userId, orgId }: { userId: string; orgId: string },
  { kind, input, isAwaiting = false }: { kind: OperationKind<Input>; input: NoInfer<Input>; isAwaiting?: boolean },
): Promise<Operation> {
  requireLocked(tx.streams, [userId]);
  await requireRoom(tx.db, "OPERATIONS_TOO_MANY", {
    most: MOST_UNDER_WAY,
    rows: sql`select from operation where user_id = ${userId}::uuid and finished_at is null`,
  });
  const at = tx.now.toISOString();
  const id = newId();
  tx.send(
    tx.db.execute(sql`
      insert into operation (id, org_id, user_id, kind, input, state, created_at, changed_at)
      values (${id}::uuid, ${orgId}::uuid, ${userId}::uuid, ${kind.name}, ${JSON.stringify(input)}::jsonb, 'waiting',
        ${at}::timestamptz, ${at}::timestamptz)`),
  );
  if (!isAwaiting) tx.later(kind.job, { orgId, operationId: id });
  const fresh = { state: "waiting", done: 0, total: null, errorKind: null, createdAt: at, finishedAt: null } as const;
  return tell(tx, userId, { id, orgId, kind: kind.name, ...fresh });
}

/**
 * Gives one that waits for it what it goes on from (`checkpoint`), and its job. In a transaction of whose it is, which holds
 * their inbox. Fails: OPERATION_NOT_FOUND, OPERATION_FINISHED (also when it has got that before).
 */
export async function startOperation<Input extends object>(
  tx: Tx,
  { userId }: UserActor,
  { kind, id, checkpoint }: { kind: OperationKind<Input>; id: string; checkpoint: object },
): Promise<Operation> {
  const [row] = await tx.db.execute<{ operation: Operation; isAwaiting: boolean }>(sql`
    select ${operationJson} as operation, o.state = 'waiting' and o.checkpoint is null as "isAwaiting" from operation o
    where o.user_id = ${userId}::uuid and o.id = ${id}::uuid and o.kind = ${kind.name}`);
  if (!row) throw new AppError("OPERATION_NOT_FOUND");
  if (!row.isAwaiting) throw new AppError("OPERATION_FINISHED");
  const { operation } = row;
  tx.enterOrg(operation.orgId);
  tx.send(
    tx.db.execute(sql`
      update operation set checkpoint = ${JSON.stringify(checkpoint)}::jsonb, changed_at = ${tx.now.toISOString()}::timestamptz
      where org_id = ${operation.orgId}::uuid and id = ${id}::uuid`),
  );
  tx.later(kind.job, { orgId: operation.orgId, operationId: id });
  return operation;
}

/** Tells whoever started it. Under the lock of their inbox. */
export function tell(tx: Tx, userId: string, operation: Operation): Operation {
  announceToInbox(tx, { userId, inboxId: userId }, { type: "operation.changed", data: { operation } });
  return operation;
}

/**
 * Forgets what ended long ago, and gives up what nobody does any more, or never got what it waits for: a chore. Announces `operation.forgotten` and
 * `operation.changed`.
 */
export async function tidyOperations(app: AppServices): Promise<void> {
  const ago = (ms: number) => new Date(app.clock.now().getTime() - ms).toISOString();
  for (;;) {
    const old = await app.db.execute<Old>(sql`
      select org_id as "orgId", user_id as "userId", to_json(ids) as ids
      from old_operations(${ago(KEPT_MS)}::timestamptz, ${ago(SILENT_MS)}::timestamptz, ${FORGOTTEN_AT_ONCE}::int)`);
    for (const one of old) await tidyOf(app, one, { endedBefore: ago(KEPT_MS), silentSince: ago(SILENT_MS) });
    if (old.length === 0) return;
  }
}

interface Old extends Record<string, unknown> {
  readonly orgId: string;
  readonly userId: string;
  readonly ids: readonly string[];
}

function tidyOf(
  app: AppServices,
  { orgId, userId, ids }: Old,
  { endedBefore, silentSince }: { endedBefore: string; silentSince: string },
): Promise<void> {
  return tidy(app, { orgId, streamIds: [userId], signedBy: userId }, async (tx) => {
    const these = sql`org_id = ${orgId}::uuid and user_id = ${userId}::uuid and id = any(${uuids(ids)})`;
    const [gone, lost] = await Promise.all([
      tx.db.execute<{ id: string }>(
        sql`delete from operation where ${these} and finished_at is not null and changed_at < ${endedBefore}::timestamptz returning id`,
      ),
      tx.db.execute<{ operation: Operation }>(sql`
        update operation o set state = 'failed', error_kind = case o.state when 'waiting' then 'UPLOAD_NOT_FOUND' else 'INTERNAL' end,
          changed_at = ${tx.now.toISOString()}::timestamptz,
          finished_at = ${tx.now.toISOString()}::timestamptz
        where ${these} and o.finished_at is null and o.changed_at < ${silentSince}::timestamptz
        returning ${operationJson} as operation`),
    ]);
    const operationIds = gone.map(({ id }) => id).toSorted();
    if (operationIds.length > 0) {
      announceToInbox(tx, { userId, inboxId: userId }, { type: "operation.forgotten", data: { operationIds } });
    }
    for (const { operation } of lost) tell(tx, userId, operation);
  });
}
