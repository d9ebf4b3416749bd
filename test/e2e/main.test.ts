import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, test as base, vi } from "vitest";
import { createTrestle, errorKind, type Trestle } from "../../client/index.ts";
import { readDemo } from "../../server/seed.ts";
import { openDatabase, StartError } from "../../server/start.ts";
import { cloneDatabase } from "../setup/database.ts";
import {
  createDataDirectory,
  type DataDirectory,
  freePort,
  isRunning,
  ready,
  run,
  runScript,
  startServer,
} from "./program.ts";

/** The way to the cluster of this run, which has no port: postgres.js looks for what a DATABASE_URL does not name there. */
const { host: PGHOST, user: PGUSER } = inject("cluster");

const PRODUCTION = { NODE_ENV: "production" };

/** A data directory as a first start leaves it, with its demo: made once for the file, by the first who needs it. */
const withDemo = base.extend<{ $file: { startedBefore: string } }>({
  startedBefore: [
    async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), "trestle-e2e-"));
      await chmod(directory, 0o755);
      const server = await startServer({ DATA_DIR: directory, PORT: await freePort() });
      await server.says(/npm run demo/u);
      await server.end("SIGTERM");
      await use(directory);
      await rm(directory, { recursive: true, force: true });
    },
    { scope: "file" },
  ],
});

const test = withDemo.extend<{ data: DataDirectory; demo: DataDirectory; connect: (url: string) => Trestle }>({
  data: async ({}, use) => {
    await use(createDataDirectory());
  },
  /** With a database and a demo of before. */
  demo: async ({ startedBefore }, use) => {
    await use(createDataDirectory(startedBefore));
  },
  /** Clients of the test, closed at its end. */
  connect: async ({}, use) => {
    const clients: Trestle[] = [];
    await use((url) => {
      const client = createTrestle({ url });
      clients.push(client);
      return client;
    });
    for (const client of clients) await client.close();
  },
});

function requireDemo({ path }: DataDirectory) {
  const demo = readDemo(path);
  if (!demo) throw new Error("the data directory has no demo");
  return demo;
}

async function signInAsOwner(trestle: Trestle, data: DataDirectory): Promise<{ boardId: string; columnId: string }> {
  const { boardId, users } = requireDemo(data);
  const [owner] = users;
  await trestle.auth.signIn.mutate({ email: owner?.email ?? "", password: owner?.password ?? "" });
  const { columns } = await trestle.boards.get.query({ boardId });
  return { boardId, columnId: columns[0]?.id ?? "" };
}

async function readyState(url: string): Promise<number> {
  return (await fetch(new URL("/readyz", url))).status;
}

