import { sql } from "drizzle-orm";
import type { Database, Db } from "../../db/client.ts";
import { type Access, AccessList, holdAccessVersion, loadAccess } from "./access-under-lock.ts";
import { type AuditEntry, byOrg } from "./audit/record.ts";
import type { Clock } from "./clock.ts";
import type { AnyCommand } from "./command.ts";
import { lockStreams, type LogEvent, writeEvents } from "./event-log.ts";
import { newId } from "./ids.ts";
import type { Jobs } from "./jobs.ts";
import { findStored, storeMutations } from "./mutations.ts";
import type { TenantGroup, Tenants } from "./tenants.ts";
import { Tx, type UserActor } from "./tx.ts";

/** What a transaction needs of the process around it. */
export interface TransactionServices {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: { insert(db: Db, entries: readonly AuditEntry[]): Promise<unknown>[] };
  readonly tenants: Tenants;
  readonly jobs: Pick<Jobs, "enqueue" | "wake">;
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
  const groups = services.tenants.group(commands);
  const { tx, left } = await services.db.within({}).transaction(async (db) => {
    const tx = new Tx(db, services.clock.now(), isShared);
    const access = await hold(tx, groups);
    services.tenants.learn([...tx.streams.values()]);
    const left = await decide(tx, { commands, groups, access });
    // Who was refused has nothing to keep: that waits for no disk.
    await finish(services, tx, { groups, end: tx.done.length > 0 ? "commit" : "rollback" });
    return { tx, left };
  });
  tell(services, tx);
  for (const command of commands) if (!left.has(command)) command.settle();
  return [...left];
}

/**
 * One flush: the statements run one after the other on this connection, the later ones after the locks were granted, and
 * each in the tenant that was entered last.
 */
async function hold(tx: Tx, groups: readonly TenantGroup[]): Promise<AccessList> {
  const commands = groups.flatMap((group) => group.commands);
  const streamIds = new Set(commands.map(({ streamId }) => streamId));
  const [first] = groups;
  if (first) tx.enter(first.tenant);
  // Who has others is alone in the transaction.
  const others = commands.flatMap(({ otherStreams }) => otherStreams ?? []);
  const [streams, stored, ...lists] = await Promise.all([
    lockStreams(tx.db, [...streamIds], { isPatient: !tx.isShared, others }),
    findStored(tx.db, keysOf(commands)),
    ...groups.map((group) => look(tx, group)),
  ]);
  for (const stream of streams) tx.streams.set(stream.id, stream);
  for (const mutation of stored) tx.stored.add(mutation);
  return AccessList.of(lists);
}

/** The access of those who write in a tenant, and what they decide on. */
async function look(tx: Tx, { tenant, commands }: TenantGroup): Promise<AccessList> {
  tx.enter(tenant);
  for (const command of commands) command.ask(tx);
  const [access] = await Promise.all([
    loadAccess(tx.db, scopesOf(commands), !tx.isShared),
    ...Array.from(tx.pictures, (picture) => picture.load()),
  ]);
  return access;
}

function keysOf(commands: readonly AnyCommand[]) {
  return commands.flatMap(({ scope: { userId }, mutationIds }) => mutationIds.map((id) => ({ userId, id })));
}

function scopesOf(commands: readonly AnyCommand[]) {
  return commands.map(({ scope }) => scope);
}

/** Lets one command after the other decide. Those of a stream stay in order: behind one that is left, all are. */
async function decide(
  tx: Tx,
  { commands, groups, access }: { commands: readonly AnyCommand[]; groups: readonly TenantGroup[]; access: AccessList },
): Promise<Set<AnyCommand>> {
  const left = new Set<AnyCommand>();
  const leftStreams = new Set<string>();
  const tenants = new Map(groups.flatMap((group) => group.commands.map((command) => [command, group.tenant])));
  for (const command of commands) {
    const { scope, streamId } = command;
    tx.enter(tenants.get(command) ?? {});
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
 * Changes in an organisation what nobody asked to change: what has had its time. `signedBy` stands in its events. Locks
 * the streams first, as every write does, and is not tried again: whoever tidies comes again.
 */
export async function tidy(
  services: TransactionServices,
  { orgId, streamIds, signedBy }: { orgId: string; streamIds: readonly string[]; signedBy: string },
  change: (tx: Tx, actor: UserActor) => Promise<void>,
): Promise<void> {
  await react(services, async (tx) => {
    tx.enter({ orgId, userId: signedBy });
    await holdStreams(tx, streamIds);
    tx.accessVersion = await holdAccessVersion(tx.db, orgId);
    await change(tx, { userId: signedBy });
  });
}

/** Changes what follows from something else, in a transaction of its own; its events are written at the end. */
export async function react(services: TransactionServices, change: (tx: Tx) => Promise<void>): Promise<void> {
  const tx = await services.db.within({}).transaction(async (db) => {
    const tx = new Tx(db, services.clock.now());
    tx.mutationId = newId();
    await change(tx);
    await finish(services, tx, { groups: [], end: "commit" });
    return tx;
  });
  tell(services, tx);
}

/** Holds streams that a transaction of `react` or `tidy` announces to: all at once, or they are not in order. */
export async function holdStreams(tx: Tx, streamIds: readonly string[]): Promise<void> {
  for (const stream of await lockStreams(tx.db, streamIds)) tx.streams.set(stream.id, stream);
}

/** The last statements of a transaction, in one flush: rows, events, stream heads, audit, answers, and its end. */
async function finish(
  { audit, jobs }: TransactionServices,
  tx: Tx,
  { groups, end }: { groups: readonly TenantGroup[]; end: "commit" | "rollback" },
): Promise<void> {
  for (const { tenant } of groups) {
    tx.enter(tenant);
    for (const picture of tx.pictures) picture.save();
  }
  if (end === "commit") for (const job of tx.jobs.values()) await job.enqueue(jobs);
  const changed = [...tx.streams.values()].filter(({ events }) => events.length > 0);
  // What has no organisation may be written by whoever acts, in any tenant.
  const somewhere = changed.find(({ orgId }) => orgId !== null)?.orgId ?? null;
  for (const [orgId, streams] of Map.groupBy(changed, (stream) => stream.orgId ?? somewhere)) {
    if (orgId !== null) tx.enterOrg(orgId);
    for (const statement of writeEvents(tx.db, streams)) tx.send(statement);
  }
  for (const [orgId, entries] of byOrg(tx.audit)) {
    if (orgId !== null) tx.enterOrg(orgId);
    for (const statement of audit.insert(tx.db, entries)) tx.send(statement);
  }
  for (const statement of storeMutations(tx.db, tx.done)) tx.send(statement);
  tx.sendKept();
  tx.send(tx.db.execute(sql.raw(end)));
  await tx.flush();
}

/** What the hub hears after the commit (rule L12). */
function tell({ hub, jobs }: TransactionServices, tx: Tx): void {
  for (const { streamId, version } of tx.repeated) hub.repeated(streamId, version);
  for (const stream of tx.streams.values()) hub.committed(stream.id, stream.events);
  for (const orgId of tx.aftermath.recheckOrgs) hub.recheckOrg(orgId);
  for (const streamId of tx.aftermath.forgottenStreams) hub.deleted(streamId);
  for (const { kind } of tx.jobs.values()) void jobs.wake(kind);
}
