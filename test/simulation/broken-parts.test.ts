import fc from "fast-check";
import { expect, test } from "vitest";
import { Flow } from "../../server/core/live/flow.ts";
import { type Plan, plan } from "./deeds.ts";
import { type Parts, SOUND } from "./parts.ts";
import { run } from "./run.ts";
import { openStream } from "./state.ts";

// A simulation that finds nothing is worth what it would find: each of these is broken in one place.

/** So many schedules are enough to find each of them. */
const MOST_RUNS = 600;

class EndlessFlow extends Flow {
  override take(): boolean {
    return true;
  }
  override settle(): void {}
}

let frameCount = 0;

interface Broken {
  readonly parts: Partial<Parts>;
  readonly says: RegExp;
  /** Schedules in which it can be seen at all. */
  readonly isFor?: (plan: Plan) => boolean;
}

const BROKEN: Record<string, Broken> = {
  "a poll that remembers the newest transaction instead of the oldest that runs": {
    parts: {
      log: (log, database) => ({
        ...log,
        since: async (horizon, streamIds) => {
          const answer = await log.since(horizon, streamIds);
          return { ...answer, horizon: String(database.nextXid) };
        },
      }),
    },
    says: /L1[23]/u,
  },
  "a poll that sees nothing": {
    parts: {
      log: (log) => ({ ...log, since: async (_horizon, ids) => ({ ...(await log.since(undefined, ids)), seen: [] }) }),
    },
    says: /L1[23]/u,
  },
  "a gap that is read without its first event": {
    parts: {
      log: (log) => ({
        ...log,
        eventsAfter: async (id, after, limit) => (await log.eventsAfter(id, after, limit)).toSpliced(1, 1),
      }),
    },
    says: /L7|L1[23]/u,
  },
  "a log that does not say when connections were lost": {
    parts: { log: (log) => ({ ...log, losses: () => 0 }) },
    says: /L7|L9|L12/u,
    isFor: ({ bus, deeds }) => bus === "dead" && deeds.filter(({ does }) => does.type === "restore").length > 2,
  },
  "a look-up of access that admits everybody": {
    parts: {
      log: (log) => ({ ...log, readers: async (_kind, _id, userIds) => new Map(userIds.map((userId) => [userId, 0])) }),
    },
    says: /L14/u,
  },
  "a hub that does not know what ends access": {
    parts: { log: (log) => ({ ...log, endsAccess: () => false }) },
    says: /L14/u,
  },
  "an access version that is never heard of": {
    parts: {
      log: (log) => ({
        ...log,
        accessVersions: async () => new Map(),
        heads: async (ids) =>
          new Map([...(await log.heads(ids))].map(([id, head]) => [id, { ...head, accessVersion: 1 }])),
      }),
    },
    says: /L14/u,
  },
  "a bulk change that is sent like any other event": {
    parts: { log: (log) => ({ ...log, resets: () => false }) },
    says: /L7|L9/u,
  },
  "a snapshot whose rows and cursor come from two statements": {
    parts: {
      open: (database, link, watch) => async (cursor, reset) => {
        const { version, nonce } = await link.ask(() => openStream(database.state, { ...watch, cursor, reset }));
        const later = await link.ask(() => openStream(database.state, { ...watch, cursor, reset }));
        return { ...later, version, nonce };
      },
    },
    says: /L6|L7/u,
  },
  "a cursor of which only the number is checked": {
    parts: {
      open: (database, link, watch) => (cursor, reset) =>
        link.ask(() => {
          const events = database.state.streams.get(watch.streamId)?.events ?? [];
          const nonce = events.find(({ event }) => event.version === cursor?.version)?.event.nonce ?? 0;
          return openStream(database.state, { ...watch, cursor: cursor && { ...cursor, nonce }, reset });
        }),
    },
    says: /L7|L8|L1[124]/u,
  },
  "a flow that is never full": { parts: { createFlow: (outlet) => new EndlessFlow(outlet) }, says: /L1[57]/u },
  "a flow that forgets who waits": {
    parts: {
      createFlow: (outlet) =>
        new (class extends Flow {
          override drained(): void {}
        })(outlet),
    },
    says: /L7|L12/u,
  },
  "a client that drops an event now and then": {
    parts: {
      isTaken: (frame) => {
        frameCount += 1;
        return frame.type !== "message" || frame.data.type === "head" || frameCount % 11 !== 0;
      },
    },
    says: /L7/u,
  },
};

test.for(Object.entries(BROKEN))("the simulation finds %s", async ([, { parts, says, isFor = () => true }]) => {
  const plans = fc.sample(plan.filter(isFor), { seed: 5, numRuns: MOST_RUNS });
  let found: string | undefined;
  for (const drawn of plans) {
    found = await run(drawn, { ...SOUND, ...parts }).then(() => undefined, String);
    if (found !== undefined) break;
  }
  expect(found).toMatch(says);
});
