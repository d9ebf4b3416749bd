import type { FaultKind } from "./faults.ts";

/** A mistake that somebody could make, and that the harness has to see. */
export interface Bug {
  readonly name: string;
  /** From the project's root. */
  readonly file: string;
  /** Occurs there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The rules that it breaks: one of them has to be reported. */
  readonly breaks: readonly string[];
  /** What makes it likely to be seen. */
  readonly faults: readonly FaultKind[];
  readonly profile?: Profile;
}

export interface Profile {
  readonly ops?: number;
  readonly clients?: number;
  readonly faultCount?: number;
  readonly processes?: number;
  /** No process hears of another's writes but by its poll. */
  readonly wakeups?: "drop";
}

const RECONNECTS: readonly FaultKind[] = ["cut an edge", "reset an edge", "kill a server"];
const REMOVALS: readonly FaultKind[] = ["revoke in a burst"];
const DATABASE: readonly FaultKind[] = ["restart Postgres (immediate)", "cut an edge", "kill a server"];
const MANY_REMOVALS = { faultCount: 14, clients: 24 };

export const BUGS: readonly Bug[] = [
  // Writing.
  {
    name: "told before the commit",
    file: "server/core/write.ts",
    find: "    await tx.flush();\n    return { output, tx };",
    replace:
      "    for (const stream of streams.values()) services.hub.committed(stream.id, stream.events);\n    await tx.flush();\n    await new Promise((resolve) => setTimeout(resolve, 5));\n    return { output, tx };",
    breaks: ["L1", "L6"],
    faults: DATABASE,
  },
  {
    name: "events outside of the transaction",
    file: "server/core/write.ts",
    find: "    for (const statement of writeEvents(db, [...streams.values()])) tx.send(statement);",
    replace: "    for (const statement of writeEvents(services.db, [...streams.values()])) statement.catch(() => {});",
    breaks: ["L1", "L2", "L7", "L9"],
    faults: DATABASE,
  },
  {
    name: "an event without its row",
    file: "server/domains/work/labels.service.ts",
    find: "update label set name = ${name}, color = ${color}, version",
    replace: "update label set color = ${color}, version",
    breaks: ["L9"],
    faults: RECONNECTS,
  },
  {
    name: "the stream is not locked",
    file: "server/core/event-log.ts",
    find: "any(${uuids(ids)}) order by id for update`",
    replace: "any(${uuids(ids)}) order by id`",
    breaks: ["L2", "L4", "L5", "L9", "L10"],
    faults: RECONNECTS,
  },
  {
    name: "versions from a sequence",
    file: "server/core/event-log.ts",
    find: "  stream.version += 1;\n  stream.nonce = newNonce();",
    replace:
      "  const sequence = (globalThis.sequence ??= new Map());\n  stream.version = Math.max(stream.version, sequence.get(stream.id) ?? 0) + 1;\n  sequence.set(stream.id, stream.version);\n  stream.nonce = newNonce();",
    breaks: ["L2", "L7"],
    faults: DATABASE,
    profile: { faultCount: 14 },
  },
  {
    name: "access looked up before the lock",
    file: "server/core/write.ts",
    find: "    const [streams, stored, load] = await Promise.all([\n      lockStreams(db, [...own, ...others]),\n      findStored(db, scope.userId, [input.mutationId]),\n      loadAccess(db, scope),\n    ]);",
    replace:
      "    const load = await loadAccess(services.db, scope);\n    await new Promise((resolve) => setTimeout(resolve, 40));\n    const [streams, stored] = await Promise.all([\n      lockStreams(db, [...own, ...others]),\n      findStored(db, scope.userId, [input.mutationId]),\n    ]);",
    breaks: ["L4", "L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "the membership is not held",
    file: "server/core/write.ts",
    find: " and s.kind = ${scope.on} for key share of o, m`),",
    replace: " and s.kind = ${scope.on}`).then((rows) => new Promise((resolve) => setTimeout(() => resolve(rows), 30))),",
    breaks: ["L4", "L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "answers are not stored",
    file: "server/core/write.ts",
    find: "    for (const statement of storeMutations(db, tx.done)) tx.send(statement);",
    replace: "",
    breaks: ["L5"],
    faults: RECONNECTS,
  },
  {
    name: "a repeat is done again",
    file: "server/core/mutations.ts",
    find: "from mutation where user_id = ${userId}::uuid and id = any",
    replace: "from mutation where false and user_id = ${userId}::uuid and id = any",
    breaks: ["L5", "L10"],
    faults: RECONNECTS,
  },
  {
    name: "an id may be used for another call",
    file: "server/core/mutations.ts",
    find: '  if (stored.procedure !== procedure || stored.inputHash !== inputHash) throw new AppError("MUTATION_ID_REUSED");',
    replace: "",
    breaks: ["L5"],
    faults: RECONNECTS,
  },
  {
    name: "a limit counts one too few",
    file: "server/domains/work/task-grounds.ts",
    find: "column.open >= column.wipLimit",
    replace: "column.open > column.wipLimit",
    breaks: ["L4"],
    faults: RECONNECTS,
    profile: { ops: 900 },
  },
  {
    name: "a card goes to the end, wherever it was put",
    file: "server/domains/work/tasks.service.ts",
    find: "  const rank = await rankInColumn(tx, actor, input.columnId, gap, before.id);",
    replace: "  const rank = await rankInColumn(tx, actor, input.columnId, { ...gap, after: null }, before.id);",
    breaks: ["L4", "L9"],
    faults: RECONNECTS,
  },

  // Opening a watch, and going on.
  {
    name: "one event is lost at a resume",
    file: "server/domains/work/opening.ts",
    find: "        from event e where e.stream_id = ${id} and e.version > ${from}) end as events,",
    replace: "        from event e where e.stream_id = ${id} and e.version > ${from} + 1) end as events,",
    breaks: ["L7"],
    faults: ["roll all servers", "kill a server"],
  },
  {
    name: "a resume does not look at the nonce",
    file: "server/domains/work/opening.ts",
    find: "e.version = ${from} and e.nonce = ${nonce})",
    replace: "e.version = ${from})",
    breaks: ["L8", "L9", "L7"],
    faults: ["restore a backup"],
    profile: { faultCount: 3, ops: 900 },
  },
  {
    name: "snapshot and cursor of two statements",
    file: "server/domains/work/opening.ts",
    find: "  return { actor, ...contentOf(row) };",
    replace:
      "  await new Promise((resolve) => setTimeout(resolve, 5));\n  const [late] = await db.execute(sql`select version, nonce from stream where id = ${id}`);\n  return { actor, ...contentOf(row && { ...row, ...late }) };",
    breaks: ["L7", "L9"],
    faults: RECONNECTS,
  },
  {
    name: "a foreign board can be read",
    file: "server/domains/work/opening.ts",
    find: "        board_role(m.role, b.visibility, bm.role) as role\n      from stream s",
    replace: "        coalesce(board_role(m.role, b.visibility, bm.role), 'viewer') as role\n      from stream s",
    breaks: ["L14"],
    faults: REMOVALS,
  },
  {
    name: "a resume across a removal gets the events",
    file: "server/domains/work/opening.ts",
    find: "          e.access_version < h.admitted or e.type = 'board.visibility-changed'\n          or (e.type = 'board.unshared' and e.data->>'userId' = ${userId}))) then 'access'",
    replace: "          false)) then 'access'",
    breaks: ["L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "a watch goes on from the head after it opened",
    file: "server/core/live/follow.ts",
    find: "      if (opening !== \"continued\") end = yield* opened(following, opening);",
    replace:
      "      if (opening !== \"continued\") end = yield* opened(following, opening);\n      await new Promise((resolve) => setTimeout(resolve, 5));\n      watcher.cursor = { version: stream.head, nonce: stream.nonce };",
    breaks: ["L7"],
    faults: RECONNECTS,
  },
  {
    name: "every part can be continued",
    file: "server/core/live/follow.ts",
    find: "const id = index === last ? toCursor(opening) :",
    replace: "const id = index <= last ? toCursor(opening) :",
    breaks: ["L6"],
    faults: RECONNECTS,
  },
  {
    name: "a head has a cursor that nobody knows",
    file: "server/core/live/follow.ts",
    find: "      yield* sending(following, toCursor(cursor), head, bytes);",
    replace: "      yield* sending(following, `${head.version}.${cursor.nonce + 1}`, head, bytes);",
    breaks: ["L11"],
    faults: RECONNECTS,
    profile: { faultCount: 14 },
  },

  // What a process learns.
  {
    name: "the hub skips a gap",
    file: "server/core/live/hub-stream.ts",
    find: "    if (event.version !== this.head + 1) return false;",
    replace: "    if (event.version <= this.head) return false;",
    breaks: ["L7"],
    faults: RECONNECTS,
    profile: { wakeups: "drop" },
  },
  {
    name: "the last event of a gap is not read",
    file: "server/core/live/hub.ts",
    find: "      for (const event of events) if (event.version === stream.head + 1) this.#apply(stream, event);",
    replace:
      "      for (const event of events.slice(0, -1)) if (event.version === stream.head + 1) this.#apply(stream, event);",
    breaks: ["L7"],
    faults: RECONNECTS,
  },
  {
    name: "the hub does not look at nonces",
    file: "server/core/live/hub.ts",
    find: "    if (!stream.loaded) return;\n    this.#options.log.warn({ streamId: stream.id }",
    replace: "    if (stream.loaded) return;\n    this.#options.log.warn({ streamId: stream.id }",
    breaks: ["L7", "L8", "L9", "L1"],
    faults: ["restore a backup"],
    profile: { faultCount: 3, ops: 900 },
  },
  {
    name: "the poll's horizon is too late",
    file: "server/core/live/stream-log.ts",
    find: "select pg_snapshot_xmin(pg_current_snapshot())::text as horizon",
    replace: "select pg_snapshot_xmax(pg_current_snapshot())::text as horizon",
    breaks: ["L7"],
    faults: ["pause a server", "slow an edge"],
    profile: { wakeups: "drop", faultCount: 16, ops: 1200 },
  },
  {
    name: "the poll does not look at what it did not ask about before",
    file: "server/core/live/poll.ts",
    find: "streams.filter((stream) => isDue || !stream.isPolled)",
    replace: "streams.filter(() => isDue)",
    breaks: ["L7"],
    faults: ["kill a server", "delete a board"],
    profile: { wakeups: "drop", faultCount: 12, ops: 1200 },
  },
  {
    name: "a deleted board is watched on",
    file: "server/core/live/hub.ts",
    find: '    for (const watcher of stream.watchers) watcher.end(new AppError("ACCESS_REVOKED"));\n    this.#streams.delete(streamId);',
    replace: "    this.#streams.delete(streamId);",
    breaks: ["L7"],
    faults: ["delete a board"],
  },

  // Access.
  {
    name: "no barrier while access is looked up",
    file: "server/core/live/access-guard.ts",
    find: "    stream.barrier = Math.min(stream.barrier ?? barrier, barrier);",
    replace: "",
    breaks: ["L14"],
    faults: ["revoke in a burst", "slow an edge"],
    profile: MANY_REMOVALS,
  },
  {
    name: "the removed stay",
    file: "server/core/live/access-guard.ts",
    find: '        if (!isReader) watcher.end(new AppError("ACCESS_REVOKED"));',
    replace: "",
    breaks: ["L14", "L7"],
    faults: REMOVALS,
  },
  {
    name: "a newer access version is not minded",
    file: "server/core/live/access-guard.ts",
    find: "    if (accessVersion <= stream.accessVersion) return;",
    replace: "    if (accessVersion <= stream.accessVersion + 1e9) return;",
    breaks: ["L14", "L7"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "sessions that end elsewhere go on here",
    file: "server/domains/identity/session-end.ts",
    find: "(event) => callBack(event?.actorId));",
    replace: '() => callBack("00000000-0000-4000-8000-000000000000"));',
    breaks: ["L7", "L15"],
    faults: ["end sessions"],
    profile: { faultCount: 8 },
  },

  // The client.
  {
    name: "evolve forgets a field",
    file: "server/domains/work/evolve.ts",
    find: "change(state.tasks, taskId, { ...changes, version, updatedAt: event.at }),",
    replace: "change(state.tasks, taskId, { ...changes, version }),",
    breaks: ["L9"],
    faults: RECONNECTS,
  },
  {
    name: "a snapshot does not take a client back",
    file: "client/fold-live.ts",
    find: "    version = versionOf(cursor);\n    // A restored",
    replace: "    version = Math.max(version, versionOf(cursor));\n    // A restored",
    breaks: ["L7", "L9"],
    faults: ["restore a backup"],
    profile: { faultCount: 3, ops: 900 },
  },
];

/** Makes the mistake in the text of its file. Fails when the text to find is not there exactly once. */
export function plant({ name, file, find, replace }: Pick<Bug, "name" | "file" | "find" | "replace">, source: string): string {
  const count = source.split(find).length - 1;
  if (count !== 1) throw new Error(`The bug "${name}" does not apply: what it changes occurs ${count} times in ${file}.`);
  return source.replace(find, () => replace);
}

/** What makes a Node process load the mistake. */
export function sabotage({ name }: Pick<Bug, "name">): string[] {
  const url = new URL(import.meta.resolve("./sabotage.mjs"));
  url.searchParams.set("bug", name);
  return ["--import", url.href];
}
