import { sql } from "drizzle-orm";
import type { Database, Db } from "../../db/client.ts";
import { type Access, type AccessList, loadAccess } from "./access-under-lock.ts";
import type { AuditEntry } from "./audit/record.ts";
import type { Clock } from "./clock.ts";
import type { AnyCommand } from "./command.ts";
import { lockStreams, type LogEvent, writeEvents } from "./event-log.ts";
import { newId } from "./ids.ts";
import { findStored, storeMutations } from "./mutations.ts";
import { Tx, type UserActor } from "./tx.ts";

/** What a transaction needs of the process around it. */
export interface TransactionServices {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: { insert(db: Db, entries: readonly AuditEntry[]): Promise<unknown>[] };
  /** Told after the commit, first of all (rule L12). */
  readonly hub: {
    committed(streamId: string, events: readonly LogEvent[]): void;
    repeated(streamId: string, version: number): void;
    recheckOrg(orgId: string): void;
    deleted(streamId: string): void;
  };
}

/**
 * Runs commands in order in one transaction, and answers them when it is committed: locks their streams; loads what was
 * done under their ids, the access of their authors, and what they decide on; lets them decide; writes it all. Answers
 * those that it has left: when they are of several streams, it waits for nothing that somebody else holds.
 */
export async function transact(
  services: TransactionServices,
  commands: readonly AnyCommand[],
): Promise<readonly AnyCommand[]> {
  const [first] = commands;
  const isShared = commands.some(({ streamId }) => streamId !== first?.streamId);
  const { tx, left } = await services.db.transaction(async (db) => {
    const tx = new Tx(db, services.clock.now(), isShared);
    const access = await hold(tx, commands);
    const left = await decide(tx, commands, access);
    // Who was refused has nothing to keep: that waits for no disk.
    await finish(services, tx, tx.done.length > 0 ? "commit" : "rollback");
    return { tx, left };
  });
  tell(services.hub, tx);
  for (const command of commands) if (!left.has(command)) command.settle();
  return [...left];
}

/** One flush: the statements run one after the other on this connection, the later ones after the locks were granted. */
async function hold(tx: Tx, commands: readonly AnyCommand[]): Promise<AccessList> {
  for (const command of commands) command.ask(tx);
  const streamIds = new Set(commands.map(({ streamId }) => streamId));
  const others = commands.flatMap(({ otherStreams }) => otherStreams ?? []);
  const [streams, stored, access] = await Promise.all([
    lockStreams(tx.db, [...streamIds], { isPatient: !tx.isShared, others }),
    findStored(tx.db, keysOf(commands)),
    loadAccess(tx.db, scopesOf(commands), !tx.isShared),
    ...Array.from(tx.pictures, (picture) => picture.load()),
  ]);
  for (const stream of streams) tx.streams.set(stream.id, stream);
  for (const mutation of stored) tx.stored.add(mutation);
  return access;
}

function keysOf(commands: readonly AnyCommand[]) {
  return commands.flatMap(({ scope: { userId }, mutationIds }) => mutationIds.map((id) => ({ userId, id })));
}

function scopesOf(commands: readonly AnyCommand[]) {
  return commands.map(({ scope }) => scope);
}

/** Lets one command after the other decide. Those of a stream stay in order: behind one that is left, all are. */
async function decide(tx: Tx, commands: readonly AnyCommand[], access: AccessList): Promise<Set<AnyCommand>> {
  const left = new Set<AnyCommand>();
  const leftStreams = new Set<string>();
  for (const command of commands) {
    const { scope, streamId } = command;
    if (tx.isShared && !isHeld(tx, streamId, access.get(scope))) leftStreams.add(streamId);
    if (leftStreams.has(streamId)) left.add(command);
    else await command.run(tx, access.get(scope));
  }
  return left;
}

/** Whether a transaction that waits for nobody has got all that a command needs. Who has no access is told alone. */
function isHeld(tx: Tx, streamId: string, access: Access | undefined): boolean {
  const isWhole = [...tx.pictures].every((picture) => !picture.lacks(streamId));
  return isWhole && access !== undefined && tx.streams.has(streamId);
}

/**
 * Changes what nobody asked to change: what has had its time. `signedBy` stands in its events. Locks the streams first,
 * as every write does, and is not tried again: whoever tidies comes again.
 */
export async function tidy(
  services: TransactionServices,
  { streamIds, signedBy }: { streamIds: readonly string[]; signedBy: string },
  change: (tx: Tx, actor: UserActor) => Promise<void>,
): Promise<void> {
  const tx = await services.db.transaction(async (db) => {
    const tx = new Tx(db, services.clock.now());
    for (const stream of await lockStreams(db, streamIds)) tx.streams.set(stream.id, stream);
    tx.mutationId = newId();
    await change(tx, { userId: signedBy });
    await finish(services, tx, "commit");
    return tx;
  });
  tell(services.hub, tx);
}

/** The last statements of a transaction, in one flush: rows, events, stream heads, audit, answers, and its end. */
async function finish({ audit }: TransactionServices, tx: Tx, end: "commit" | "rollback"): Promise<void> {
  for (const picture of tx.pictures) picture.save();
  for (const statement of writeEvents(tx.db, [...tx.streams.values()])) tx.send(statement);
  for (const statement of audit.insert(tx.db, tx.audit)) tx.send(statement);
  for (const statement of storeMutations(tx.db, tx.done)) tx.send(statement);
  tx.send(tx.db.execute(sql.raw(end)));
  await tx.flush();
}

/** What the hub hears after the commit (rule L12). */
function tell(hub: TransactionServices["hub"], tx: Tx): void {
  for (const { streamId, version } of tx.repeated) hub.repeated(streamId, version);
  for (const stream of tx.streams.values()) hub.committed(stream.id, stream.events);
  for (const orgId of tx.aftermath.recheckOrgs) hub.recheckOrg(orgId);
  for (const streamId of tx.aftermath.forgottenStreams) hub.deleted(streamId);
}
