import { sql } from "drizzle-orm";
import type { Sql, TransactionSql } from "postgres";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import { type ConnectionOptions, opener } from "../../db/client.ts";
import { migrate } from "../../db/migrate.ts";
import { SERVER_ROLE } from "../../db/rights.ts";
import { load } from "../../db/backup/load.ts";
import { dump } from "../../db/backup/dump.ts";
import { createServices } from "../../server/app.ts";
import { faultCode } from "../../server/core/faults.ts";
import { createLogger } from "../../server/core/log.ts";
import { createCallerFactory, orgMutation, orgProcedure, router } from "../../server/core/trpc.ts";
import { Id } from "../../server/fields.contract.ts";
import { openDatabase } from "../../server/start.ts";
import { announceTable } from "../setup/tables.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { emptyDatabase } from "../setup/database.ts";
import { databaseWire } from "../setup/proxy.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { servicesOfOneBatch } from "../setup/scene.ts";
import { createPerson, signedIn, test, type TestOrg, type World } from "../setup/world.ts";

// The second wall: whatever a statement of the server forgets, Postgres shows and takes the rows of one organisation.

/** Tables around which there is no wall, and why. A new table is walled, or stands here. */
const WITHOUT_WALL: Record<string, string> = {
  sign_up_code: "of an address without an account",
  challenge: "of a ticket or session, by the hash of something random; it says nothing about anybody",
  provider_trip: "of a browser that may not be signed in, by the hash of something random",
  data_key: "wrapped by a key that is not in the database, and wrapped anew across organisations",
  try_count: "counts by address and account",
  call_use: "counts by address and account",
  time_position: "up to when reminders were made, of all organisations: an instant",
  log_position: "how far readers of the logs of all organisations have come: numbers",
  mail: "of addresses that may have no account: jobs send it, by its id",
};

/** Tables of accounts: their rows are seen by their owner alone. */
const OF_ACCOUNTS: Record<string, string> = {
  app_user: "id",
  session: "user_id",
  password_reset: "user_id",
  email_code: "user_id",
  passkey: "user_id",
  sign_in_ticket: "user_id",
  authenticator: "user_id",
  recovery_code: "user_id",
  identity: "user_id",
  known_device: "user_id",
  mutation: "user_id",
  notification: "user_id",
  reminder_setting: "user_id",
  digest: "user_id",
  unsubscribe_link: "user_id",
  calendar_link: "user_id",
};

/** The functions that run as the owner. The list is closed: another one is another door. */
const DOORS = [
  "access_versions",
  "account_of",
  "accounts_with_sessions",
  "add_notifications",
  "boards_that_know",
  "boards_with_rules",
  "chains_of_former_keys",
  "claim_recurrences",
  "create_inbox",
  "description_versions",
  "due_digests",
  "due_rules",
  "erase_own_answers",
  "erase_own_name",
  "events_since",
  "expired_files",
  "expired_invitations",
  "expired_trash",
  "factor_demands_since",
  "factor_due_for",
  "fill_org_of_task",
  "forget_expired",
  "forget_notifications",
  "forget_rule_runs",
  "has_accounts",
  "has_second_factor",
  "key_of_token",
  "live_keys",
  "live_sessions",
  "lock_owned_orgs",
  "lock_streams",
  "meet_at_boards",
  "old_operations",
  "org_of_import",
  "org_of_invitation",
  "org_of_stream",
  "orgs_of_members",
  "own_boards_seen",
  "own_invitations",
  "own_keys",
  "own_memberships",
  "own_orgs",
  "own_orphans",
  "own_roles",
  "own_shared_boards",
  "own_shares",
  "own_tasks_seen",
  "pass_over_log",
  "read_log",
  "release_files",
  "sealed_texts",
  "search_tasks",
  "session_of_token",
  "settle_factor_demands",
  "store_answers",
  "stored_answers",
  "stream_events",
  "stream_heads",
  "streams_behind",
  "taken_ids",
  "taken_slugs",
  "task_events",
  "tasks_to_remind_of",
  "unsealed_chains",
];

