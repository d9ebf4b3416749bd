import { sql } from "drizzle-orm";
import type { Database, Db } from "../../db/client.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import type { BoardNews, InboxNews, OrgNews } from "../events.ts";
import { allowsArchived, type BoardAction, type OrgAction } from "../policy.ts";
import { type BoardActor, type OrgActor, toBoardActor, toOrgActor } from "./access.ts";
import { AppError } from "./app-error.ts";
import type { Clock } from "./clock.ts";
import { append, type LockedStream, lockedStream, lockStreams, type LogEvent, writeEvents } from "./event-log.ts";
import { isConnectionFault, isRetryable, isUniqueViolation, pause } from "./faults.ts";
import { newId } from "./ids.ts";
import { findStored, hashInput, type StoredMutation, storedAnswer, storeMutations } from "./mutations.ts";

/** How long a write is tried again while the database is away or another transaction is in its way. */
const PATIENCE_MS = 8_000;
/** How often a row that another transaction inserted first may be in the way before that counts as a fault. */
const MOST_OUTRUN = 5;

/** What a write changes, and thereby whose stream it locks and how its actor is found. */
export type WriteScope =
  | { on: "user"; userId: string }
  | { on: "org"; userId: string; orgId: string; action: OrgAction }
  | { on: "board"; userId: string; boardId: string; action: BoardAction };

export interface UserActor {
  readonly userId: string;
}

export interface WriteCall<Scope extends WriteScope> {
  readonly scope: Scope;
  readonly procedure: string;
  /** The other streams that the write will announce to, looked up before they are locked. */
  readonly alsoLocks?: ((db: Db, scope: Scope, input: unknown) => Promise<readonly string[]>) | undefined;
  /** The answer holds a secret: it is not stored, and a repeat is told `ALREADY_DONE`. */
  readonly answersSecret?: boolean | undefined;
}

/** What a write needs of the process around it. */
export interface WriteServices {
  readonly db: Database;
  readonly clock: Clock;
  /** Told after the commit, first of all (rule L12). */
  readonly hub: {
    committed(streamId: string, events: readonly LogEvent[]): void;
    repeated(streamId: string, version: number): void;
    recheckOrg(orgId: string): void;
    deleted(streamId: string): void;
  };
}

interface Actors {
  user: UserActor;
  org: OrgActor;
  board: BoardActor;
}
export type ActorOf<Scope extends WriteScope> = Actors[Scope["on"]];
export type WriteService<Actor, Input, Output> = (tx: Tx, actor: Actor, input: Input) => Promise<Output>;
/** Answers a write that is refused for who asks, when parts of it were done before; else it throws the refusal. */
export type RepeatService<Input, Output> = (
  tx: Tx,
  asked: { userId: string; refusal: AppError },
  input: Input,
) => Promise<Output>;

/** A transaction that holds the stream of what it changes. Made by `write` alone. */
export class Tx {
  readonly db: Db;
  readonly now: Date;
  readonly streams: Map<string, LockedStream>;
  /** The id of the mutation under way: `boards.applyChanges` runs one for each of its changes. */
  mutationId = "";
  /** Who may see what by membership: goes up within this transaction when that changes. */
  accessVersion = 0;
  readonly done: StoredMutation[] = [];
  /** The mutations that were answered from their stored results. */
  readonly repeated: StoredMutation[] = [];
  /** Told to the hub after the commit. */
  readonly aftermath = { recheckOrgs: new Set<string>(), forgottenStreams: new Set<string>() };
  readonly #sent: Promise<unknown>[] = [];

  constructor(db: Db, now: Date, streams: Map<string, LockedStream>) {
    this.db = db;
    this.now = now;
    this.streams = streams;
  }

  /** The version of the next event of a stream: what the rows that it announces are saved with. */
  nextVersion(streamId: string): number {
    return lockedStream(this.streams, streamId).version + 1;
  }

  /** Sends a statement whose answer nobody needs: it leaves at once, and the commit waits for it. */
  send(statement: PromiseLike<unknown>): void {
    const sent = Promise.resolve(statement);
    // Its failure is met in `flush`; without this it would be an unhandled rejection until then.
    sent.catch(() => {});
    this.#sent.push(sent);
  }

