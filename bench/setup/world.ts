import { sql } from "drizzle-orm";
import postgres, { type Sql } from "postgres";
import type { Database } from "../../db/client.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../db/embedded.ts";
import { migrate } from "../../db/migrate.ts";
import { SERVER_ROLE } from "../../db/rights.ts";
import { createServices } from "../../server/app.ts";
import type { AppServices, Context } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { createCaller } from "../../server/router.ts";
import { newRootKeys } from "../../server/root-keys.ts";
import type { Bench } from "./bench.ts";
import { ownDataDir } from "./temporary.ts";

export type Connection = EmbeddedPostgres["connection"];
type Caller = ReturnType<typeof createCaller>;

/** Somebody signed in. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly token: string;
  readonly caller: Caller;
}

/** An organisation whose people may all change its boards; the first one owns it. */
export interface Team {
  readonly owner: Person;
  readonly people: readonly Person[];
  readonly orgId: string;
  readonly projectId: string;
}

export interface TeamBoard {
  readonly id: string;
  readonly columnIds: readonly string[];
  /** In the order of their creation; task `n` stands in column `n % columns`. */
  readonly taskIds: readonly string[];
}

/** People who are added at once. */
const AT_ONCE = 20;
/** `boards.applyChanges` takes no more at once. */
const CHANGES_AT_ONCE = 100;

/** A migrated Postgres of the bench's own, with the durability of every day: what it answers is on the disk. */
export async function ownDatabase(bench: Bench, settings: Record<string, string> = {}): Promise<Connection> {
  const dataDir = await ownDataDir(bench);
  const { connection } = await bench.own(
    () => startEmbeddedPostgres({ dataDir, settings }),
    (server) => server.close(),
  );
  await migrate(connection, SERVER_ROLE);
  return connection;
}

/** As the server connects, behind the wall; what it is held against is the owner of everything. */
export function asServer(connection: Connection): Connection {
  return { ...connection, user: SERVER_ROLE };
}

/** The services of a server without its door. */
export async function ownServices(bench: Bench, connection: Connection, poolSize: number): Promise<AppServices> {
  const open = () =>
    createServices({
      connection: asServer(connection),
      poolSize,
      rootKeys: newRootKeys(),
      log: createLogger("error"),
      secure: false,
    });
  return (await bench.own(open, ({ close }) => close())).services;
}

/** postgres.js alone: what the benches hold Trestle against. */
export function ownClient(bench: Bench, connection: Connection, max: number): Promise<Sql> {
  return bench.own(
    () => postgres({ ...connection, max, fetch_types: false }),
    (client) => client.end({ timeout: 5 }),
  );
}

/** Fails unless a commit waits for the disk: numbers without that are about another database. */
export async function requireDurable(db: Database): Promise<void> {
  const [row] = await db.execute<{ fsync: string; commit: string }>(
    sql`select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`,
  );
  if (row?.fsync !== "on" || row.commit !== "on") throw new Error("this Postgres does not wait for the disk");
}

/** Lets Postgres count what was written: autovacuum does so within a minute, in the middle of a round. */
export async function gatherStatistics(bench: Bench, connection: Connection): Promise<void> {
  const client = await ownClient(bench, connection, 1);
  await client`vacuum analyze`;
}

/** Adds somebody with a session, without the deliberate slowness of a sign-up. */
async function createPerson(services: AppServices): Promise<Person> {
  const id = newId();
  const email = `${id}@example.test`;
  await services.db.within({ userId: id }).execute(sql`
    insert into app_user (id, email, name, password_hash, created_at)
    values (${id}::uuid, ${email}, ${`Person ${id.slice(-6)}`}, 'none', ${services.clock.now().toISOString()}::timestamptz)`);
  const { token } = await services.sessions.create(id, "bench");
  return { id, email, token, caller: await callerOf(services, token) };
}

/** Whose session this is, in the process. */
export async function callerOf(services: AppServices, token: string): Promise<Caller> {
  const found = await services.sessions.find(token);
  const request = { transport: "caller", userAgent: "bench", setCookie: () => {}, connection: undefined } as const;
  const context: Context = { app: services, session: found?.session, user: found?.user, unrecognised: false, request };
  return createCaller(context);
}

export async function createTeam(services: AppServices, size: number): Promise<Team> {
  const owner = await createPerson(services);
  const { id: orgId } = await owner.caller.orgs.create({ name: "Bench" });
  const { id: projectId } = await owner.caller.projects.create({ orgId, name: "Bench", key: "BENCH" });
  const people = [owner];
  while (people.length < size) {
    const more = Math.min(AT_ONCE, size - people.length);
    people.push(...(await Promise.all(Array.from({ length: more }, () => createPerson(services)))));
  }
  // By one statement: to invite somebody and have it accepted takes 25 ms, and some benches have 500 people.
  await services.db.within({ orgId }).execute(sql`
    insert into membership (org_id, user_id, role, access_version, created_at)
    select o.id, member::uuid, 'member', o.access_version, o.created_at
    from org o, json_array_elements_text(${JSON.stringify(people.slice(1).map(({ id }) => id))}::json) member
    where o.id = ${orgId}::uuid`);
  return { owner, people, orgId, projectId };
}

/** A board whose tasks have a title of usual length, a description, and some a label, an assignee and a due date. */
export async function createBoard(team: Team, columns: readonly string[], tasks: number): Promise<TeamBoard> {
  const { caller } = team.owner;
  const board = { orgId: team.orgId, projectId: team.projectId, name: "Bench board", columns: [...columns] };
  const { id: boardId } = await caller.boards.create(board);
  const label = await caller.labels.create({ boardId, name: "Bench", color: "blue" });
  const columnIds = (await caller.boards.get({ boardId })).columns.map((column) => column.id);
  const taskIds = Array.from({ length: tasks }, newId);
  const changes = taskIds.map((id, index) => ({
    procedure: "tasks.create" as const,
    id,
    columnId: at(columnIds, index % columnIds.length),
    title: `Prepare the release notes for version ${index + 1}`,
    description: "What changed, for whom, and what to do about it.",
    labelIds: index % 2 === 0 ? [label.id] : [],
    assigneeIds: index % 3 === 0 ? [at(team.people, index % team.people.length).id] : [],
    dueAt: index % 4 === 0 ? "2030-01-31T12:00:00.000Z" : null,
  }));
  for (let from = 0; from < changes.length; from += CHANGES_AT_ONCE) {
    const results = await caller.boards.applyChanges({ boardId, changes: changes.slice(from, from + CHANGES_AT_ONCE) });
    if (results.some(({ status }) => status === "refused")) throw new Error("a task of the bench was refused");
  }
  return { id: boardId, columnIds, taskIds };
}

/** An entry of a list that is known to be that long. */
export function at<Entry>(list: readonly Entry[], index: number): Entry {
  const entry = list[index];
  if (entry === undefined) throw new Error(`there is no entry ${index}`);
  return entry;
}
