import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import { dump } from "../../db/backup/dump.ts";
import { readBackup, writeBackup } from "../../db/backup/file.ts";
import { load } from "../../db/backup/load.ts";
import { BackupError, type Part } from "../../db/backup/parts.ts";
import { connect, type ConnectionOptions } from "../../db/client.ts";
import { isMigrated, migrateUntil } from "../../db/migrate.ts";
import { createServices } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import type { BoardEvent } from "../../server/events.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
import { cloneDatabase, emptyDatabase } from "../setup/database.ts";
import { expectFolds } from "../setup/model.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { signedIn, test as base, type World } from "../setup/world.ts";

/** What a test of backups has: a place for a file, and databases. */
const test = base.extend<{
  file: string;
  /** One with nothing in it. */
  empty: () => Promise<ConnectionOptions>;
  /** One that a server started on, in which nobody made anything: to fill it takes no migrations first. */
  fresh: () => Promise<ConnectionOptions>;
}>({
  file: async ({}, use) => {
    const directory = mkdtempSync(join(tmpdir(), "trestle-backup-"));
    await use(join(directory, "backup"));
    rmSync(directory, { recursive: true });
  },
  empty: async ({}, use) => {
    await useDatabases(emptyDatabase, use);
  },
  fresh: async ({}, use) => {
    await useDatabases(cloneDatabase, use);
  },
});

async function useDatabases(
  make: typeof emptyDatabase,
  use: (next: () => Promise<ConnectionOptions>) => Promise<void>,
): Promise<void> {
  const made: Awaited<ReturnType<typeof make>>[] = [];
  await use(async () => {
    const database = await make();
    made.push(database);
    return database.owner;
  });
  for (const { drop } of made) await drop();
}

/** Texts that a line of COPY has to hide, and others. */
const TEXTS = ["\\.", "one\ntwo\r\n\\.\nthree", "\ttab \\N \\\\ 'quotes\" ", "日本語 🧩", ""];

/** A board with a history: tasks of all texts, moved, and one archived; shared with somebody. */
async function makeBoard(world: World) {
  const org = await world.org();
  const board = await org.board({ tasks: ["First", "Second", "Third"] });
  await board.as("viewer");
  const { caller } = org.owner;
  const boardId = board.id;
  for (const description of TEXTS) {
    const parentId = board.task("First");
    await caller.tasks.create({ boardId, columnId: board.column("Doing"), title: "Text", description, parentId });
  }
  await caller.tasks.move({ boardId, taskId: board.task("First"), columnId: board.column("Done") });
  await caller.tasks.archive({ boardId, taskId: board.task("Second") });
  return { org, board };
}

/** Services on a database, for a test. */
function servicesOn(connection: ConnectionOptions) {
  const { services, close } = createServices({
    connection,
    poolSize: 2,
    rootKeys: TEST_ROOT_KEYS,
    log: createLogger("silent"),
    secure: false,
    pollMs: 200,
  });
  onTestFinished(close);
  return services;
}

async function partsOf(connection: ConnectionOptions): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of dump(connection)) parts.push(part);
  return parts;
}

async function* inTurn(parts: readonly Part[]): AsyncGenerator<Part> {
  yield* parts;
}

/** How many rows a database has that somebody made. */
async function countMade(connection: ConnectionOptions): Promise<number> {
  const { db, close } = connect(connection, { max: 1 });
  try {
    const [row] = await db.execute<{ count: number }>(
      sql`select ((select count(*) from app_user) + (select count(*) from org))::int as count`,
    );
    return row?.count ?? 0;
  } finally {
    await close();
  }
}

test("a restore drill: who was signed in is, whoever signs in can, boards and their histories are the same", async ({
  world,
  file,
  empty,
}) => {
  const { org, board } = await makeBoard(world);
  await world.services.audit.seal();
  const audited = await org.owner.caller.audit.verify({ orgId: org.id });
  expect(audited).toMatchObject({ fault: null, nextBlock: null });
  const before = await org.owner.caller.boards.get({ boardId: board.id });
  await writeBackup(file, dump(world.owner));
  expect(statSync(file).mode & 0o077).toBe(0);

  const target = await empty();
  await load(target, readBackup(file));
  const services = servicesOn(target);
  const { caller } = await signedIn(services, org.owner.token);
  expect(await caller.boards.get({ boardId: board.id })).toEqual(before);
  const { email, password } = org.owner;
  expect(await caller.auth.signIn({ email, password, transport: "token" })).toMatchObject({ user: { email } });

  // The audit log is whole, to the head that was kept, and goes on; who changes it after a restore is found out.
  const { id: orgId } = org;
  const head = audited.head ?? undefined;
  expect(await caller.audit.verify({ orgId, head })).toEqual(audited);
  await caller.orgs.update({ orgId, name: "Restored" });
  await services.audit.seal();
  expect(await caller.audit.verify({ orgId, head })).toMatchObject({ fault: null, records: audited.records + 1 });
  await expect(services.db.execute(sql`delete from audit_record`)).rejects.toMatchObject({ cause: { code: "42501" } });

  // Every event with its version and nonce, and the board is what they fold to.
  const all = sql`
    select version, nonce, type, at, actor_id as "actorId", mutation_id as "mutationId", data from event
    where stream_id = ${board.id}::uuid order by version`;
  const events = await services.db.execute<BoardEvent & { version: number }>(all);
  expect([...events]).toEqual([...(await world.db.execute(all))]);
  const first = events.findIndex(({ type }) => type === "task.created");
  expect(first).toBeGreaterThan(-1);
  await caller.tasks.update({ boardId: board.id, taskId: board.task("Third"), title: "Goes on" });
  const after = await caller.boards.get({ boardId: board.id });
  expectFolds([before, after], [...(await services.db.execute<BoardEvent>(all))], evolve);
});

