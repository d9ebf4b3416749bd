import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { z } from "zod";
import { createServices } from "../../server/app.ts";
import type { AppServices } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { createLogger } from "../../server/core/log.ts";
import { appRouter } from "../../server/router.ts";
import { callByPath } from "../setup/by-path.ts";
import { databaseWire, type Wire } from "../setup/proxy.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { statementsOf } from "../setup/statements.ts";
import { callerContext, type Person, test, type World } from "../setup/world.ts";
import { createGround, type Ground, INPUTS, type ProcedurePath } from "./inputs.ts";

// What writes cost once their statements are prepared: how often a caller waits for the database, and how many
// statements it runs. A new statement shows here, and has to be worth it.

/** Begin, the tenant, locks, what was done before, access, and what is decided on; then what is written, and the commit. */
const BATCHED = 2;
/** A service that reads for itself does so in between. */
const ALONE = 3;

/** Round trips at the most, and statements; in an order in which each mutation finds what it needs. */
const COSTS: Record<string, [roundTrips: number, statements: number]> = {
  // Access to what it is about is looked up before the thing itself, and that before what was said of it.
  "watches.set": [ALONE + 2, 14],
  "calendars.create": [ALONE + 1, 11],
  "calendars.revoke": [ALONE, 7],
  // What waits has no job yet that would end it.
  "operations.cancel": [ALONE + 1, 12],
  "digests.set": [ALONE, 10],
  "account.rename": [ALONE + 1, 10],
  "reminders.set": [ALONE, 9],
  "reminders.setOfTask": [ALONE + 2, 14],
  "notifications.read": [ALONE, 9],
  "notifications.unread": [ALONE, 9],
  "notifications.snooze": [ALONE, 9],
  "notifications.readAll": [ALONE, 8],
  "rules.create": [ALONE + 1, 14],
  "rules.update": [ALONE + 1, 12],
  "rules.delete": [ALONE, 11],
  // The first write to a board finds out which organisation it is of.
  "tasks.create": [BATCHED, 17],
  "tasks.update": [BATCHED, 14],
  "tasks.restoreDescription": [BATCHED, 11],
  "checklists.create": [BATCHED, 12],
  "checklists.update": [BATCHED, 12],
  "checklists.move": [BATCHED, 12],
  "checkItems.create": [BATCHED, 14],
  "checkItems.update": [BATCHED, 14],
  "checkItems.move": [BATCHED, 13],
  // A task is made, an item goes: tasks, families, items, and the project's next number.
  "checkItems.convert": [BATCHED, 16],
  "checkItems.delete": [BATCHED, 12],
  "checklists.delete": [BATCHED, 13],
  // The other task and its board are looked up before the rules of relations, and what blocks the second one after them.
  "relations.create": [ALONE + 2, 12],
  "relations.delete": [ALONE + 1, 11],
  "tasks.move": [BATCHED, 10],
  "tasks.bulkUpdate": [BATCHED, 14],
  "tasks.bulkMove": [BATCHED, 11],
  "comments.create": [BATCHED, 14],
  "comments.update": [BATCHED, 13],
  "comments.react": [BATCHED, 14],
  "comments.unreact": [BATCHED, 12],
  "comments.delete": [BATCHED, 15],
  "attachments.create": [ALONE, 10],
  "attachments.update": [ALONE, 10],
  "attachments.delete": [ALONE, 11],
  "time.start": [ALONE, 11],
  "time.stop": [ALONE, 10],
  "time.create": [ALONE, 11],
  "time.update": [ALONE, 10],
  "time.delete": [ALONE, 10],
  "tasks.archive": [BATCHED, 10],
  "tasks.restore": [BATCHED, 10],
  "tasks.bulkArchive": [BATCHED, 10],
  "tasks.bulkRestore": [BATCHED, 10],
  "tasks.moveToBoard": [ALONE + 3, 32],
  "tasks.copy": [ALONE + 1, 20],
  "changes.undo": [ALONE + 1, 11],
  "tasks.delete": [BATCHED, 10],
  "trash.restore": [BATCHED, 10],
  "trash.delete": [ALONE, 13],
  "boards.applyChanges": [BATCHED, 10],
  "columns.create": [BATCHED, 10],
  "columns.update": [BATCHED, 10],
  "columns.move": [BATCHED, 10],
  "columns.archive": [BATCHED, 10],
  "columns.restore": [BATCHED, 10],
  "labels.create": [BATCHED, 10],
  "labels.update": [BATCHED, 10],
  "labels.delete": [BATCHED, 10],
  "plans.create": [ALONE, 11],
  "plans.update": [ALONE, 10],
  "plans.delete": [ALONE, 11],
  "plans.setTasks": [ALONE, 10],
  "recurrences.create": [ALONE, 11],
  "recurrences.update": [ALONE, 10],
  "recurrences.pause": [ALONE, 10],
  "recurrences.resume": [ALONE, 10],
  "recurrences.delete": [ALONE, 10],
  "transitions.create": [ALONE, 11],
  "transitions.update": [ALONE, 11],
  "transitions.delete": [ALONE, 10],
  "fields.create": [ALONE, 11],
  "fields.update": [ALONE, 11],
  "fields.move": [ALONE, 11],
  "fields.archive": [ALONE, 11],
  "fields.restore": [ALONE, 11],
  "boards.create": [ALONE, 16],
  "archives.exportBoard": [ALONE + 1, 12],
  "archives.export": [ALONE + 1, 12],
  "archives.import": [ALONE, 11],
  "imports.create": [ALONE, 10],
  "imports.start": [ALONE + 2, 20],
  "projects.create": [ALONE, 12],
  "boards.update": [ALONE, 11],
  "boards.setLanes": [ALONE, 10],
  "boards.archive": [ALONE, 11],
  "boards.restore": [ALONE, 11],
  "boards.share": [ALONE, 11],
  "boards.unshare": [ALONE, 11],
  "boards.delete": [ALONE, 14],
  "views.create": [ALONE, 11],
  "views.update": [ALONE, 10],
  "views.delete": [ALONE, 10],
  "projects.update": [ALONE, 11],
  "projects.archive": [ALONE, 11],
  "projects.delete": [ALONE, 12],
  "orgs.create": [ALONE, 15],
  "orgs.update": [ALONE, 16],
  "members.invite": [ALONE, 16],
  // The organisation has to be known before its row is held.
  "members.accept": [ALONE + 1, 16],
  "invitations.revoke": [ALONE, 13],
  // When its owner last proved who they are is looked up first.
  "keys.create": [ALONE + 1, 13],
  "keys.revoke": [ALONE, 11],
  "audit.export": [ALONE, 11],
  "roles.create": [ALONE, 11],
  "roles.update": [ALONE, 14],
  "roles.delete": [ALONE, 12],
  "serviceAccounts.create": [ALONE, 17],
  "serviceAccounts.disable": [ALONE, 13],
  "serviceAccounts.enable": [ALONE, 13],
  "serviceAccounts.delete": [ALONE + 1, 18],
  // Whether an owner is concerned is looked up first.
  "members.setRole": [ALONE + 1, 18],
  "members.leave": [ALONE, 17],
  "members.remove": [ALONE + 1, 21],
  // When its owner last proved who they are is looked up first.
  "orgs.demandSecondFactor": [ALONE + 1, 24],
  "orgs.delete": [ALONE + 1, 21],
};

