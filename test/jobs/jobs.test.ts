import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { z } from "zod";
import { pause } from "../../server/core/faults.ts";
import { Jobs, type JobKind, type Worker, worker } from "../../server/core/jobs.ts";
import { createLogger } from "../../server/core/log.ts";
import { until } from "../setup/clients.ts";
import { databaseWire } from "../setup/proxy.ts";
import { test as base, type World } from "../setup/world.ts";

const Note = z.strictObject({ text: z.string() });
type Note = z.infer<typeof Note>;

let counter = 0;
/** A kind of job of one test. */
function noteKind(own: Partial<JobKind<Note>> = {}): JobKind<Note> {
  counter += 1;
  const patience = { retries: 5, firstRetrySeconds: 1, longestRetrySeconds: 1, timeoutSeconds: 30 };
  return { name: `note-${counter}`, payload: Note, ...patience, ...own };
}

/** A queue that looks often, so that no test waits for it. */
function open(connection: World["connection"]): Jobs {
  return new Jobs({ connection, log: createLogger("silent"), checkSeconds: 1, pollSeconds: 0.5 });
}

/** Another process, as it were, that does these jobs. */
type Process = (...workers: Worker[]) => Promise<Jobs>;

const test = base.extend<{ process: Process }>({
  process: async ({ world }, use) => {
    const all: Jobs[] = [];
    await use(async (...workers) => {
      const jobs = open(world.connection);
      all.push(jobs);
      if (workers.length > 0) await jobs.start(workers);
      return jobs;
    });
    await Promise.all(all.map((jobs) => jobs.close()));
  },
});

function enqueue(world: World, jobs: Jobs, kind: JobKind<Note>, text: string): Promise<void> {
  return world.db.transaction((tx) => jobs.enqueue(tx, kind, { text }));
}

async function storedOf(world: World, kind: JobKind<Note>) {
  return world.db.execute<{ state: string; data: unknown; output: unknown }>(
    sql`select state::text, data, output from pgboss.job where name = ${kind.name} order by created_on, id`,
  );
}