test("the numbers of transactions are the new server's: no poll takes old events for new ones", async ({
  world,
  fresh,
}) => {
  await makeBoard(world);
  const target = await fresh();
  await load(target, dump(world.owner));
  const [row] = await servicesOn(target).db.execute<{ old: number; all: number }>(
    sql`select count(*) filter (where tx_id < pg_snapshot_xmin(pg_current_snapshot()))::int as old,
      count(*)::int as all from event`,
  );
  expect(row).toEqual({ old: row?.all, all: row?.old });
  expect(row?.all).toBeGreaterThan(5);
});

test("the same state makes the same text, and what is restored makes it again", async ({ world, file, fresh }) => {
  await makeBoard(world);
  const textOf = async (connection: ConnectionOptions, name: string) => {
    await writeBackup(file + name, dump(connection));
    const text = zstdDecompressSync(readFileSync(file + name)).toString();
    return text.slice(text.indexOf("\n"));
  };
  const text = await textOf(world.owner, "1");
  expect(await textOf(world.owner, "2")).toBe(text);
  const target = await fresh();
  await load(target, readBackup(`${file}1`));
  expect(await textOf(target, "3")).toBe(text);
});

test("a backup beside people who write is of one moment", async ({ world, fresh }) => {
  const { org, board } = await makeBoard(world);
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const writer = (async () => {
    for (let turn = 0; !stop.signal.aborted; turn += 1) {
      const title = `Turn ${turn}`;
      await org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title });
    }
  })();
  // It counts and compares what it has loaded.
  const counts: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { rows } = await load(await fresh(), dump(world.owner));
    counts.push(rows["task"] ?? 0);
  }
  stop.abort();
  await writer;
  expect(new Set(counts).size).toBe(3);
});

test("a backup of an older Trestle is brought up to date; that of a newer one is refused", async ({
  world,
  empty,
  fresh,
}) => {
  const old = await empty();
  const { db, close } = connect(old, { max: 1 });
  // Before accounts could be disabled, and before everybody had an inbox.
  expect(await migrateUntil(old, Date.UTC(2026, 10, 23, 3, 12, 1))).toBe(false);
  const [, , third] = await migrationsOf(world);
  expect(await migrateUntil(old, third ?? 0)).toBe(true);
  await db.execute(sql`insert into app_user (id, email, name, password_hash, created_at)
    values (gen_random_uuid(), 'old@example.test', 'Old', 'x', now())`);
  const target = await empty();
  await load(target, dump(old));
  const services = servicesOn(target);
  expect(await isMigrated(services.db)).toBe(true);
  const [row] = await services.db.execute(sql`select u.name, s.kind from app_user u join stream s on s.id = u.id`);
  expect(row).toEqual({ name: "Old", kind: "inbox" });

  const [head, ...rest] = await partsOf(old);
  if (head?.is !== "head") throw new Error("a backup begins with its head");
  const newer: Part = { is: "head", head: { ...head.head, migration: Date.UTC(2100, 1) } };
  await expect(load(await fresh(), inTurn([newer, ...rest]))).rejects.toThrow(/newer Trestle.*update first/u);
  await expect(load(await fresh(), dump(old))).rejects.toThrow(/newer tables than the backup/u);
  await close();
});

async function migrationsOf({ db }: World): Promise<number[]> {
  const rows = await db.execute<{ at: string }>(
    sql`select created_at::text as at from drizzle.__drizzle_migrations order by created_at`,
  );
  return rows.map(({ at }) => Number(at));
}

test("a database in which somebody made something is left as it is, one that a server started on is filled", async ({
  world,
  fresh,
}) => {
  await makeBoard(world);
  const before = await countMade(world.owner);
  await expect(load(world.owner, dump(world.owner))).rejects.toThrow(/not empty.*nothing was changed/u);
  expect(await countMade(world.owner)).toBe(before);
  const target = await fresh();
  await load(target, dump(world.owner));
  expect(await countMade(target)).toBe(before);
});