const REFUSED = "42501";
const IS_REFUSED = { code: REFUSED };

function codeOf(failing: Promise<unknown>): Promise<string> {
  return failing.then(() => "nothing failed", faultCode);
}

/** A session of `psql`, as it were. */
function session(connection: ConnectionOptions): Sql {
  const client = opener(connection)({ max: 1 });
  onTestFinished(() => client.end({ timeout: 1 }));
  return client;
}

interface Walled {
  readonly name: string;
  /** The column that says whose a row is, and whose it says that of an organisation in these tests. */
  readonly by: string;
  ownerIn(org: TestOrg): string;
  /** What can be written. */
  readonly columns: string[];
}

async function walledTables(owner: Sql): Promise<Walled[]> {
  const rows = await owner<{ name: string; columns: string[] }[]>`
    select table_name as name, json_agg(column_name) as columns from information_schema.columns
    join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and is_generated = 'NEVER' group by 1`;
  return rows
    .filter(({ name }) => !(name in WITHOUT_WALL))
    .map(({ name, columns }) => {
      const by = OF_ACCOUNTS[name];
      return by === undefined
        ? { name, by: name === "org" ? "id" : "org_id", ownerIn: ({ id }: TestOrg) => id, columns }
        : { name, by, ownerIn: ({ owner }: TestOrg) => owner.id, columns };
    });
}

/** An organisation with something in every table. */
async function furnished(world: World): Promise<TestOrg> {
  const org = await world.org();
  const member = await org.as("member");
  const { caller } = org.owner;
  const board = await org.board({ tasks: ["Secret"] });
  await caller.transitions.create({ boardId: board.id, name: "Way", toColumnId: board.column("Todo") });
  await caller.fields.create({ orgId: org.id, projectId: board.projectId, name: "Field", kind: "text" });
  const label = await caller.labels.create({ boardId: board.id, name: "Label", color: "blue" });
  await caller.tasks.update({
    boardId: board.id,
    taskId: board.task("Secret"),
    labelIds: [label.id],
    assigneeIds: [member.id],
  });
  const at = { boardId: board.id, taskId: board.task("Secret") };
  const recurrence = await caller.recurrences.create({
    ...at,
    columnId: board.column("Todo"),
    rule: "FREQ=DAILY",
    startsOn: "2026-01-05",
    timeZone: "UTC",
  });
  await world.db.execute(sql`
    insert into occurrence values (${org.id}::uuid, ${recurrence.id}::uuid, '2026-01-05', ${at.taskId}::uuid)`);
  const ofProject = { orgId: org.id, projectId: board.projectId };
  const plan = await caller.plans.create({ ...ofProject, kind: "sprint", name: "Sprint" });
  await caller.plans.setTasks({ boardId: board.id, taskIds: [at.taskId], kind: "sprint", planId: plan.id });
  const comment = await caller.comments.create({ ...at, text: "Psst" });
  await caller.comments.react({ ...at, commentId: comment.id, emoji: "🤫" });
  await attachFile(world, org.owner, { at, body: pieces("Psst") });
  await caller.attachments.create({ ...at, name: "psst.txt" });
  const ofTask = { boardId: board.id, taskId: board.task("Secret") };
  const { id: checklistId } = await caller.checklists.create({ ...ofTask, name: "List" });
  await caller.checkItems.create({ ...ofTask, checklistId, text: "Item" });
  const another = await caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "Another" });
  await caller.relations.create({ ...ofTask, name: "blocks", otherTaskId: another.id });
  const project = await caller.projects.create({ orgId: org.id, name: "Elsewhere", key: "ELSE" });
  const elsewhere = await caller.boards.create({
    orgId: org.id,
    projectId: project.id,
    name: "Elsewhere",
    columns: ["Todo"],
  });
  const [into] = (await caller.boards.get({ boardId: elsewhere.id })).columns;
  if (!into) throw new Error("a board has columns");
  const from = { boardId: board.id, taskId: another.id };
  await caller.tasks.moveToBoard({ ...from, toBoardId: elsewhere.id, columnId: into.id });
  await caller.members.invite({ orgId: org.id, email: `${org.id}@example.test`, role: "member" });
  const table = await announceTable(world, org, { projectId: board.projectId });
  await table.upload("Title\nOne\n");
  await caller.keys.create({ orgId: org.id, name: "Key", actions: ["board:read"], expiresAt: null });
  await caller.roles.create({ orgId: org.id, name: "Reader", base: "member", actions: ["org:read"] });
  await caller.serviceAccounts.create({ orgId: org.id, name: "Robot", role: "member" });
  await caller.time.start(at);
  await caller.views.create({ orgId: org.id, name: "View" });
  await caller.reminders.set({ leadMinutes: [0] });
  await caller.reminders.setOfTask({ ...at, leadMinutes: [0] });
  await world.db.execute(sql`
    insert into operation (id, org_id, user_id, kind, input, state, created_at, changed_at)
    values (gen_random_uuid(), ${org.id}::uuid, ${org.owner.id}::uuid, 'archive-export', '{}', 'waiting', now(), now())`);
  await caller.rules.create({
    orgId: org.id,
    projectId: board.projectId,
    name: "Rule",
    trigger: { on: "comment-created" },
    actions: [{ do: "archive" }],
  });
  // The owner watches what they made, and is told of what the member says about it.
  await member.caller.comments.create({ ...at, text: "Heard" });
  await world.services.logReader.catchUp();
  await world.db.within({ orgId: org.id }).execute(sql`
    insert into rule_mutation (mutation_id, org_id, run_id, action)
    select gen_random_uuid(), x.org_id, x.id, 0 from rule_run x where x.org_id = ${org.id}::uuid`);
  await furnishAccount(world, org.owner.id);
  await world.db.execute(sql`
    insert into presence (id, org_id, board_id, user_id, seen_at)
    values (gen_random_uuid(), ${org.id}::uuid, ${board.id}::uuid, ${member.id}::uuid, now())`);
  await world.services.audit.seal();
  return org;
}