test("a job is done once its transaction is committed, and not at all when that is rolled back", async ({
  world,
  process,
}) => {
  const kind = noteKind();
  const done: string[] = [];
  const jobs = await process(worker(kind, async ({ text }) => void done.push(text)));
  const failing = world.db.transaction(async (tx) => {
    await jobs.enqueue(tx, kind, { text: "never" });
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await world.db.transaction(async (tx) => {
    await jobs.enqueue(tx, kind, { text: "first" });
    await jobs.wake(kind);
    expect(await storedOf(world, kind)).toEqual([]);
  });
  await enqueue(world, jobs, kind, "second");
  await jobs.wake(kind);
  await until(() => done.length === 2);
  expect(done.toSorted()).toEqual(["first", "second"]);
});

test("what a process enqueues that does no jobs is done by another one", async ({ world, process }) => {
  const kind = noteKind();
  const writer = await process();
  await enqueue(world, writer, kind, "left behind");
  await writer.close();
  const done: string[] = [];
  await process(worker(kind, async ({ text }) => void done.push(text)));
  await until(() => done.length === 1);
  expect(done).toEqual(["left behind"]);
});

test("of several processes one does a job, and all take part", async ({ world, process }) => {
  const kind = noteKind();
  const done: string[] = [];
  const doers = new Set<number>();
  const doing = (who: number) =>
    worker(kind, async ({ text }) => {
      done.push(text);
      doers.add(who);
      // Until all have something: whoever is quick does not get everything.
      await until(() => doers.size === 3);
    });
  const [first] = [await process(doing(1)), await process(doing(2)), await process(doing(3))];
  const texts = Array.from({ length: 40 }, (_, number) => `job ${number}`);
  await world.db.transaction(async (tx) => {
    for (const text of texts) await first.enqueue(tx, kind, { text });
  });
  await until(() => done.length >= texts.length);
  expect(done.toSorted()).toEqual(texts.toSorted());
  expect(doers.size).toBe(3);
});

test("a job that fails is tried again, and nothing of its error is kept but a code", async ({ world, process }) => {
  const kind = noteKind();
  const tries: string[] = [];
  const jobs = await process(
    worker(kind, async ({ text }) => {
      tries.push(text);
      if (tries.length < 3) throw Object.assign(new Error("to ada@example.test"), { code: "EREFUSED" });
    }),
  );
  await enqueue(world, jobs, kind, "again");
  await until(() => tries.length === 1);
  await until(async () => (await storedOf(world, kind))[0]?.state === "retry");
  expect((await storedOf(world, kind))[0]?.output).toEqual({ code: "EREFUSED" });
  await until(async () => (await storedOf(world, kind))[0]?.state === "completed");
  expect(tries).toHaveLength(3);
});

test("a job that never succeeds is given up after its tries", async ({ world, process }) => {
  const kind = noteKind({ retries: 1 });
  let tries = 0;
  const jobs = await process(
    worker(kind, async () => {
      tries += 1;
      throw new Error("no");
    }),
  );
  await enqueue(world, jobs, kind, "hopeless");
  await until(async () => (await storedOf(world, kind))[0]?.state === "failed");
  expect(tries).toBe(2);
});

test("one bad job does not take the others with it that were fetched together", async ({ world, process }) => {
  const kind = noteKind({ retries: 0 });
  const writer = await process();
  for (const text of ["good", "bad", "fine"]) await enqueue(world, writer, kind, text);
  await process(
    worker(kind, async ({ text }) => {
      if (text === "bad") throw new Error("no");
    }),
  );
  await until(async () => (await storedOf(world, kind)).every(({ state }) => /completed|failed/u.test(state)));
  expect((await storedOf(world, kind)).map(({ state }) => state)).toEqual(["completed", "failed", "completed"]);
});

test("a job whose process ended in the middle of it is done by another one", async ({ world, process }) => {
  const kind = noteKind({ timeoutSeconds: 1 });
  const begun: string[] = [];
  // It never comes back, as from a process that was killed.
  const lost = await process(worker(kind, ({ text }) => new Promise(() => void begun.push(text))));
  await enqueue(world, lost, kind, "taken");
  await until(() => begun.length === 1);
  await lost.rest();
  const done: string[] = [];
  await process(worker(kind, async ({ text }) => void done.push(text)));
  await until(() => done.length === 1);
  expect(done).toEqual(["taken"]);
});

test("a process that rests begins nothing more, and what it enqueues is done elsewhere", async ({ world, process }) => {
  const kind = noteKind();
  const done: string[] = [];
  const doing = (who: string) => worker(kind, async ({ text }) => void done.push(`${who}: ${text}`));
  const resting = await process(doing("resting"));
  await enqueue(world, resting, kind, "first words");
  await until(async () => (await storedOf(world, kind))[0]?.state === "completed");
  await resting.rest();
  await enqueue(world, resting, kind, "last words");
  await resting.wake(kind);
  await process(doing("other"));
  await until(() => done.length === 2);
  expect(done).toEqual(["resting: first words", "other: last words"]);
});

test("a database that is away at the start is waited for, and a stop does not wait for it", async ({ world }) => {
  const kind = noteKind();
  const { wire, connection } = await databaseWire(world);
  const [writer, late, never] = [open(world.connection), open(connection), open(connection)];
  const done: string[] = [];
  const doing = worker(kind, async ({ text }) => void done.push(text));
  wire.set("refused");
  const started = [late.start([doing]), never.start([doing])];
  await enqueue(world, writer, kind, "waited for");
  await never.close();
  wire.set("open");
  await until(() => done.length === 1);
  await Promise.all(started);
  await Promise.all([writer.close(), late.close()]);
  await wire.close();
  expect(done).toEqual(["waited for"]);
});

test("a database that goes away while a process takes up its jobs is waited for, too", async ({ world }) => {
  const [kind, other] = [noteKind(), noteKind()];
  const { wire, connection } = await databaseWire(world);
  const [writer, jobs] = [open(world.connection), open(connection)];
  // The queue is open; what is to be done is not taken up yet.
  await enqueue(world, jobs, other, "nobody's");
  wire.set("refused");
  wire.cut();
  const done: string[] = [];
  const started = jobs.start([worker(kind, async ({ text }) => void done.push(text))]);
  await enqueue(world, writer, kind, "waited for");
  await pause(300);
  wire.set("open");
  await started;
  await until(() => done.length === 1);
  await Promise.all([writer.close(), jobs.close()]);
  await wire.close();
  expect(done).toEqual(["waited for"]);
});

test("a payload that is not of its kind is refused where it is enqueued", async ({ world, process }) => {
  const jobs = await process();
  const kind = noteKind();
  const wrong: JobKind<object> = { ...kind, payload: z.strictObject({ id: z.uuid() }) };
  await expect(world.db.transaction((tx) => jobs.enqueue(tx, wrong, { text: "not an id" }))).rejects.toThrow(/id/u);
  expect(await storedOf(world, kind)).toEqual([]);
});

test("a process takes two connections for its jobs", async ({ world, process }) => {
  const kinds = [noteKind(), noteKind(), noteKind(), noteKind()];
  const done: string[] = [];
  const jobs = await process(...kinds.map((kind) => worker(kind, async ({ text }) => void done.push(text))));
  for (const kind of kinds) await enqueue(world, jobs, kind, kind.name);
  await until(() => done.length === kinds.length);
  const rows = await world.db.execute(sql`
    select 1 from pg_stat_activity where datname = current_database() and application_name = 'trestle jobs'`);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThanOrEqual(2);
});