test("an empty database is nothing to back up, and no file is left of it", async ({ file, empty }) => {
  await expect(writeBackup(file, dump(await empty()))).rejects.toThrow(/no Trestle has used this database/u);
  expect(() => statSync(file)).toThrow(/ENOENT/u);
  expect(readdirSync(dirname(file))).toEqual([]);
});

test("a file that is there is not written over; one that cannot be read says why", async ({ world, file, fresh }) => {
  writeFileSync(file, "mine");
  await expect(writeBackup(file, dump(world.owner))).rejects.toThrow(/is there already/u);
  expect(readFileSync(file, "utf8")).toBe("mine");
  const target = await fresh();
  await expect(load(target, readBackup(file))).rejects.toThrow(/is no backup, or a damaged one/u);
  await expect(load(target, readBackup(`${file}.none`))).rejects.toThrow(/There is no file/u);
  await expect(writeBackup(`${file}/no/folder`, dump(world.owner))).rejects.toThrow(/cannot be written/u);
  writeFileSync(file, zstdCompressSync('{"format":"something else"}\n'));
  await expect(load(target, readBackup(file))).rejects.toThrow(/no backup that this Trestle knows/u);
});

test("what is damaged is refused as a whole, wherever it is", async ({ world, file, fresh }) => {
  await makeBoard(world);
  await writeBackup(file, dump(world.owner));
  const whole = readFileSync(file);
  const target = await fresh();
  const middle = Math.floor(whole.length / 2);
  const flipped = Buffer.from(whole);
  flipped.writeUInt8(whole.readUInt8(middle) ^ 4, middle);
  for (const damaged of [flipped, whole.subarray(0, middle), whole.subarray(0, -1)]) {
    writeFileSync(file, damaged);
    await expect(load(target, readBackup(file))).rejects.toBeInstanceOf(BackupError);
  }
  expect(await countMade(target)).toBe(0);
  writeFileSync(file, whole);
  await load(target, readBackup(file));
});

test("rows that are missing, too many, of no table or of nobody are refused, and nothing stays", async ({
  world,
  fresh,
}) => {
  await makeBoard(world);
  const parts = await partsOf(world.owner);
  const target = await fresh();
  let table = "";
  const without = (name: string) =>
    parts.filter((part) => {
      if (part.is === "table") table = part.table.name;
      return part.is !== "rows" || table !== name;
    });
  const twice = (name: string) =>
    parts.flatMap((part) => {
      if (part.is === "table") table = part.table.name;
      return part.is === "rows" && table === name ? [part, part] : [part];
    });
  const renamed = parts.map((part): Part =>
    part.is === "table" ? { is: "table", table: { ...part.table, name: "x" } } : part,
  );
  const lines = parts.filter(({ is }) => is !== "table");
  const otherHeads = parts.map((part): Part =>
    part.is === "end" ? { is: "end", end: { ...part.end, heads: "00" } } : part,
  );
  for (const [broken, says] of [
    [without("task_assignee").filter(({ is }) => is !== "end"), /ends in the middle/u],
    [without("mutation"), /rows of mutation/u],
    [without("board"), /do not fit/u],
    [twice("event"), /the rows of event do not fit/u],
    [renamed, /no table x/u],
    [lines, /in no order/u],
    [otherHeads, /streams end elsewhere/u],
    [parts.slice(1), /no backup/u],
    [[], /no backup/u],
  ] as const) {
    await expect(load(target, inTurn(broken))).rejects.toThrow(says);
  }
  expect(await countMade(target)).toBe(0);
  await load(target, inTurn(parts));
});

test("large tables come in pieces, whatever pieces the file is read in", async ({ world, file, fresh }) => {
  const { org, board } = await makeBoard(world);
  await world.db.execute(sql`
    insert into mutation (user_id, id, procedure, input_hash, result, stream_id, version, at)
    select ${org.owner.id}::uuid, gen_random_uuid(), 'large', md5(n::text), jsonb_build_object('text', repeat(n::text || E'\n\\.\n', 20)),
      ${board.id}::uuid, 1, now() from generate_series(1, 20000) n`);
  await writeBackup(file, dump(world.owner));
  const target = await fresh();
  const { rows } = await load(target, readBackup(file));
  expect(rows["mutation"]).toBeGreaterThan(20_000);
  const digest = sql`select md5(string_agg(result::text, '' order by id)) as digest from mutation`;
  expect([...(await servicesOn(target).db.execute(digest))]).toEqual([...(await world.db.execute(digest))]);
});

test("no table counts by a sequence, which a backup would not set", async ({ world }) => {
  const [row] = await world.db.execute(sql`
    select count(*)::int as count from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace`);
  expect(row).toEqual({ count: 0 });
});
