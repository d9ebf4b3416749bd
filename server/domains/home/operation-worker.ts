import { type SQL, sql } from "drizzle-orm";
import { AppError } from "../../core/app-error.ts";
import type { AppServices } from "../../core/context.ts";
import { isUnavailable } from "../../core/faults.ts";
import { newId } from "../../core/ids.ts";
import { type Worker, worker } from "../../core/jobs.ts";
import { tidy } from "../../core/transaction.ts";
import type { Tx } from "../../core/tx.ts";
import type { ErrorKind } from "../../errors.ts";
import type { Operation, OperationDetails } from "./operations.contract.ts";
import { operationJson, type OperationKind, type OperationRef, tell } from "./operations.service.ts";

/** How often at the most whoever watches is told how far it is, and it is looked whether they still want it. */
const TOLD_EVERY_MS = 1_000;

type Result = NonNullable<OperationDetails["result"]>;

/** How a kind of long work is done. */
export interface OperationWork<Input extends object> {
  /**
   * Does it from where the run before got to (`checkpoint`); again, if the process dies. Refuses by an `AppError`, and
   * is tried again after any other failure.
   */
  run(app: AppServices, operation: RunningOperation<Input>): Promise<Result>;
  /** Takes away what there is of one that will not be done; also what a run before has left, and perhaps twice. */
  abandon(app: AppServices, operation: RunningOperation<Input>): Promise<void>;
}

/** Does the jobs of a kind of long work. */
export function operationWorker<Input extends object>(
  app: AppServices,
  kind: OperationKind<Input>,
  work: OperationWork<Input>,
): Worker {
  return worker(kind.job, async (ref, signal, { isLastTry }) => {
    const operation = await claim(app, kind, ref, signal);
    if (!operation) return;
    try {
      operation.requireWanted();
      const result = await work.run(app, operation);
      if (!operation.hasEnded) await operation.end({ state: "done", result });
    } catch (error) {
      if (error instanceof OperationTakenError) return;
      const ending = endingOf(error, isLastTry);
      if (!ending) throw error;
      await work.abandon(app, operation);
      await operation.end(ending);
      if (ending.errorKind === "INTERNAL") throw error;
    }
  });
}

/** It is not wanted any more: cancelled, or whoever started it has left. */
class OperationCancelledError extends Error {
  override readonly name = "OperationCancelledError";
}

/** Another run does it by now. */
class OperationTakenError extends Error {
  override readonly name = "OperationTakenError";
}

type Ending =
  | { state: "done"; result: Result; errorKind?: never }
  | { state: "cancelled"; errorKind?: never }
  | { state: "failed"; errorKind: ErrorKind; errorFields?: Record<string, string> | undefined };

/** Undefined: it is tried again. */
function endingOf(error: unknown, isLastTry: boolean): Exclude<Ending, { state: "done" }> | undefined {
  if (error instanceof OperationCancelledError) return { state: "cancelled" };
  if (error instanceof AppError && error.kind !== "SERVER_UNAVAILABLE") {
    return { state: "failed", errorKind: error.kind, errorFields: error.fields };
  }
  return isLastTry ? { state: "failed", errorKind: "INTERNAL" } : undefined;
}

interface Claimed extends Record<string, unknown> {
  readonly userId: string;
  readonly input: unknown;
  readonly checkpoint: unknown;
  readonly operation: Operation;
}

/** Begins a run: one before, whose process died or is thought dead, writes nothing any more. Undefined: it has ended. */
async function claim<Input extends object>(
  app: AppServices,
  kind: OperationKind<Input>,
  { orgId, operationId }: OperationRef,
  signal: AbortSignal,
): Promise<RunningOperation<Input> | undefined> {
  const [found] = await app.db
    .within({ orgId })
    .execute<{ userId: string }>(
      sql`select user_id as "userId" from operation where org_id = ${orgId}::uuid and id = ${operationId}::uuid`,
    );
  if (!found) return undefined;
  const runId = newId();
  let claimed: Claimed | undefined;
  await tidy(app, { orgId, streamIds: [found.userId], signedBy: found.userId }, async (tx) => {
    [claimed] = await tx.db.execute<Claimed>(sql`
      update operation o set run_id = ${runId}::uuid, state = case o.state when 'waiting' then 'running' else o.state end,
        changed_at = ${tx.now.toISOString()}::timestamptz
      where o.org_id = ${orgId}::uuid and o.id = ${operationId}::uuid and o.finished_at is null
      returning o.user_id as "userId", o.input, o.checkpoint, ${operationJson} as operation`);
    if (claimed) tell(tx, claimed.userId, claimed.operation);
  });
  if (!claimed) return undefined;
  return new RunningOperation(app, { ...claimed, input: kind.input.parse(claimed.input), runId, signal });
}

interface Run<Input> {
  readonly operation: Operation;
  readonly userId: string;
  readonly input: Input;
  readonly checkpoint: unknown;
  readonly runId: string;
  readonly signal: AbortSignal;
}

/** One that is under way, as whoever does it sees it. */
export class RunningOperation<Input extends object> {
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly input: Input;
  readonly signal: AbortSignal;
  #checkpoint: unknown;
  readonly #app: AppServices;
  readonly #runId: string;
  #state: Operation["state"];
  #hasEnded = false;
  #toldAt = performance.now();

