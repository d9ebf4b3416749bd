import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { test as base } from "vitest";
import { connect, type Database } from "../../db/client.ts";
import type { BoardRole, OrgRole } from "../../db/enums.ts";
import { type App, createApp, createServices } from "../../server/app.ts";
import type { AppServices, Context } from "../../server/core/context.ts";
import type { RootKeys } from "../../server/core/encryption/root-keys.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { createCaller } from "../../server/router.ts";
import { cloneDatabase } from "./database.ts";
import { TEST_ROOT_KEYS } from "./root-keys.ts";

export type Caller = ReturnType<typeof createCaller>;

/** Fast polls, so that tests of the safety net do not wait for it. */
const POLL_MS = 200;
/** pg-boss takes no less. */
const JOB_POLL_SECONDS = 0.5;

/** What a test file has: a database of its own, and services on it. Time can be moved. */
export interface World {
  readonly services: AppServices;
  /** The database as its owner sees it, with the rows of all organisations; that of the services has a wall. */
  readonly db: Database;
  readonly connection: Awaited<ReturnType<typeof cloneDatabase>>["connection"];
  readonly owner: World["connection"];
  readonly clock: { now(): Date; advance(ms: number): void };
  /** Somebody signed in by a session of their own. */
  person(name?: string): Promise<Person>;
  /** An organisation with an owner, and nothing else. */
  org(): Promise<TestOrg>;
  /** A server with a port on the same database: started at the first call; `pageFolder`: it has the page there. */
  app(options?: { pageFolder: string }): Promise<App>;
  /** Another process, as it were: services of their own on the same database. */
  otherServices(rootKeys?: RootKeys): AppServices;
}

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly context: Context;
  readonly caller: Caller;
}

/** An organisation of one test: people by role come into being when they are asked for. */
export interface TestOrg {
  readonly id: string;
  readonly owner: Person;
  /** Somebody of this role; the same one each time. */
  as(role: OrgRole): Promise<Person>;
  /** One more member of this role: a built-in one, or a custom one by its id. */
  another(role: string): Promise<Person>;
  project(): Promise<{ id: string; key: string }>;
  board(options?: BoardOptions): Promise<TestBoard>;
}

export interface BoardOptions {
  readonly columns?: readonly string[];
  /** Titles for the first column. */
  readonly tasks?: readonly string[];
  readonly visibility?: "org" | "private";
  readonly by?: Person;
}

export interface TestBoard {
  readonly id: string;
  readonly projectId: string;
  /** The id of a column by its name. */
  column(name: string): string;
  /** The id of a task by its title. */
  task(title: string): string;
  /** Somebody with this board role, and a guest of the organisation otherwise. */
  as(role: BoardRole): Promise<Person>;
}

/** `test` with a `world` for the file. */
export const test = base.extend<{ $file: { world: World } }>({
  world: [
    async ({}, use) => {
      const { world, close } = await createWorld();
      await use(world);
      await close();
    },
    { scope: "file" },
  ],
});

async function createWorld(): Promise<{ world: World; close(): Promise<void> }> {
  const database = await cloneDatabase();
  const clock = createTestClock();
  const log = createLogger("silent");
  const polls = { pollMs: POLL_MS, jobPollSeconds: JOB_POLL_SECONDS };
  const files = {
    folder: join(tmpdir(), `trestle-files-${newId()}`),
    maxBytes: 16 << 20,
    maxArchiveBytes: 64 << 20,
    maxBytesPerOrg: 0,
    types: [],
  };
  const config = {
    files,
    connection: database.connection,
    poolSize: 8,
    rootKeys: TEST_ROOT_KEYS,
    log,
    clock,
    ...polls,
  };
  const { services, close } = createServices({ ...config, secure: false });
  const owner = connect(database.owner, { max: 4 });
  const closers = [owner.close, close];
  let app: Promise<App> | undefined;
  const world: World = {
    services,
    db: owner.db,
    connection: database.connection,
    owner: database.owner,
    clock,
    person: (name) => createPerson(services, name),
    org: () => createTestOrg(services),
    app(options) {
      app ??= createApp({ ...config, ...options, host: "127.0.0.1", port: 0 }).then((started) => {
        closers.push(() => started.close());
        return started;
      });
      return app;
    },
    otherServices(rootKeys = config.rootKeys) {
      const other = createServices({ ...config, rootKeys, secure: false });
      closers.push(other.close);
      return other.services;
    },
  };
  return {
    world,
    async close() {
      for (const closeOne of closers.toReversed()) await closeOne();
      await database.drop();
      await rm(files.folder, { recursive: true, force: true });
    },
  };
}

