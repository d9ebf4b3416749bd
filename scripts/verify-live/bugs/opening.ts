import { type Bug, MANY_REMOVALS, ONE_RESTORE, RECONNECTS, REMOVALS } from "./bug.ts";

/** Mistakes when a watch opens, or goes on from where it was. */
export const OPENING: readonly Bug[] = [
  {
    name: "one event is lost at a resume",
    file: "server/core/live/opening.ts",
    find: "from event e where ${ofStream} and e.version > ${from}) end as events,",
    replace: "from event e where ${ofStream} and e.version > ${from} + 1) end as events,",
    breaks: ["L7"],
    faults: ["roll all servers", "kill a server"],
  },
  {
    name: "a resume does not look at the nonce",
    file: "server/core/live/opening.ts",
    find: "e.version = ${from} and e.nonce = ${nonce})",
    replace: "e.version = ${from})",
    breaks: ["L8", "L9", "L7"],
    faults: ["restore a backup"],
    profile: ONE_RESTORE,
  },
  {
    name: "snapshot and cursor of two statements",
    file: "server/core/live/opening.ts",
    find: "    from verdict v`);\n  if (!row) return undefined;",
    replace:
      "    from verdict v`);\n  if (!row) return undefined;\n  await new Promise((resolve) => setTimeout(resolve, 5));\n  Object.assign(row, (await db.execute(sql`select version, nonce from stream where id = ${streamId}::uuid`))[0]);",
    breaks: ["L7", "L9"],
    faults: RECONNECTS,
  },
  {
    name: "a foreign board can be read",
    file: "server/domains/work/opening.ts",
    find: "(select board_role(m.role, b.visibility, bm.role) as role) x",
    replace: "(select coalesce(board_role(m.role, b.visibility, bm.role), 'viewer') as role) x",
    breaks: ["L14"],
    faults: REMOVALS,
  },
  {
    name: "a resume across a removal gets the events",
    file: "server/core/live/opening.ts",
    find: "((e.version > ${from} and e.access_version < h.admitted) or ${lost})) then 'access'",
    replace: "false) then 'access'",
    breaks: ["L14"],
    faults: REMOVALS,
    profile: MANY_REMOVALS,
  },
  {
    name: "a watch goes on from the head after it opened",
    file: "server/core/live/follow.ts",
    find: "      let end: Ending | undefined = yield* opened(following, admitted, reset);",
    replace:
      "      let end: Ending | undefined = yield* opened(following, admitted, reset);\n      await new Promise((resolve) => setTimeout(resolve, 100));\n      watcher.cursor = { version: stream.head, nonce: stream.nonce };",
    breaks: ["L7"],
    // Something has to be written in that moment.
    faults: RECONNECTS,
    profile: { ops: 320, clients: 12 },
  },
  {
    name: "every part can be continued",
    file: "server/core/live/follow.ts",
    find: "return index === last ? toCursor(opening) :",
    replace: "return index <= last ? toCursor(opening) :",
    breaks: ["L6"],
    faults: RECONNECTS,
  },
  {
    name: "a head has a cursor that nobody knows",
    file: "server/core/live/lane.ts",
    find: "    return toResult(toCursor(at), {",
    replace: "    return toResult(`${at.version}.${at.nonce + 1}`, {",
    breaks: ["L11"],
    faults: RECONNECTS,
    profile: { processes: 1, quietMs: 11_000 },
  },
];