/** What an account signs in with, and what is under way for it, in every table of accounts. */
async function furnishAccount(world: World, id: string): Promise<void> {
  const owner = session(world.owner);
  const [soon, mark] = ["2100-01-01T00:00:00Z", `mark ${id}`];
  await owner`insert into password_reset values (${id}, ${mark}, ${mark}, ${soon})`;
  await owner`insert into email_code values (${id}, ${mark}, ${mark}, 5, ${soon})`;
  await owner`insert into sign_in_ticket values (${mark}, ${id}, 0, 5, ${soon})`;
  await owner`insert into authenticator (user_id, secret, created_at, last_step) values (${id}, ${mark}, ${soon}, 0)`;
  await owner`insert into recovery_code values (${id}, ${mark})`;
  await owner`insert into digest values (${id}, 'on', 8, 'UTC', ${soon}, null)`;
  await owner`insert into unsubscribe_link values (${mark}, ${id}, ${soon})`;
  await owner`insert into calendar_link values (gen_random_uuid(), ${id}, null, ${mark}, ${soon}, null)`;
  await owner`insert into known_device values (${id}, ${mark}, ${soon})`;
  await owner`insert into identity values (gen_random_uuid(), ${id}, 'https://issuer.test', ${id}, null, ${soon}, null)`;
  await owner`
    insert into passkey values (gen_random_uuid(), ${id}, ${mark}, ${mark}, 0, '{}', 'Passkey', ${soon}, null)`;
}

test("every table has a wall that holds for its owner, too, or says why it has none", async ({ world }) => {
  const tables = await world.db.execute<{ name: string; isWalled: boolean; policies: number }>(sql`
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as "isWalled",
      (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`);
  const names = tables.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(WITHOUT_WALL)));
  for (const { name, isWalled, policies } of tables) {
    const isToBe = !(name in WITHOUT_WALL);
    // An account is read by others than those who may write it.
    const toBe = isToBe ? (name === "app_user" ? 3 : 2) : 0;
    expect({ name, isWalled, policies }).toEqual({ name, isWalled: isToBe, policies: toBe });
  }
});