/** Accounts and sessions are but for names not written by `ctx.write`, and cost a slow hash rather than round trips. */
const OF_ACCOUNTS = /^(account\.delete|auth|authenticator|sessions|emails|factors|identities|passkeys|passwords)\b/u;

/** Something of everything, somebody who may leave, and somebody who is invited. */
interface Scene {
  readonly ground: Ground;
  readonly leaver: Person;
  readonly guest: Person;
  readonly token: string;
  /** What the owner was told of last. */
  readonly notificationId: string;
  /** Of a calendar of the owner. */
  readonly linkId: string;
  /** Long work of the owner's. */
  readonly operationId: string;
  /** A task that blocks another one goes from the board, and where to. */
  readonly move: { readonly taskId: string; readonly toBoardId: string; readonly columnId: string };
}

async function createScene(world: World): Promise<Scene> {
  const ground = await createGround(world);
  const { owner, id: orgId } = ground.org;
  // One that ends is as much as one that begins, and takes no factor of the owner's.
  await world.db.execute(sql`update org set factor_due_at = now() + interval '1 day' where id = ${orgId}::uuid`);
  const [leaver, guest] = [await ground.org.another("member"), await world.person()];
  const { token } = await owner.caller.members.invite({ orgId, email: guest.email, role: "guest" });
  await leaver.caller.comments.create({ boardId: ground.board.id, taskId: ground.board.task("One"), text: "Heard" });
  await world.services.logReader.catchUp();
  const { items } = await owner.caller.notifications.list({ limit: 1 });
  const { link } = await owner.caller.calendars.create({});
  const operationId = newId();
  await world.db.execute(sql`
    insert into operation (id, org_id, user_id, kind, input, state, created_at, changed_at)
    values (${operationId}::uuid, ${orgId}::uuid, ${owner.id}::uuid, 'archive-export', '{}', 'waiting', now(), now())`);
  const { board, org } = ground;
  const { tasks, relations } = owner.caller;
  const going = await tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "Going" });
  const otherTaskId = board.task("Two");
  await relations.create({ boardId: board.id, taskId: going.id, name: "blocks", otherTaskId });
  const other = await org.board();
  const move = { taskId: going.id, toBoardId: other.id, columnId: other.column("Todo") };
  return { ground, move, leaver, guest, token, notificationId: items[0]?.id ?? "", linkId: link.id, operationId };
}

