import type { SQL } from "drizzle-orm";
import { auditRuleOf } from "../audited.ts";
import { type Access, type ActorOf, actorOrRefusal, streamOf } from "./access-under-lock.ts";
import { AppError } from "./app-error.ts";
import { type AuditEntry, type AuditSource, NO_SOURCE } from "./audit/record.ts";
import { hashInput, type StoredMutation, storedAnswer } from "./mutations.ts";
import type { Tx, WriteScope } from "./tx.ts";

/** What `write` is told about a mutation, besides its service and input. */
export interface WriteCall<Scope extends WriteScope> {
  readonly scope: Scope;
  readonly procedure: string;
  /** Who calls, for the audit log; undefined: Trestle itself. */
  readonly source?: AuditSource | undefined;
  /**
   * Selects the ids of the other streams that the write will announce to, in the statement that locks them. It sees what
   * was there before that had to wait: the service looks again (`requireLocked`).
   */
  readonly alsoLocks?: ((scope: Scope, input: unknown) => SQL) | undefined;
  /** The answer holds a secret: it is not stored, and a repeat is told `ALREADY_DONE`. */
  readonly answersSecret?: boolean | undefined;
}

/** A service that reads and writes by itself: its command has a transaction of its own, which its refusal rolls back. */
export type WriteService<Actor, Input, Output> = (tx: Tx, actor: Actor, input: Input) => Promise<Output>;

/**
 * A service whose commands share transactions: it decides on the pictures of the transaction. A command that is refused
 * has changed nothing there.
 */
export interface BatchedService<Actor, Input, Output> {
  /** Asks the pictures for what it will decide on, for whose command it is. Nothing is loaded yet. */
  ask(tx: Tx, input: Input, userId: string): void;
  run(tx: Tx, actor: Actor, input: Input): Promise<Output>;
  /** The ids of the mutations that it is made of, beside its own. */
  innerIds?(input: Input): readonly string[];
  /** How many changes it makes; else one. */
  sizeOf?(input: Input): number;
}

/** Answers a write that is refused for who asks, when parts of it were done before; else it throws the refusal. */
export type RepeatService<Input, Output> = (
  tx: Tx,
  asked: { userId: string; refusal: AppError },
  input: Input,
) => Promise<Output>;

/** A command as queues and transactions see it. */
export interface AnyCommand {
  readonly scope: WriteScope;
  readonly streamId: string;
  /** When it came, by `performance.now()`. */
  readonly since: number;
  readonly size: number;
  readonly mutationIds: readonly string[];
  /** Selects the ids of the streams that it locks beside its own. */
  readonly otherStreams: SQL | undefined;
  ask(tx: Tx): void;
  /** Decides and keeps the answer. Throws what ends the transaction: anything but a refusal of a batched service. */
  run(tx: Tx, access: Access | undefined): Promise<void>;
  /** Gives the answer to whoever waits for it: what was decided is committed. */
  settle(): void;
  fail(error: unknown): void;
}

/** One call of a mutation, and the answer that its caller waits for. */
export class Command<Scope extends WriteScope, Input, Output> implements AnyCommand {
  readonly answer: Promise<Output>;
  readonly scope: Scope;
  readonly streamId: string;
  readonly since = performance.now();
  readonly #call: WriteCall<Scope>;
  readonly #input: Input & { mutationId: string };
  readonly #service: WriteService<ActorOf<Scope>, Input, Output> | BatchedService<ActorOf<Scope>, Input, Output>;
  readonly #repeat: RepeatService<Input, Output> | undefined;
  readonly #settlement: PromiseWithResolvers<Output>;
  #outcome: { output: Output } | { refusal: AppError } | undefined;

  constructor(
    call: WriteCall<Scope>,
    {
      service,
      input,
      repeat,
    }: {
      service: WriteService<ActorOf<Scope>, Input, Output> | BatchedService<ActorOf<Scope>, Input, Output>;
      input: Input & { mutationId: string };
      repeat: RepeatService<Input, Output> | undefined;
    },
  ) {
    this.scope = call.scope;
    this.streamId = streamOf(call.scope);
    this.#call = call;
    this.#service = service;
    this.#input = input;
    this.#repeat = repeat;
    this.#settlement = Promise.withResolvers<Output>();
    this.answer = this.#settlement.promise;
  }

  /** Whether it may share a transaction with others. */
  get isBatched(): boolean {
    return typeof this.#service !== "function" && this.#call.alsoLocks === undefined;
  }

  get size(): number {
    return typeof this.#service === "function" ? 1 : (this.#service.sizeOf?.(this.#input) ?? 1);
  }