function createTestClock() {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    advance(ms: number) {
      ahead += ms;
    },
  };
}

let counter = 0;
/** One hash for all: signing up hashes on purpose slowly, and tests are about other things. */
let sharedHash: Promise<string> | undefined;
const PASSWORD = "correct horse battery";

/** Adds somebody with a session, without the cost of a sign-up. */
export async function createPerson(services: AppServices, name?: string): Promise<Person> {
  counter += 1;
  const id = newId();
  const email = `person-${counter}-${id.slice(-6)}@example.test`;
  const shown = name ?? `Person ${counter}`;
  sharedHash ??= services.passwords.hash(PASSWORD);
  await services.db.within({ userId: id }).execute(sql`
    insert into app_user (id, email, name, password_hash, created_at)
    values (${id}::uuid, ${email}, ${shown}, ${await sharedHash}, ${services.clock.now().toISOString()}::timestamptz)`);
  const { token } = await services.sessions.create(id, "test");
  return { id, name: shown, email, password: PASSWORD, token, ...(await signedIn(services, token)) };
}

/** The context and caller of a session on these services. */
export async function signedIn(services: AppServices, token: string): Promise<{ context: Context; caller: Caller }> {
  const found = await services.sessions.find(token);
  const context = callerContext(services, found);
  return { context, caller: createCaller(context) };
}

export function callerContext(
  services: AppServices,
  found: Awaited<ReturnType<AppServices["sessions"]["find"]>>,
): Context {
  const request = { transport: "caller", userAgent: "test", setCookie: () => {}, connection: undefined } as const;
  return { app: services, session: found?.session, user: found?.user, unrecognised: false, request };
}

async function createTestOrg(services: AppServices): Promise<TestOrg> {
  const owner = await createPerson(services);
  const { id } = await owner.caller.orgs.create({ name: `Organisation ${counter}` });
  const byRole = new Map<string, Promise<Person>>([["owner", Promise.resolve(owner)]]);
  let project: Promise<{ id: string; key: string }> | undefined;

  async function another(role: string): Promise<Person> {
    const person = await createPerson(services);
    const { token } = await owner.caller.members.invite({ orgId: id, email: person.email, role });
    await person.caller.members.accept({ token });
    return person;
  }
  function as(role: OrgRole): Promise<Person> {
    const known = byRole.get(role) ?? another(role);
    byRole.set(role, known);
    return known;
  }
  function ownProject(): Promise<{ id: string; key: string }> {
    project ??= owner.caller.projects.create({ orgId: id, name: "Project", key: "PRJ" });
    return project;
  }
  async function board(options: BoardOptions = {}): Promise<TestBoard> {
    const { caller } = options.by ?? owner;
    const { id: projectId } = await ownProject();
    const columns = options.columns ?? ["Todo", "Doing", "Done"];
    const { id: boardId } = await caller.boards.create({
      orgId: id,
      projectId,
      name: "Board",
      columns: [...columns],
      visibility: options.visibility ?? "org",
    });
    const snapshot = await caller.boards.get({ boardId });
    const columnIds = new Map(snapshot.columns.map((column) => [column.name, column.id]));
    const taskIds = new Map<string, string>();
    const first = snapshot.columns[0]?.id ?? "";
    for (const title of options.tasks ?? []) {
      taskIds.set(title, (await caller.tasks.create({ boardId, columnId: first, title })).id);
    }
    const guests = new Map<BoardRole, Promise<Person>>();
    return {
      id: boardId,
      projectId,
      column: (name) => known(columnIds, name),
      task: (title) => known(taskIds, title),
      as(role) {
        const guest = guests.get(role) ?? sharedWith(role);
        guests.set(role, guest);
        return guest;
      },
    };
    async function sharedWith(role: BoardRole): Promise<Person> {
      const guest = await another("guest");
      await caller.boards.share({ boardId, userId: guest.id, role });
      return guest;
    }
  }
  return { id, owner, as, another, project: ownProject, board };
}

function known(ids: ReadonlyMap<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the test's board has no "${name}"`);
  return id;
}