test("the server's role owns nothing, is above no wall, and may not become somebody who is", async ({ world }) => {
  const [role] = await world.db.execute(sql`
    select rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication,
      (select count(*)::int from pg_class where relowner = r.oid) as tables,
      (select count(*)::int from pg_proc where proowner = r.oid) as functions,
      (select count(*)::int from pg_auth_members where member = r.oid) as roles,
      has_schema_privilege(r.oid, 'public', 'create') as creates
    from pg_roles r where rolname = ${SERVER_ROLE}`);
  const nothing = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcreatedb: false };
  const none = { tables: 0, functions: 0, roles: 0, creates: false, rolreplication: false };
  expect(role).toEqual({ ...nothing, ...none });
  const [own] = await world.services.db.execute(sql`select session_user::text as "is"`);
  expect(own).toEqual({ is: SERVER_ROLE });
  const psql = session(world.connection);
  await expect(psql.unsafe(`set role ${world.owner.user}`)).rejects.toMatchObject(IS_REFUSED);
  await expect(psql.unsafe("alter table task disable row level security")).rejects.toMatchObject(IS_REFUSED);
  await expect(psql.unsafe("truncate task")).rejects.toMatchObject(IS_REFUSED);
});

test("the doors in the wall are a closed list, for the server alone, and look nowhere but where they mean", async ({
  world,
}) => {
  const doors = await world.db.execute<{ name: string }>(sql`
    select proname as name from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by 1`);
  expect(doors.map(({ name }) => name)).toEqual(DOORS);
  const loose = await world.db.execute(sql`
    select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
      and (proconfig is distinct from array['search_path=pg_catalog, public, pg_temp']
        or not has_function_privilege(${SERVER_ROLE}, oid, 'execute')
        or exists (select from aclexplode(proacl) where grantee = 0))`);
  expect(loose).toEqual([]);
});

test("without a tenant there is no row in any table, nor after an error on a connection of the pool", async ({
  world,
}) => {
  const org = await furnished(world);
  const owner = session(world.owner);
  const psql = session(world.connection);
  const tables = await walledTables(owner);
  for (const { name } of tables) {
    const [held] = await owner`select ${name} as name, exists (select from ${owner(name)}) as "isUsed"`;
    expect(held).toEqual({ name, isUsed: true });
    expect({ name, rows: [...(await psql`select 1 from ${psql(name)} limit 1`)] }).toEqual({ name, rows: [] });
  }
  const { services, close } = createServices({ ...onOne(world), poolSize: 1 });
  onTestFinished(close);
  const { db } = services;
  const count = sql`select count(*)::int as tasks, current_setting('app.org_id', true) as "orgId" from task`;
  const inside = db.within({ orgId: org.id });
  expect(await inside.execute(count)).toEqual([{ tasks: 2, orgId: org.id }]);
  expect(await db.execute(count)).toEqual([{ tasks: 0, orgId: "" }]);
  await expect(inside.execute(sql`select 1 / (select count(*) - 2 from task)`)).rejects.toMatchObject({
    code: "22012",
  });
  expect(await db.execute(count)).toEqual([{ tasks: 0, orgId: "" }]);
  const failing = db.within({}).transaction(async (tx) => {
    tx.enter({ orgId: org.id });
    expect(await tx.execute(count)).toEqual([{ tasks: 2, orgId: org.id }]);
    await tx.execute(sql`select nonsense`);
  });
  await expect(failing).rejects.toMatchObject({ code: "42703" });
  expect(await db.execute(count)).toEqual([{ tasks: 0, orgId: "" }]);
  await expect(db.within({ streamId: "no id" }).execute(count)).rejects.toMatchObject({ code: "22P02" });
  expect(await db.execute(count)).toEqual([{ tasks: 0, orgId: "" }]);
});

