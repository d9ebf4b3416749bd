import { type Bug, MANY_REMOVALS, REMOVALS } from "./bug.ts";

/** Mistakes in who is told. */
export const ACCESS: readonly Bug[] = [
  {
    name: "no barrier while access is looked up",
    file: "server/core/live/access-guard.ts",
    find: "    stream.barrier = Math.min(stream.barrier ?? barrier, barrier);\n    void this.#recheck(stream, stream.accessDoubts);",
    replace: "    setTimeout(() => void this.#recheck(stream, stream.accessDoubts), 300);",
    breaks: ["L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "who rests in the lane does not mind the barrier",
    file: "server/core/live/access-guard.ts",
    find: "    stream.lane.clear();\n    stream.barrier",
    replace: "    stream.barrier",
    breaks: ["L14", "L7"],
    faults: REMOVALS,
    // A poll brings what was written after a removal together with it.
    profile: { ...MANY_REMOVALS, wakeups: "drop" },
  },
  {
    name: "the removed stay",
    file: "server/core/live/access-guard.ts",
    find: '        if (version === undefined) watcher.end(new AppError("ACCESS_REVOKED"));\n        else',
    replace: "        if (version !== undefined)",
    breaks: ["L14", "L7"],
    faults: REMOVALS,
  },
  {
    name: "a newer access version is not minded",
    file: "server/core/live/access-guard.ts",
    find: "    if (accessVersion === stream.accessVersion) return;",
    replace: "    if (accessVersion !== -1) return;",
    breaks: ["L14", "L7"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "sessions that end elsewhere go on here",
    file: "server/connections.ts",
    find: "      if (live.has(session.id)) {",
    replace: "      if (live) {",
    breaks: ["L7", "L15"],
    faults: ["end sessions"],
    // Whoever calls is told anyway, and signs in again.
    profile: { ops: 18, faultCount: 9 },
  },
];
