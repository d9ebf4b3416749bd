import { type Bug, MANY_REMOVALS, ONE_RESTORE, RECONNECTS, REMOVALS } from "./bug.ts";

/** Mistakes in what a process learns and passes on, and in what a client makes of it. */
export const TELLING: readonly Bug[] = [
  {
    name: "a gap is never read",
    file: "server/core/live/hub.ts",
    find: "void this.#untilDone(() => this.#readGap(stream)).finally(",
    replace: "void Promise.resolve().finally(",
    breaks: ["L7"],
    faults: RECONNECTS,
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
    name: "who leaves the lane leaves behind what waited for them there",
    file: "server/core/live/lane.ts",
    find: "  clear(): void {\n",
    replace:
      "  clear(): void {\n    const last = this.#waiting.at(-1);\n    for (const group of last ? this.#resting.values() : []) for (const watcher of group) watcher.cursor = last;\n",
    breaks: ["L7"],
    // A poll brings a removal together with what was written before it.
    faults: REMOVALS,
    profile: { ...MANY_REMOVALS, wakeups: "drop" },
  },
  {
    name: "the hub does not look at nonces",
    file: "server/core/live/hub.ts",
    find: "    if (!stream.loaded) return;\n    this.#options.log.warn({ streamId: stream.id }",
    replace: "    if (stream.loaded) return;\n    this.#options.log.warn({ streamId: stream.id }",
    breaks: ["L7", "L8", "L9", "L1"],
    faults: ["restore a backup"],
    profile: ONE_RESTORE,
  },
  {
    name: "the poll asks nothing",
    file: "server/core/live/poll.ts",
    find: "        await this.#once();\n",
    replace: "",
    breaks: ["L7"],
    // After a server was killed, most are with the other one.
    faults: ["cut an edge", "slow an edge"],
    profile: { wakeups: "drop" },
  },
  {
    // The poll alone would make up for it within a second.
    name: "what was told while nobody listened is not read",
    file: "server/core/live/hub.ts",
    find: "      onListening: () => this.#poll.readHeads(),",
    replace: "      onListening: () => {},",
    also: { find: "const POLL_MS = 1_000;", replace: "const POLL_MS = 60_000;" },
    breaks: ["L7"],
    // After a server was killed, most are with the other one.
    faults: ["cut an edge", "slow an edge"],
    profile: { wakeups: "drop" },
  },
  {
    name: "a deleted board is watched on",
    file: "server/core/live/hub.ts",
    find: '    for (const watcher of stream.watchers) watcher.end(new AppError("ACCESS_REVOKED"));\n    this.#streams.drop(stream);',
    replace: "    this.#streams.drop(stream);",
    breaks: ["L7"],
    faults: ["delete a board"],
  },
  {
    name: "evolve forgets a field",
    file: "server/domains/work/evolve.ts",
    find: "change(state.tasks, taskId, { ...changes, version, updatedAt: event.at });",
    replace: "change(state.tasks, taskId, { ...changes, version });",
    breaks: ["L9"],
    faults: RECONNECTS,
  },
  {
    name: "a change is settled by its answer alone",
    file: "client/pending-changes.ts",
    find: "return version !== undefined && version <= this.#board.version;",
    replace: "return version !== undefined;",
    breaks: ["L22"],
    faults: ["slow an edge", "hold wake-ups", "pause a server"],
    profile: { ops: 240 },
  },
  {
    name: "a snapshot does not take a client back",
    file: "client/fold-stream.ts",
    find: "    version = versionOf(cursor);\n    // A restored",
    replace: "    version = Math.max(version, versionOf(cursor));\n    // A restored",
    breaks: ["L7", "L9"],
    faults: ["restore a backup"],
    profile: ONE_RESTORE,
  },
];