  get mutationIds(): readonly string[] {
    const inner = typeof this.#service === "function" ? [] : (this.#service.innerIds?.(this.#input) ?? []);
    return [this.#input.mutationId, ...inner];
  }

  get otherStreams(): SQL | undefined {
    return this.#call.alsoLocks?.(this.scope, this.#input);
  }

  ask(tx: Tx): void {
    if (typeof this.#service !== "function") this.#service.ask(tx, this.#input, this.scope.userId);
  }

  async run(tx: Tx, access: Access | undefined): Promise<void> {
    const { procedure, answersSecret } = this.#call;
    const { userId } = this.scope;
    tx.accessVersion = access?.accessVersion ?? 0;
    try {
      const run = () => this.#runAudited(tx, access);
      const step = { userId, streamId: this.streamId, procedure, answersSecret, input: this.#input, run };
      const { output } = await perform(tx, step);
      this.#outcome = { output };
    } catch (error) {
      if (!(error instanceof AppError) || typeof this.#service === "function") throw error;
      this.#outcome = { refusal: error };
    }
  }

  /** Decides, and keeps the record of what is audited. A repeat does not come here: it does nothing. */
  async #runAudited(tx: Tx, access: Access | undefined): Promise<Output> {
    tx.noted = undefined;
    const output = await this.#decide(tx, access);
    const entry = this.#entryOf(tx, access, output);
    if (entry) tx.audit.push(entry);
    return output;
  }

  #entryOf(tx: Tx, access: Access | undefined, output: Output): AuditEntry | undefined {
    const { procedure: action, source = NO_SOURCE, answersSecret = false, scope } = this.#call;
    const rule = auditRuleOf(action);
    if (!rule) return undefined;
    const { noted } = tx;
    const orgId = noted?.orgId ?? (scope.on === "org" ? scope.orgId : access?.orgId);
    if (!noted || orgId === undefined) throw new Error(`${action} is audited, and has not noted what it was done to`);
    const { id, before, after = answersSecret ? undefined : output } = noted;
    return {
      orgId,
      accountId: null,
      source: { ...source, userId: scope.userId },
      action,
      object: { kind: rule.object, id },
      outcome: "done",
      reason: null,
      times: 1,
      at: tx.now,
      ...(rule.digests === "before" || rule.digests === "both" ? { before } : {}),
      ...(rule.digests === "after" || rule.digests === "both" ? { after } : {}),
    };
  }

  async #decide(tx: Tx, access: Access | undefined): Promise<Output> {
    const actor = actorOrRefusal(this.scope, access);
    if (actor instanceof AppError) {
      if (!this.#repeat) throw actor;
      return this.#repeat(tx, { userId: this.scope.userId, refusal: actor }, this.#input);
    }
    return typeof this.#service === "function"
      ? this.#service(tx, actor, this.#input)
      : this.#service.run(tx, actor, this.#input);
  }

  settle(): void {
    if (!this.#outcome) throw new Error("a command is answered when it was decided");
    if ("output" in this.#outcome) this.#settlement.resolve(this.#outcome.output);
    else this.#settlement.reject(this.#outcome.refusal);
  }

  fail(error: unknown): void {
    this.#settlement.reject(error);
  }
}

/** One mutation within a transaction. */
export interface Step<Output> {
  readonly userId: string;
  readonly streamId: string;
  readonly procedure: string;
  readonly input: { mutationId: string };
  readonly answersSecret?: boolean | undefined;
  readonly run: () => Promise<Output>;
}

/** Runs one mutation, or answers it from its stored result; `memory` is what is kept of it (rule L5). */
export async function perform<Output>(tx: Tx, step: Step<Output>): Promise<{ output: Output; memory: StoredMutation }> {
  const { userId, procedure, streamId } = step;
  const id = step.input.mutationId;
  const inputHash = hashInput(step.input);
  const before = tx.stored.get({ userId, id });
  if (before !== undefined) {
    const output = storedAnswer<Output>(before, procedure, inputHash);
    if (!tx.done.includes(before)) tx.repeated.push(before);
    return { output, memory: before };
  }
  const outer = tx.mutationId;
  tx.mutationId = id;
  try {
    const output = await step.run();
    const result = step.answersSecret === true ? undefined : output;
    const version = tx.streams.get(streamId)?.version ?? 0;
    const memory = { userId, id, procedure, inputHash, result, streamId, version, at: tx.now.toISOString() };
    tx.done.push(memory);
    tx.stored.add(memory);
    return { output, memory };
  } finally {
    tx.mutationId = outer;
  }
}
