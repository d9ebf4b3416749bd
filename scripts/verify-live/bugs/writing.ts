import { type Bug, LOST_COMMITS, MANY_REMOVALS, RECONNECTS, REMOVALS } from "./bug.ts";

/** Mistakes in what a change does, and in what is kept of it. */
export const WRITING: readonly Bug[] = [
  {
    name: "told before the commit",
    file: "server/core/transaction.ts",
    find: '    await finish(services, tx, { groups, end: tx.done.length > 0 ? "commit" : "rollback" });',
    replace:
      '    for (const stream of tx.streams.values()) services.hub.committed(stream.id, stream.events);\n    await new Promise((resolve) => setTimeout(resolve, 5));\n    await finish(services, tx, { groups, end: tx.done.length > 0 ? "commit" : "rollback" });',
    breaks: ["L1", "L6"],
    faults: LOST_COMMITS,
  },
  {
    name: "events outside of the transaction",
    file: "server/core/transaction.ts",
    find: '    await finish(services, tx, { groups, end: tx.done.length > 0 ? "commit" : "rollback" });',
    replace:
      '    const events = new Map([...tx.streams.values()].map((stream) => [stream, stream.events.splice(0)]));\n    const streams = [...events].map(([stream, events]) => ({ ...stream, events }));\n    for (const stream of streams) for (const statement of writeEvents(services.db.within({ orgId: stream.orgId ?? undefined, userId: stream.id }), [stream])) statement.catch(() => {});\n    await finish(services, tx, { groups, end: tx.done.length > 0 ? "commit" : "rollback" });\n    for (const [stream, written] of events) stream.events.push(...written);',
    breaks: ["L1", "L2", "L7", "L9"],
    faults: LOST_COMMITS,
  },
  {
    name: "an event without its row",
    file: "server/domains/work/save-labels.ts",
    find: "update label l set name = n.name, color = n.color, version",
    replace: "update label l set color = n.color, version",
    breaks: ["L9"],
    faults: RECONNECTS,
    profile: { often: ["labels.update"] },
  },
  {
    name: "the stream is not locked",
    file: "server/core/event-log.ts",
    find: "from lock_streams(${all}, ${isPatient}::boolean)`",
    replace: "from stream_heads(${all})`",
    breaks: ["L2", "L4", "L5", "L9", "L10"],
    // The longer a transaction takes, the more often another process has one at the same time.
    faults: ["slow an edge"],
    profile: { ops: 400, clients: 12, faultCount: 6 },
  },
  {
    // A sequence of the database loses numbers: those of transactions that fail, and those it had at hand in a crash.
    name: "versions from a sequence",
    file: "server/core/event-log.ts",
    find: "  stream.version += 1;\n",
    replace: "  stream.version += Math.random() < 0.05 ? 2 : 1;\n",
    breaks: ["L2", "L7"],
    faults: RECONNECTS,
  },
  {
    name: "access looked up before the lock",
    file: "server/core/transaction.ts",
    find: "    const access = await hold(tx, groups);",
    replace:
      "    const access = AccessList.of(await Promise.all(groups.map(({ tenant, commands }) => loadAccess(services.db.within(tenant), scopesOf(commands), true))));\n    await new Promise((resolve) => setTimeout(resolve, 40));\n    await hold(tx, groups);",
    breaks: ["L4", "L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "the membership is not held",
    file: "server/core/access-under-lock.ts",
    find: " for key share of o, m${wait(isPatient)}`);",
    replace: "`).then((rows) => new Promise((resolve) => setTimeout(() => resolve(rows), 30)));",
    breaks: ["L4", "L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "answers are not stored",
    file: "server/core/transaction.ts",
    find: "  for (const statement of storeMutations(tx.db, tx.done)) tx.send(statement);",
    replace: "",
    breaks: ["L5"],
    faults: RECONNECTS,
  },
  {
    name: "a repeat is done again",
    file: "server/core/mutations.ts",
    find: "({ id }) => id)}) m`",
    replace: "({ id }) => id)}) m where false`",
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
    find: "column.open + newcomers > column.hardLimit",
    replace: "column.open + newcomers > column.hardLimit + 1",
    breaks: ["L4"],
    faults: RECONNECTS,
    profile: { faultCount: 1, ops: 300, processes: 1, often: ["columns.update"] },
  },
  {
    name: "a card goes to the end, wherever it was put",
    file: "server/domains/work/tasks.service.ts",
    find: "    const gap = requireGap(picture, actor, input, before.id);",
    replace: "    const gap = requireGap(picture, actor, { columnId: input.columnId }, before.id);",
    breaks: ["L4", "L9"],
    faults: RECONNECTS,
  },
];
