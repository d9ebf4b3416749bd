import type { StreamLog } from "../../server/core/live/stream-log.ts";
import type { Database } from "./database.ts";
import type { Link } from "./link.ts";
import { eventsAfter, mayWatch, ORG } from "./state.ts";

/** What the hub reads, in the database of the simulation. */
export function createFakeLog(database: Database, link: Link): StreamLog {
  return {
    losses: () => link.losses,
    heads: (streamIds) =>
      link.ask(() => {
        const { streams, accessVersion } = database.state;
        const found = streamIds.flatMap((id) => streams.get(id) ?? []);
        return new Map(
          found.map(({ id, version, nonce, kind, events }) => [
            id,
            { version, nonce, kind, type: events.at(-1)?.event.type ?? null, orgId: ORG, floor: 0, accessVersion },
          ]),
        );
      }),
    eventsAfter: (streamId, version, limit) =>
      link.ask(() => {
        const stream = database.state.streams.get(streamId);
        return stream ? eventsAfter(stream, version).slice(0, limit) : [];
      }),
    since: (horizon, streamIds) =>
      link.ask(() => {
        const streams = streamIds.flatMap((id) => database.state.streams.get(id) ?? []);
        const from = horizon === undefined ? Number.POSITIVE_INFINITY : Number(horizon);
        const seen = streams.flatMap(({ id, events }) =>
          events
            .filter(({ xid }) => xid >= from)
            .map(({ event: { version, nonce } }) => ({ streamId: id, version, nonce })),
        );
        return { horizon: String(database.xmin), seen };
      }),
    accessVersions: (orgIds) =>
      link.ask(() => new Map(orgIds.map((id) => [id, database.state.accessVersion] as const))),
    readers: (_kind, streamId, userIds) =>
      link.ask(() => {
        const { state } = database;
        const readers = userIds.filter((userId) => mayWatch(state, streamId, userId));
        return new Map(readers.map((userId) => [userId, state.members.get(userId)?.accessVersion ?? 0]));
      }),
    endsAccess: (_kind, type) => type === "board.unshared" || type === "board.visibility-changed",
    givesAccess: (_kind, type) => type === "board.shared" || type === "board.visibility-changed",
    resets: (_kind, { type }) => type === "board.reset",
  };
}