test("a newcomer gets an address and sign-ins that work, and a stop that leaves nothing running", async ({
  data,
  connect,
}) => {
  const PORT = await freePort();
  const server = await startServer({ DATA_DIR: data.path, PORT });
  expect(server.url).toBe(`http://127.0.0.1:${PORT}`);
  expect(await readyState(server.url)).toBe(200);
  await server.says(/npm run demo/u);
  const signIns = [...server.output().matchAll(/^ {2}(owner|admin|member|guest) +(\S+@\S+) +(\S+)$/gmu)];
  expect(signIns.map(([, role]) => role)).toEqual(["owner", "admin", "member", "guest"]);
  for (const [, role, email = "", password = ""] of signIns) {
    const trestle = connect(server.url);
    await trestle.auth.signIn.mutate({ email, password });
    expect((await trestle.auth.me.query()).orgs).toMatchObject([{ name: "Demo", role }]);
  }
  expect((await stat(join(data.path, "demo.json"))).mode & 0o777).toBe(0o600);
  const postgres = await data.postgres();
  expect(postgres).toBeDefined();

  expect(await server.end("SIGTERM")).toBe(0);
  expect(server.output()).toMatch(/Stopping \(SIGTERM\)\.\n$/u);
  // Its process may outlive its lock file for a moment.
  await vi.waitUntil(() => !isRunning(postgres ?? 0), { timeout: 60_000 });
  expect(await data.postgres()).toBeUndefined();

  const again = await startServer({ DATA_DIR: data.path, PORT });
  await again.says(/The demo's sign-ins are in .*demo\.json/u);
  expect(again.output()).not.toContain(signIns[0]?.[3]);
  expect(await again.end("SIGINT")).toBe(0);
});

test("nothing that was acknowledged is lost when server and database are killed", async ({ demo: data, connect }) => {
  const PORT = await freePort();
  const server = await startServer({ DATA_DIR: data.path, PORT });
  await server.says(/npm run demo/u);
  const trestle = connect(server.url);
  const { boardId, columnId } = await signInAsOwner(trestle, data);
  const live = trestle.board(boardId);
  await live.ready();
  const task = await trestle.tasks.create.mutate({ boardId, columnId, title: "Survive" });
  const postgres = await data.postgres();
  server.child.kill("SIGKILL");
  process.kill(postgres ?? 0, "SIGKILL");
  expect(await server.ended()).toBeNull();

  const again = await startServer({ DATA_DIR: data.path, PORT });
  const [, milliseconds] = await again.says(/after (\d+) ms/u);
  process.stdout.write(`Ready ${milliseconds} ms after the restart that followed a kill -9.\n`);
  expect(await trestle.tasks.get.query({ boardId, taskId: task.id })).toEqual(task);
  const { version } = await trestle.tasks.update.mutate({ boardId, taskId: task.id, title: "Survived" });
  // The watch of before goes on by itself.
  const state = await live.waitForVersion(version);
  expect(state).toEqual(await trestle.boards.get.query({ boardId }));
  expect(await again.end("SIGTERM")).toBe(0);
});

test("a server that alone was killed finds its database running, and stops it in the end", async ({
  demo: data,
  connect,
}) => {
  const PORT = await freePort();
  const server = await startServer({ DATA_DIR: data.path, PORT });
  await server.says(/npm run demo/u);
  const trestle = connect(server.url);
  const { boardId, columnId } = await signInAsOwner(trestle, data);
  const task = await trestle.tasks.create.mutate({ boardId, columnId, title: "Survive" });
  expect(await server.end("SIGKILL")).toBeNull();
  const again = await startServer({ DATA_DIR: data.path, PORT });
  expect(await trestle.tasks.get.query({ boardId, taskId: task.id })).toEqual(task);
  expect(await again.end("SIGTERM")).toBe(0);
  expect(await data.postgres()).toBeUndefined();
});

test("two servers on one data directory serve the same, and the last one out stops the database", async ({
  demo: data,
  connect,
}) => {
  const one = await startServer({ DATA_DIR: data.path, PORT: await freePort() });
  await one.says(/npm run demo/u);
  const other = await startServer({ DATA_DIR: data.path, PORT: await freePort() });
  const [here, there] = [connect(one.url), connect(other.url)];
  const { boardId, columnId } = await signInAsOwner(here, data);
  await signInAsOwner(there, data);
  const live = here.board(boardId);
  await live.ready();
  const task = await there.tasks.create.mutate({ boardId, columnId, title: "From the other one" });
  const state = await live.waitForVersion(task.version);
  expect(state.tasks).toContainEqual(expect.objectContaining({ id: task.id, title: "From the other one" }));

  expect(await one.end("SIGTERM")).toBe(0);
  expect(await there.tasks.get.query({ boardId, taskId: task.id })).toEqual(task);
  expect(await other.end("SIGTERM")).toBe(0);
  expect(await data.postgres()).toBeUndefined();
});

test("a server that npm runs ends with npm, and its database with it", async ({ demo: data }) => {
  const npm = await ready(run(["npm", "start"], { DATA_DIR: data.path, PORT: await freePort() }));
  const postgres = (await data.postgres()) ?? 0;
  expect(isRunning(postgres)).toBe(true);
  await npm.end("SIGTERM");
  await vi.waitUntil(() => !isRunning(postgres), { timeout: 60_000 });
  await expect(readyState(npm.url)).rejects.toThrow("fetch failed");
  expect(await data.postgres()).toBeUndefined();
});

test("in production there is no demo, and its sign-ins are nobody's", async ({ data, connect }) => {
  const server = await startServer({
    DATA_DIR: data.path,
    PORT: await freePort(),
    ...PRODUCTION,
    ALLOW_HTTP: "true",
    SIGN_UP: "open",
  });
  expect(server.output()).not.toContain("demo");
  await expect(readFile(join(data.path, "demo.json"))).rejects.toThrow("ENOENT");
  const trestle = connect(server.url);
  const account = { email: "owner@demo.test", password: "correct horse battery" };
  const refused = await trestle.auth.signIn.mutate(account).catch((error: unknown) => error);
  expect(errorKind(refused)).toBe("CREDENTIALS_WRONG");
  const { user } = await trestle.auth.signUp.mutate({ ...account, name: "Somebody" });
  expect((await trestle.auth.me.query()).user).toEqual(user);
  expect(await server.end("SIGTERM")).toBe(0);
});

test("a database of one's own is used instead of an embedded one, and gets no demo", async ({ data, connect }) => {
  const { connection, drop } = await cloneDatabase();
  const environment = { DATA_DIR: data.path, PGHOST, PGUSER, DATABASE_URL: `postgres:///${connection.database}` };
  const server = await startServer({ ...environment, PORT: await freePort() });
  expect(await readyState(server.url)).toBe(200);
  expect(server.output()).not.toContain("demo");
  expect(await data.postgres()).toBeUndefined();
  const trestle = connect(server.url);
  await trestle.auth.signUp.mutate({ name: "Ada", email: "ada@example.test", password: "correct horse battery" });
  expect(await server.end("SIGTERM")).toBe(0);
  await drop();
});

test.for([
  { what: "a port that is no port", environment: { PORT: "70000" }, says: /^PORT: .+\.$/u },
  {
    what: "a database server that is not there",
    environment: { DATABASE_URL: "postgres://somebody:secret@127.0.0.1:1/trestle" },
    says: /^DATABASE_URL cannot be used: nothing listens there\.$/u,
  },
  {
    what: "a production server by plain HTTP",
    environment: { ...PRODUCTION, PUBLIC_URL: "http://trestle.example.org" },
    says: /^PUBLIC_URL: has to begin with https:\/\/ in production: .+ALLOW_HTTP=true lets it\.$/u,
  },
])("$what is one sentence, and the end", async ({ environment, says }, { data }) => {
  const program = runScript("server/main.ts", [], { DATA_DIR: data.path, PORT: await freePort(), ...environment });
  expect(await program.ended()).toBe(1);
  expect(program.output().trimEnd()).toMatch(says);
  expect(program.output()).not.toContain("secret");
});

test.for([
  { what: "that does not exist", name: "no_such_database", user: PGUSER, says: "there is no such database on it" },
  { what: "of somebody else", name: "postgres", user: "nobody_of_that_name", says: "this user may not sign in" },
])("a database $what is a sentence, too", async ({ name, user, says }) => {
  vi.stubEnv("PGHOST", PGHOST);
  vi.stubEnv("PGUSER", user);
  const opened = openDatabase({ DATABASE_URL: `postgres:///${name}`, DATA_DIR: "", NODE_ENV: "development" }, () => {});
  await expect(opened).rejects.toThrow(new StartError(`DATABASE_URL cannot be used: ${says}.`));
});

test("a port in use is one sentence, and the database does not stay behind", async ({ demo: data }) => {
  const PORT = await freePort();
  const holder = createServer();
  await new Promise<void>((resolve) => {
    holder.listen(Number(PORT), "127.0.0.1", resolve);
  });
  const program = runScript("server/main.ts", [], { DATA_DIR: data.path, PORT });
  expect(await program.ended()).toBe(1);
  expect(program.output()).toMatch(/^Cannot listen on 127\.0\.0\.1:\d+: something else listens there; .+\.\n$/u);
  expect(await data.postgres()).toBeUndefined();
  holder.close();
});