  constructor(app: AppServices, { operation, userId, input, checkpoint, runId, signal }: Run<Input>) {
    this.#app = app;
    this.id = operation.id;
    this.orgId = operation.orgId;
    this.userId = userId;
    this.input = input;
    this.signal = signal;
    this.#checkpoint = checkpoint;
    this.#runId = runId;
    this.#state = operation.state;
  }

  /** What was kept last, mostly by the run before; null: nothing was. */
  get checkpoint(): unknown {
    return this.#checkpoint;
  }

  /** Throws what ends the run when it was cancelled before it began. */
  requireWanted(): void {
    this.signal.throwIfAborted();
    if (this.#state === "cancelling") throw new OperationCancelledError();
  }

  /**
   * Says how far it is: at most once a second, so that it may be called for each piece. Throws what ends the run when
   * nobody wants it any more; `run` lets that pass. While the database is too busy nothing is said. Announces
   * `operation.changed`.
   */
  async progress(done: number, total: number | null): Promise<void> {
    this.signal.throwIfAborted();
    if (performance.now() - this.#toldAt < TOLD_EVERY_MS) return;
    await this.#save(sql`done = ${done}::int, total = ${total}::int`).catch((error: unknown) => {
      if (!isUnavailable(error)) throw error;
    });
    this.#toldAt = performance.now();
    this.requireWanted();
  }

  /** The same, at once, with what the next run goes on from if this one does not come to its end. */
  async keep(checkpoint: object): Promise<void> {
    await this.#save(sql`checkpoint = ${JSON.stringify(checkpoint)}::jsonb`, { isTold: false });
    this.#checkpoint = checkpoint;
    this.requireWanted();
  }

  /**
   * Keeps a checkpoint with what else a transaction of its own changes: it has happened when both are there. The
   * transaction is in the organisation. Throws what ends the run when another one does it.
   */
  async keepWithin(tx: Tx, checkpoint: object): Promise<void> {
    const rows = await tx.db.execute(sql`
      update operation o set checkpoint = ${JSON.stringify(checkpoint)}::jsonb where ${this.#isThis} returning o.id`);
    if (rows.length === 0) throw new OperationTakenError();
    this.#checkpoint = checkpoint;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Ends it with what a transaction of its own changes, which holds the inbox of its owner: both happen, or neither. Throws
   * what ends the run when nobody wants it any more, or another one does it.
   */
  async endWithin(tx: Tx, result: Result): Promise<void> {
    const at = tx.now.toISOString();
    const [row] = await tx.db.execute<{ operation: Operation }>(sql`
      update operation o set state = 'done', result = ${JSON.stringify(result)}::jsonb, done = coalesce(o.total, o.done),
        checkpoint = null, changed_at = ${at}::timestamptz, finished_at = ${at}::timestamptz
      where ${this.#isThis} and o.state <> 'cancelling' returning ${operationJson} as operation`);
    if (!row) {
      const rows = await tx.db.execute(sql`select from operation o where ${this.#isThis}`);
      throw rows.length > 0 ? new OperationCancelledError() : new OperationTakenError();
    }
    tell(tx, this.userId, row.operation);
    this.#hasEnded = true;
  }

  /** The last that is heard of it. */
  async end(ending: Ending): Promise<void> {
    const result = ending.state === "done" ? JSON.stringify(ending.result) : null;
    const fields = ending.state === "failed" && ending.errorFields ? JSON.stringify(ending.errorFields) : null;
    await this.#save(
      sql`state = ${ending.state}, finished_at = ${this.#app.clock.now().toISOString()}::timestamptz, checkpoint = null,
        result = ${result}::jsonb, error_kind = ${ending.errorKind ?? null}, error_fields = ${fields}::jsonb,
        ${ending.state === "done" ? sql`done = coalesce(o.total, o.done)` : sql`done = o.done`}`,
    ).catch((error: unknown) => {
      // Whoever started it has left: there is nobody to be told that it is not done.
      if (ending.state === "done" || !(error instanceof OperationCancelledError)) throw error;
    });
  }

  get #isThis(): SQL {
    return sql`o.org_id = ${this.orgId}::uuid and o.id = ${this.id}::uuid and o.run_id = ${this.#runId}::uuid
      and o.finished_at is null`;
  }

  async #save(changes: SQL, { isTold = true } = {}): Promise<void> {
    const { id, orgId, userId } = this;
    let isThere = false;
    let saved: Operation | undefined;
    await tidy(this.#app, { orgId, streamIds: [userId], signedBy: userId }, async (tx) => {
      const [[row], [found]] = await Promise.all([
        tx.db.execute<{ operation: Operation }>(sql`
          update operation o set ${changes}, changed_at = ${tx.now.toISOString()}::timestamptz
          where ${this.#isThis} returning ${operationJson} as operation`),
        tx.db.execute(sql`select from operation where org_id = ${orgId}::uuid and id = ${id}::uuid`),
      ]);
      isThere = found !== undefined;
      saved = row?.operation;
      if (saved && isTold) tell(tx, userId, saved);
    });
    if (!saved) throw isThere ? new OperationTakenError() : new OperationCancelledError();
    this.#state = saved.state;
  }
}