/** By whom a mutation is called, and with what. */
function callOf(
  path: string,
  { ground, move, leaver, guest, token, notificationId, linkId, operationId }: Scene,
): [Person, unknown] {
  const { owner } = ground.org;
  if (path === "members.leave") return [leaver, { orgId: ground.org.id }];
  const { projectId } = ground.board;
  // What `tasks.archive` has not archived.
  if (path === "boards.applyChanges") {
    const changes = [{ procedure: "tasks.archive", taskId: ground.board.task("Two") }];
    return [owner, { boardId: ground.board.id, changes }];
  }
  // What `tasks.restore` has restored.
  if (path.startsWith("tasks.bulk") && path !== "tasks.bulkUpdate" && path !== "tasks.bulkMove") {
    return [owner, { boardId: ground.board.id, taskIds: [ground.archivedTaskId] }];
  }
  const notificationIds = [notificationId];
  if (path === "notifications.readAll") return [owner, { upTo: notificationId }];
  if (path === "notifications.snooze") return [owner, { notificationIds, until: "2100-01-01T00:00:00Z" }];
  if (path.startsWith("notifications.")) return [owner, { notificationIds }];
  if (path === "calendars.create") return [owner, {}];
  if (path === "calendars.revoke") return [owner, { linkId }];
  if (path === "operations.cancel") return [owner, { operationId }];
  if (path === "account.rename") return [owner, { name: "Somebody else" }];
  if (path === "digests.set") return [owner, { state: "off", hour: 9, timeZone: "UTC" }];
  if (path === "reminders.set") return [owner, { leadMinutes: [60] }];
  if (path === "reminders.setOfTask") {
    return [owner, { boardId: ground.board.id, taskId: ground.board.task("One"), leadMinutes: [60] }];
  }
  if (path === "watches.set") {
    return [
      owner,
      { subject: { kind: "task", boardId: ground.board.id, taskId: ground.board.task("One") }, level: "muted" },
    ];
  }
  if (path === "tasks.moveToBoard") return [owner, { boardId: ground.board.id, ...move }];
  // What `tasks.delete` has deleted.
  if (path === "trash.delete") return [owner, { boardId: ground.board.id, taskIds: [ground.archivedTaskId] }];
  if (path === "boards.create") return [owner, { ...INPUTS[path](ground), projectId }];
  if (isScoped(path)) return [owner, INPUTS[path](ground)];
  return [guest, path === "orgs.create" ? { name: "Another" } : { token }];
}

function isScoped(path: string): path is ProcedurePath {
  return path in INPUTS;
}

type Cost = [roundTrips: number, statements: number];

/** What a process sends in one turn of its event loop is there within this time. */
const GATHERS_MS = 3;

/** Calls each mutation once, through the wire. */
async function costsOf(world: World, services: AppServices, wire: Wire): Promise<Map<string, Cost>> {
  const costs = new Map<string, Cost>();
  const scene = await createScene(world);
  for (const path of Object.keys(COSTS)) {
    const [person, input] = callOf(path, scene);
    const context = callerContext(services, await world.services.sessions.find(person.token));
    const before = wire.roundTrips;
    const statements = statementsOf(wire);
    await callByPath({ ...person, context }, path, input);
    statements.stop();
    costs.set(path, [wire.roundTrips - before, statements.count()]);
  }
  return costs;
}

const Definition = z.object({ type: z.string() });

test("every mutation that is written by `ctx.write` is tried here", () => {
  const mutations = Object.entries<unknown>(appRouter._def.procedures).filter(
    ([, procedure]) => Definition.parse(Reflect.get(Object(procedure), "_def")).type === "mutation",
  );
  const tried = mutations.map(([path]) => path).filter((path) => !OF_ACCOUNTS.test(path));
  expect(Object.keys(COSTS).toSorted()).toEqual(tried.toSorted());
});

test("a mutation is few round trips: two for what is batched, three for what reads for itself", async ({ world }) => {
  const { wire, connection } = await databaseWire(world, GATHERS_MS);
  const { services, close } = createServices({
    connection,
    poolSize: 1,
    rootKeys: TEST_ROOT_KEYS,
    // As good as never: only what is asked for goes over the wire.
    pollMs: 3_600_000,
    wakeUps: false,
    log: createLogger("silent"),
    secure: false,
  });
  // Statements are prepared when they are first run.
  await costsOf(world, services, wire);
  await costsOf(world, services, wire);
  let wrong = Object.entries(COSTS);
  const tries: Map<string, Cost>[] = [];
  // A chore of the process, or a connection that is made anew, may come between: not in every try.
  for (let left = 4; left > 0 && wrong.length > 0; left -= 1) {
    const costs = await costsOf(world, services, wire);
    tries.push(costs);
    wrong = wrong.filter(([path, [roundTrips, statements]]) => {
      const [trips, sent] = costs.get(path) ?? [Infinity, 0];
      return trips > roundTrips || sent !== statements;
    });
  }
  await close();
  await wire.close();
  expect(wrong.map(([path, cost]) => ({ path, cost, seen: tries.map((costs) => costs.get(path)) }))).toEqual([]);
});