test("what the audit log has of accounts is seen by those whom it concerns, each their own", async ({ world }) => {
  const [org, other] = [await world.org(), await world.person()];
  const psql = session(world.connection);
  const owner = session(world.owner);
  await other.caller.passwords.change({ currentPassword: other.password, newPassword: "another password" });
  const seenBy = (userId: string, orgId: string) =>
    psql.begin(async (tx) => {
      await tx`select set_config('app.org_id', ${orgId}, true), set_config('app.user_id', ${userId}, true)`;
      return tx<{ accountId: string }[]>`select account_id as "accountId" from audit_record where org_id is null`;
    });
  const [held] = await owner`select exists (select from audit_record where account_id = ${other.id}) as "isHeld"`;
  expect(held).toEqual({ isHeld: true });
  expect(new Set((await seenBy(other.id, "")).map(({ accountId }) => accountId))).toEqual(new Set([other.id]));
  const seenByOwner = (await seenBy(org.owner.id, org.id)).map(({ accountId }) => accountId);
  expect(seenByOwner).not.toContain(other.id);
  expect(await seenBy("", org.id)).toEqual([]);
});

function onOne({ connection }: World) {
  return { connection, rootKeys: TEST_ROOT_KEYS, log: createLogger("silent"), secure: false };
}

test("in one organisation nothing of another is seen, changed, deleted, added or taken over, in any table", async ({
  world,
}) => {
  const [ours, theirs] = [await furnished(world), await furnished(world)];
  const owner = session(world.owner);
  const psql = session(world.connection);
  for (const { name, by, columns, ownerIn } of await walledTables(owner)) {
    const [table, column] = [psql(name), psql(by)];
    const [ourId, theirId] = [ownerIn(ours), ownerIn(theirs)];
    const [stolen] = await owner<{ row: unknown }[]>`
      select row_to_json(x) as row from ${table} x where ${column} = ${theirId} limit 1`;
    const attempt = <Rows>(work: (tx: TransactionSql) => Promise<Rows>) =>
      psql.begin(async (tx) => {
        await tx`select set_config('app.org_id', ${ours.id}, true), set_config('app.user_id', ${ours.owner.id}, true)`;
        return work(tx);
      });
    const own = await attempt((tx) => tx`select 1 from ${table} where ${column} = ${ourId} limit 1`);
    const seen = await attempt((tx) => tx`select 1 from ${table} where ${column} = ${theirId}`);
    const changed = await attempt((tx) => tx`update ${table} set ${column} = ${column} where ${column} = ${theirId}`);
    const deleted = await attempt((tx) => tx`delete from ${table} where ${column} = ${theirId}`);
    const counts = [own, seen, changed, deleted].map((rows) => rows.count);
    const added = attempt((tx) => {
      const row = tx`json_populate_record(null::${table}, ${JSON.stringify(stolen?.row)}::text::json)`;
      return tx`insert into ${table} (${tx(columns)}) select ${tx(columns)} from ${row}`;
    });
    const given = attempt((tx) => tx`update ${table} set ${column} = ${theirId} where ${column} = ${ourId}`);
    const refusals = [await codeOf(added), await codeOf(given)];
    expect({ name, counts, refusals }).toEqual({ name, counts: [1, 0, 0, 0], refusals: [REFUSED, REFUSED] });
  }
});

test("colleagues see each other's account, which each of them alone changes, and nothing else that is of accounts", async ({
  world,
}) => {
  const org = await furnished(world);
  const member = await org.as("member");
  const psql = session(world.connection);
  const asMember = <Rows>(work: (tx: TransactionSql) => Promise<Rows>) =>
    psql.begin(async (tx) => {
      await tx`select set_config('app.org_id', ${org.id}, true), set_config('app.user_id', ${member.id}, true)`;
      return work(tx);
    });
  const { id } = org.owner;
  for (const [name, column] of Object.entries(OF_ACCOUNTS)) {
    const [table, by] = [psql(name), psql(column)];
    const seen = await asMember((tx) => tx`select 1 from ${table} where ${by} = ${id}`);
    const held = await asMember((tx) => tx`select 1 from ${table} where ${by} = ${id} for update`);
    const changed = await asMember((tx) => tx`update ${table} set ${by} = ${by} where ${by} = ${id}`);
    const deleted = await asMember((tx) => tx`delete from ${table} where ${by} = ${id}`);
    const counts = [seen, held, changed, deleted].map((rows) => rows.count);
    expect({ name, counts }).toEqual({ name, counts: [name === "app_user" ? 1 : 0, 0, 0, 0] });
  }
});

