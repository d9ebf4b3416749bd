import fc from "fast-check";
import { expect, test } from "vitest";
import { type SharedSnapshot, SharedSnapshots, type SnapshotReader } from "../../server/core/live/shared-snapshots.ts";
import { SnapshotText } from "../../server/core/live/snapshot-text.ts";
import type { Place } from "../../server/core/live/stream-log.ts";

/** What a database would be for one stream: each of its statements sees one moment between their begin and their end. */
class Stream {
  at: Place = { version: 1, nonce: 7 };
  readonly banned = new Set<string>();
  looks = 0;
  /** How many states were made. */
  made = 0;

  readonly #scheduler: fc.Scheduler | undefined;

  constructor(scheduler?: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  change(nonce = this.at.nonce + 1): void {
    this.at = { version: this.at.version + 1, nonce };
  }

  reader(userId: string): SnapshotReader {
    return {
      look: () => {
        this.looks += 1;
        return this.#statement(() => this.#see(userId));
      },
      open: (known) =>
        this.#statement(() => {
          const at = this.#see(userId);
          if (known?.version === at.version && known.nonce === at.nonce) return { ...at, state: undefined };
          this.made += 1;
          return { ...at, state: new SnapshotText(JSON.stringify({ version: at.version, nonce: at.nonce }), []) };
        }),
    };
  }

  #see(userId: string): Place {
    if (this.banned.has(userId)) throw new Error("banned");
    return this.at;
  }

  /** Sees what is there some time after it began, and answers some time after that. */
  async #statement<T>(see: () => T): Promise<T> {
    await this.#pass("begin");
    const seen = see();
    await this.#pass("answer");
    return seen;
  }

  async #pass(label: string): Promise<void> {
    await (this.#scheduler ? this.#scheduler.schedule(Promise.resolve(), label) : Promise.resolve());
  }
}

test("of many who open a stream at once one makes its snapshot, and nobody who comes later while nothing changes", async () => {
  const stream = new Stream();
  const snapshots = new SharedSnapshots();
  const all = await Promise.all(
    Array.from({ length: 100 }, (_, index) => snapshots.read("s", stream.reader(`user ${index}`))),
  );
  expect(new Set(all).size).toBe(1);
  expect(all[0]?.json.parse()).toEqual({ version: 1, nonce: 7, cursor: "1.7" });
  expect([stream.made, stream.looks]).toEqual([1, 99]);
  expect(await snapshots.read("s", stream.reader("one more"))).toBe(all[0]);
  expect([stream.made, stream.looks]).toEqual([1, 99]);
  stream.change();
  expect(await snapshots.read("s", stream.reader("one more"))).toMatchObject({ version: 2, nonce: 8 });
  expect([stream.made, stream.looks]).toEqual([2, 99]);
});

test("the refusal of whoever opens a stream first is nobody else's", async () => {
  const stream = new Stream();
  stream.banned.add("stranger");
  const snapshots = new SharedSnapshots();
  const [refused, ...others] = await Promise.allSettled(
    ["stranger", "a", "b", "c"].map((user) => snapshots.read("s", stream.reader(user))),
  );
  expect(refused?.status).toBe("rejected");
  expect(others.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  expect(stream.made).toBe(1);
});

test("a stream without events is not kept, since nothing tells it from another", async () => {
  const stream = new Stream();
  stream.at = { version: 0, nonce: 0 };
  const snapshots = new SharedSnapshots();
  await snapshots.read("s", stream.reader("a"));
  await snapshots.read("s", stream.reader("a"));
  expect(stream.made).toBe(2);
});

test("what was opened longest ago makes room", async () => {
  const snapshots = new SharedSnapshots();
  const state = new SnapshotText(JSON.stringify({ text: "x".repeat(6 << 20) }), []);
  const opened: string[] = [];
  const read = (streamId: string) =>
    snapshots.read(streamId, {
      look: async () => ({ version: 1, nonce: 1 }),
      open: async (known) => {
        if (!known) opened.push(streamId);
        return { version: 1, nonce: 1, state: known ? undefined : state };
      },
    });
  for (const streamId of ["a", "b", "c", "d", "e", "a", "f", "a", "b"]) await read(streamId);
  expect(opened).toEqual(["a", "b", "c", "d", "e", "f", "b"]);
});

/** What happens while people read: a change, the loss of the newest event and another in its place, a ban and its end. */
const Deed = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("read" as const), user: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 3, arbitrary: fc.constant({ do: "change" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "fork" as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("ban" as const), user: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("admit" as const), user: fc.integer({ min: 0, max: 2 }) }) },
);

test("L6: nobody gets an older version than there was when they asked, none that was lost, and none that is not theirs", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(Deed, { minLength: 5, maxLength: 40 }), async (scheduler, deeds) => {
      const stream = new Stream(scheduler);
      const snapshots = new SharedSnapshots();
      // Every moment: where the stream is, and who is banned.
      const moments = [{ at: stream.at, banned: new Set<string>() }];
      const note = () => void moments.push({ at: stream.at, banned: new Set(stream.banned) });
      const reads: { user: string; from: number; until: number; got: SharedSnapshot | undefined }[] = [];
      const acts = deeds.map((deed, index) => ({
        label: `${index} ${deed.do}`,
        builder: async () => {
          if (deed.do === "change") stream.change();
          else if (deed.do === "fork") stream.at = { ...stream.at, nonce: stream.at.nonce + 1_000 + index };
          else if (deed.do === "ban") stream.banned.add(`user ${deed.user}`);
          else if (deed.do === "admit") stream.banned.delete(`user ${deed.user}`);
          else {
            const user = `user ${deed.user}`;
            const from = moments.length - 1;
            void snapshots.read("s", stream.reader(user)).then(
              (got) => reads.push({ user, from, until: moments.length, got }),
              () => reads.push({ user, from, until: moments.length, got: undefined }),
            );
          }
          note();
        },
      }));
      scheduler.scheduleSequence(acts);
      await scheduler.waitIdle();
      expect(reads.length).toBe(deeds.filter((deed) => deed.do === "read").length);
      for (const { user, from, until, got } of reads) {
        const during = moments.slice(from, until);
        const cursor = `${got?.version}.${got?.nonce}`;
        expect(got?.json.parse()).toEqual(got && { version: got.version, nonce: got.nonce, cursor });
        // There was a moment at which the answer was true, the refusal too.
        const isTrue = during.some(({ at, banned }) =>
          got ? at.version === got.version && at.nonce === got.nonce && !banned.has(user) : banned.has(user),
        );
        expect({ isTrue, user, got, during }).toMatchObject({ isTrue: true });
      }
    }),
    { numRuns: 500 },
  );
});