  async flush(): Promise<void> {
    await Promise.all(this.#sent);
  }
}

/** Tells a board's watchers what changed. The event is written at the end of the transaction. */
export function announce(tx: Tx, actor: { userId: string; boardId: string }, news: BoardNews): LogEvent {
  return append(lockedStream(tx.streams, actor.boardId), news, signature(tx, actor));
}

/** Tells the members of an organisation what changed. */
export function announceToOrg(tx: Tx, actor: { userId: string; orgId: string }, news: OrgNews): LogEvent {
  return append(lockedStream(tx.streams, actor.orgId), news, signature(tx, actor));
}

/**
 * Tells one person what concerns them alone. Nobody else ever reads an inbox, so that its events count no changes of
 * access.
 */
export function announceToInbox(tx: Tx, actor: { userId: string; inboxId: string }, news: InboxNews): LogEvent {
  return append(lockedStream(tx.streams, actor.inboxId), news, { ...signature(tx, actor), accessVersion: 0 });
}

function signature(tx: Tx, actor: { userId: string }) {
  return { actorId: actor.userId, mutationId: tx.mutationId, accessVersion: tx.accessVersion, at: tx.now };
}

/**
 * The one way to change something: locks the stream of the scope, answers a repeated `mutationId`, loads the actor's
 * access under the lock, runs the service, writes events and result, commits, and tells the hub (rules L1 to L5).
 * Deadlocks and lost connections are repeated with the same mutation id, so that nothing is done twice.
 */
export async function write<Scope extends WriteScope, Input extends { mutationId?: string | undefined }, Output>(
  services: WriteServices,
  call: WriteCall<Scope>,
  service: WriteService<ActorOf<Scope>, Input, Output>,
  input: Input,
  repeat?: RepeatService<Input, Output>,
): Promise<Output> {
  const mutationId = input.mutationId ?? newId();
  const until = performance.now() + PATIENCE_MS;
  let waitMs = 5;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(services, call, service, { ...input, mutationId }, repeat);
    } catch (error) {
      if (performance.now() > until) throw error;
      const outrun = isUniqueViolation(error) && tries < MOST_OUTRUN;
      if (!outrun && !isRetryable(error) && !isConnectionFault(error)) throw error;
    }
    await pause(waitMs * (0.5 + Math.random()));
    waitMs = Math.min(waitMs * 2, 500);
  }
}

async function attempt<Scope extends WriteScope, Input extends { mutationId: string }, Output>(
  services: WriteServices,
  call: WriteCall<Scope>,
  service: WriteService<ActorOf<Scope>, Input, Output>,
  input: Input,
  repeat: RepeatService<Input, Output> | undefined,
): Promise<Output> {
  const { scope } = call;
  const others = (await call.alsoLocks?.(services.db, scope, input)) ?? [];
  const { output, tx } = await services.db.transaction(async (db) => {
    const own = streamOf(scope);
    // One flush: the statements run one after the other on this connection, the later ones after the lock was granted.
    const [streams, stored, load] = await Promise.all([
      lockStreams(db, [own, ...others]),
      findStored(db, scope.userId, [input.mutationId]),
      loadAccess(db, scope),
    ]);
    const tx = new Tx(db, services.clock.now(), streams);
    tx.accessVersion = load.accessVersion;
    const run = () => {
      const actor = actorOrRefusal(scope, load);
      if (!(actor instanceof AppError)) return service(tx, actor, input);
      if (repeat) return repeat(tx, { userId: scope.userId, refusal: actor }, input);
      throw actor;
    };
    const command = { userId: scope.userId, streamId: own, ...call, input, run };
    const { output } = await perform(tx, stored, command);
    await finish(tx);
    return { output, tx };
  });
  tell(services.hub, tx);
  return output;
}

/**
 * Changes what nobody asked to change: what has had its time. `signedBy` stands in its events. Locks the streams first,
 * as every write does, and is not tried again: whoever tidies comes again.
 */
export async function tidy(
  services: WriteServices,
  { streamIds, signedBy }: { streamIds: readonly string[]; signedBy: string },
  change: (tx: Tx, actor: UserActor) => Promise<void>,
): Promise<void> {
  const tx = await services.db.transaction(async (db) => {
    const tx = new Tx(db, services.clock.now(), await lockStreams(db, streamIds));
    tx.mutationId = newId();
    await change(tx, { userId: signedBy });
    await finish(tx);
    return tx;
  });
  tell(services.hub, tx);
}

/** The last statements of a transaction: events, stream heads and answers. */
async function finish(tx: Tx): Promise<void> {
  for (const statement of writeEvents(tx.db, [...tx.streams.values()])) tx.send(statement);
  for (const statement of storeMutations(tx.db, tx.done)) tx.send(statement);
  await tx.flush();
}