test("a row refers to rows of its own organisation alone, whoever writes it", async ({ world }) => {
  const owner = session(world.owner);
  const walled = (await walledTables(owner)).map(({ name }) => name).filter((name) => !(name in OF_ACCOUNTS));
  const keys = await owner<{ name: string; of: string; to: string; columns: string[]; toColumns: string[] }[]>`
    select conname as name, conrelid::regclass::text as of, confrelid::regclass::text as to,
      (select json_agg(attname order by at) from unnest(conkey) with ordinality k(number, at)
        join pg_attribute on attrelid = conrelid and attnum = number) as columns,
      (select json_agg(attname order by at) from unnest(confkey) with ordinality k(number, at)
        join pg_attribute on attrelid = confrelid and attnum = number) as "toColumns"
    from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace`;
  const within = keys.filter(({ of, to }) => walled.includes(of) && walled.includes(to) && to !== "org");
  expect(within.length).toBeGreaterThan(10);
  const loose = within.filter(({ columns, toColumns }) => columns[toColumns.indexOf("org_id")] !== "org_id");
  // Some streams have no organisation; and what a key of two columns costs, each event would.
  expect(loose.map(({ of, to }) => `${of} → ${to}`)).toEqual(["event → stream"]);
  const [ours, theirs] = [await furnished(world), await furnished(world)];
  const moved = owner`update task_label set task_id = (select id from task where org_id = ${theirs.id} limit 1)
    where org_id = ${ours.id}`;
  expect(await codeOf(moved)).toBe("23503");
});

test("a procedure that forgets its where shows and changes what is of the organisation it was asked for alone", async ({
  world,
}) => {
  const [ours, theirs] = [await furnished(world), await furnished(world)];
  const Output = z.array(z.object({ orgId: z.string() }));
  const forgetful = router({
    read: orgProcedure("project:list")
      .input(z.strictObject({ orgId: Id }))
      .output(Output)
      .query(async ({ ctx }) => [
        ...(await ctx.db.execute<{ orgId: string }>(sql`select distinct org_id as "orgId" from task`)),
      ]),
    write: orgMutation("project:create")
      .input(z.strictObject({ orgId: Id, mutationId: Id.optional() }))
      .output(z.null())
      .mutation(({ ctx, input }) =>
        ctx.write(async (tx) => {
          await tx.db.execute(sql`update task set title = 'Changed'`);
          return null;
        }, input),
      ),
  });
  const caller = createCallerFactory(forgetful)(ours.owner.context);
  expect(await caller.read({ orgId: ours.id })).toEqual([{ orgId: ours.id }]);
  await caller.write({ orgId: ours.id });
  const titles = sql`select org_id as "orgId", title from task where org_id in (${ours.id}, ${theirs.id})`;
  const rows = await world.db.execute(titles);
  expect(rows).toHaveLength(4);
  expect(rows).toEqual(
    expect.arrayContaining([
      { orgId: ours.id, title: "Changed" },
      { orgId: ours.id, title: "Changed" },
      { orgId: theirs.id, title: "Secret" },
      { orgId: theirs.id, title: "Another" },
    ]),
  );
});

test("a batch of several organisations goes together, each command in its own", async ({ world }) => {
  const orgs = await Promise.all([world.org(), world.org(), world.org()]);
  const boards = await Promise.all(orgs.map((org) => org.board({ tasks: ["Task"] })));
  const { services, close } = servicesOfOneBatch(world);
  onTestFinished(close);
  const rename = async (title: string) => {
    const callers = await Promise.all(orgs.map(({ owner }) => signedIn(services, owner.token)));
    const calls = boards.map((board, index) =>
      callers[index]?.caller.tasks.update({ boardId: board.id, taskId: board.task("Task"), title }),
    );
    const stranger = callers[0]?.caller.tasks.update({
      boardId: boards[1]?.id ?? "",
      taskId: boards[1]?.task("Task") ?? "",
      title: "Stolen",
    });
    const [refusal, ...answers] = await Promise.allSettled([stranger, ...calls]);
    expect(refusal).toMatchObject({ status: "rejected", reason: { kind: "BOARD_NOT_FOUND" } });
    expect(answers.map((answer) => answer.status)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  };
  // First the organisations of the boards are not known, then they are.
  for (const title of ["Once", "Twice"]) {
    await rename(title);
    const rows = await world.db.execute<{ transactions: number; titles: number }>(sql`
      select count(distinct e.tx_id)::int as transactions, count(*)::int as titles
      from task t join event e on e.stream_id = t.board_id and e.version = t.version and e.org_id = t.org_id
      where t.title = ${title}`);
    expect(rows).toEqual([{ transactions: 1, titles: 3 }]);
  }
});

test("an owner who is no superuser migrates, backs up and restores, and its doors open for the server", async ({
  world,
}) => {
  await furnished(world);
  const { owner: superuser, drop } = await emptyDatabase();
  onTestFinished(drop);
  const name = `owner_${superuser.database}`;
  const admin = session(superuser);
  await admin.unsafe(`create role ${name} login`);
  await admin.unsafe(`alter database ${superuser.database} owner to ${name}`);
  // As it is before Postgres 15.
  await admin.unsafe("grant create on schema public to public");
  onTestFinished(async () => {
    await admin.unsafe(`reassign owned by ${name} to ${superuser.user}; drop owned by ${name}; drop role ${name}`);
  });
  const owner = { ...superuser, user: name };
  await load(owner, dump(world.owner));
  await migrate(owner, SERVER_ROLE);
  const { services, close } = createServices({
    ...onOne(world),
    connection: { ...owner, user: SERVER_ROLE },
    poolSize: 2,
  });
  onTestFinished(close);
  const person = await createPerson(services);
  const { id: orgId } = await person.caller.orgs.create({ name: "Behind the wall" });
  expect(await person.caller.auth.me()).toMatchObject({ orgs: [{ id: orgId }] });
  const psql = session({ ...owner, user: SERVER_ROLE });
  expect(await psql`select 1 from org`).toEqual([]);
  await expect(psql.unsafe("create table trap ()")).rejects.toMatchObject(IS_REFUSED);
  const orgs: number[] = [];
  for await (const part of dump(owner)) if (part.is === "end") orgs.push(part.end.rows["org"] ?? 0);
  expect(orgs[0]).toBeGreaterThan(1);
});

test("a start says what is missing where the server would be the owner, and in production is refused", async ({
  world,
}) => {
  const { wire } = await databaseWire(world);
  onTestFinished(() => wire.close());
  const url = (user: string) => `postgres://${user}@127.0.0.1:${wire.port}/${world.owner.database}`;
  const env = { DATA_DIR: "", MIGRATION_DATABASE_URL: undefined, NODE_ENV: "production" } as const;
  const said: string[] = [];
  const open = (more: { DATABASE_URL: string; MIGRATION_DATABASE_URL?: string; NODE_ENV?: "development" }) =>
    openDatabase({ ...env, ...more }, (sentence) => said.push(sentence));
  const [asOwner, asServer] = [url(world.owner.user), url(SERVER_ROLE)];
  await expect(open({ DATABASE_URL: asOwner })).rejects.toThrow(
    /^DATABASE_URL is the owner of the tables, .*MIGRATION_/u,
  );
  expect(said).toEqual([]);
  await open({ DATABASE_URL: asOwner, NODE_ENV: "development" });
  expect(said).toEqual([expect.stringMatching(/In production this is refused\.$/u)]);
  const both = { DATABASE_URL: asOwner, MIGRATION_DATABASE_URL: asOwner };
  await expect(open(both)).rejects.toThrow(
    /^DATABASE_URL's role, postgres, owns tables or bypasses row-level security/u,
  );
  expect((await open({ DATABASE_URL: asServer, MIGRATION_DATABASE_URL: asOwner })).serverRole).toBe(SERVER_ROLE);
  expect((await open({ DATABASE_URL: asServer })).owner).toBeUndefined();
});