/** What the hub hears after the commit (rule L12). */
function tell(hub: WriteServices["hub"], tx: Tx): void {
  for (const { streamId, version } of tx.repeated) hub.repeated(streamId, version);
  for (const stream of tx.streams.values()) hub.committed(stream.id, stream.events);
  for (const orgId of tx.aftermath.recheckOrgs) hub.recheckOrg(orgId);
  for (const streamId of tx.aftermath.forgottenStreams) hub.deleted(streamId);
}

/** The stream under whose lock a scope is changed: somebody's own is their inbox. */
function streamOf(scope: WriteScope): string {
  switch (scope.on) {
    case "user":
      return scope.userId;
    case "org":
      return scope.orgId;
    case "board":
      return scope.boardId;
  }
}

export interface Command<Output> {
  readonly userId: string;
  readonly streamId: string;
  readonly procedure: string;
  readonly input: { mutationId: string };
  readonly answersSecret?: boolean | undefined;
  readonly run: () => Promise<Output>;
}

/** Runs one command of a transaction, or answers it from its stored result: `done` is what is stored of it (rule L5). */
export async function perform<Output>(
  tx: Tx,
  stored: ReadonlyMap<string, StoredMutation>,
  command: Command<Output>,
): Promise<{ output: Output; done?: StoredMutation }> {
  const { mutationId } = command.input;
  const inputHash = hashInput(command.input);
  const before = stored.get(mutationId);
  if (before !== undefined) {
    const output = storedAnswer<Output>(before, command.procedure, inputHash);
    tx.repeated.push(before);
    return { output };
  }
  const outer = tx.mutationId;
  tx.mutationId = mutationId;
  try {
    const output = await command.run();
    const done = {
      userId: command.userId,
      id: mutationId,
      procedure: command.procedure,
      inputHash,
      result: command.answersSecret === true ? undefined : output,
      streamId: command.streamId,
      version: tx.streams.get(command.streamId)?.version ?? 0,
      at: tx.now.toISOString(),
    };
    tx.done.push(done);
    return { output, done };
  } finally {
    tx.mutationId = outer;
  }
}

interface Access {
  orgId: string;
  orgRole: OrgRole | null;
  boardRole: BoardRole | null;
  boardState: string | null;
  accessVersion: number;
}

/**
 * The actor's access as it is under the lock. The membership row is held, so that a removal waits for this write or
 * this write finds it done; the organisation's row too, so that no event that commits after a removal carries the
 * access version from before it (L14).
 */
async function loadAccess(db: Db, scope: WriteScope): Promise<Access> {
  if (scope.on === "user") return { orgId: "", orgRole: null, boardRole: null, boardState: null, accessVersion: 0 };
  const streamId = streamOf(scope);
  const [[member], [share]] = await Promise.all([
    db.execute<{ orgId: string; role: OrgRole; accessVersion: string }>(sql`
      select m.org_id as "orgId", m.role, o.access_version as "accessVersion"
      from stream s join org o on o.id = s.org_id
      join membership m on m.org_id = o.id and m.user_id = ${scope.userId}::uuid
      where s.id = ${streamId}::uuid and s.kind = ${scope.on} for key share of o, m`),
    // The board's own row and shares change under the stream's lock only: no lock needed, but a statement after it.
    db.execute<{ state: string; role: BoardRole | null }>(sql`
      select b.state, board_role(m.role, b.visibility, bm.role) as role
      from board b
      left join membership m on m.org_id = b.org_id and m.user_id = ${scope.userId}::uuid
      left join board_member bm on bm.board_id = b.id and bm.user_id = ${scope.userId}::uuid
      where b.id = ${streamId}::uuid`),
  ]);
  return {
    orgId: member?.orgId ?? "",
    orgRole: member?.role ?? null,
    boardRole: member ? (share?.role ?? null) : null,
    boardState: share?.state ?? null,
    accessVersion: Number(member?.accessVersion ?? 0),
  };
}

function actorOrRefusal<Scope extends WriteScope>(scope: Scope, access: Access): ActorOf<Scope> | AppError {
  try {
    return actorOf(scope, access);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function actorOf<Scope extends WriteScope>(scope: Scope, access: Access): ActorOf<Scope>;
function actorOf(scope: WriteScope, access: Access): UserActor | OrgActor | BoardActor {
  switch (scope.on) {
    case "user":
      return { userId: scope.userId };
    case "org":
      return toOrgActor(scope.userId, scope.orgId, access.orgRole, scope.action);
    case "board": {
      const actor = toBoardActor(scope.userId, access.orgId, scope.boardId, access.boardRole, scope.action);
      if (access.boardState === "archived" && !allowsArchived(scope.action)) throw new AppError("BOARD_ARCHIVED");
      return actor;
    }
  }
}
