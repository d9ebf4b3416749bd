import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { newId } from "../../server/core/ids.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { evolveInbox } from "../../server/domains/home/evolve-inbox.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import { evolveOrg } from "../../server/domains/orgs/evolve-org.ts";
import type { OrgSnapshot } from "../../server/domains/orgs/orgs.contract.ts";
import { eventSchema, INBOX_EVENTS, type InboxEvent, ORG_EVENTS, type OrgEvent } from "../../server/events.ts";
import { callByPath } from "../setup/by-path.ts";
import { range } from "../setup/clients.ts";
import { expectFolds, pick, refusalOf, versionOf, withoutTrace } from "../setup/model.ts";
import { opened } from "../setup/opened.ts";
import { type Person, test, type World } from "../setup/world.ts";

// Random changes of organisations, their people, projects and boards, by several people at once. Whatever they did: what
// somebody's inbox and an organisation's stream say, folded over any earlier snapshot, is what is there (L9).

/** One change: `picks` choose, out of what there is when its turn comes, what it is made to. */
interface Step {
  readonly path: string;
  readonly who: number;
  readonly picks: readonly number[];
}

const PATHS = {
  "orgs.create": 2,
  "orgs.update": 3,
  "orgs.delete": 2,
  "members.invite": 6,
  "members.accept": 7,
  "members.setRole": 4,
  "members.remove": 2,
  "members.leave": 1,
  "invitations.revoke": 2,
  "roles.create": 3,
  "roles.update": 3,
  "roles.delete": 1,
  "serviceAccounts.create": 1,
  "serviceAccounts.delete": 1,
  "projects.create": 2,
  "projects.update": 2,
  "projects.archive": 1,
  "projects.delete": 1,
  "boards.create": 4,
  "boards.update": 5,
  "boards.archive": 2,
  "boards.restore": 2,
  "boards.delete": 2,
  "boards.share": 6,
  "boards.unshare": 3,
};

const step: fc.Arbitrary<Step> = fc.record({
  path: fc.oneof(...Object.entries(PATHS).map(([path, weight]) => ({ arbitrary: fc.constant(path), weight }))),
  who: fc.noBias(fc.nat(15)),
  picks: fc.array(fc.noBias(fc.nat(1_000)), { minLength: 4, maxLength: 4 }),
});
/** Changes of one group are made at once. */
const history = fc.array(
  fc.oneof({ arbitrary: fc.tuple(step), weight: 2 }, fc.array(step, { minLength: 2, maxLength: 5 })),
  { minLength: 12, maxLength: 20 },
);

/** What somebody who makes changes at random knows of. */
interface Known {
  readonly people: readonly Person[];
  readonly orgs: string[];
  readonly projects: { orgId: string; projectId: string }[];
  readonly boards: string[];
  readonly roles: string[];
  readonly services: string[];
  readonly invitations: { orgId: string; invitationId: string; token: string; email: string }[];
}

function inputOf(path: string, picks: readonly number[], known: Known): Record<string, unknown> {
  const [p0 = 0, p1 = 0, p2 = 0, p3 = 0] = picks;
  // Mostly the first one, so that things meet.
  const orgId = pick(known.orgs, p0 % 3 === 0 ? p1 : 0);
  const boardId = known.boards.length > 0 ? pick(known.boards, p0) : newId();
  const { id: userId, email } = pick(known.people, p1);
  const role = pick(["owner", "admin", "member", "guest", ...known.roles], p2);
  const roleId = known.roles.length > 0 ? pick(known.roles, p1) : newId();
  const actions = pick<string[]>([[], ["org:watch", "member:list"], ["task:move"]], p3);
  const nothing = { orgId, invitationId: newId(), token: "unknown", projectId: newId() };
  const invitation = known.invitations.length > 0 ? pick(known.invitations, p0) : nothing;
  const project = known.projects.length > 0 ? pick(known.projects, p1) : nothing;
  switch (path) {
    case "orgs.create":
      return { name: `Organisation ${p0}` };
    case "orgs.update":
      return { orgId, ...pick([{ name: `Name ${p2 % 3}` }, { slug: `slug-${p2}` }, {}], p3) };
    case "orgs.delete":
      // Never the first one.
      return { orgId: known.orgs.length > 1 ? pick(known.orgs.slice(1), p1) : newId() };
    case "members.invite":
      return { orgId, email: p3 % 5 === 0 ? `nobody-${p1}@example.test` : email, role };
    case "members.accept":
      return { token: invitation.token };
    case "members.setRole":
      return { orgId, userId, role };
    case "members.remove":
      return { orgId, userId };
    case "members.leave":
      return { orgId };
    case "invitations.revoke":
      return { orgId: invitation.orgId, invitationId: invitation.invitationId };
    case "roles.create":
      return { orgId, name: `Role ${p2 % 5}`, base: pick(["admin", "member", "guest"], p1), actions };
    case "roles.update":
      return { orgId, roleId, ...pick<object>([{ name: `Role ${p2 % 5}` }, { actions }], p2) };
    case "roles.delete":
      return { orgId, roleId };
    case "serviceAccounts.create":
      return { orgId, name: `Robot ${p2}`, role: role === "owner" ? "guest" : role };
    case "serviceAccounts.delete":
      return { orgId, serviceId: known.services.length > 0 ? pick(known.services, p1) : newId() };
    case "projects.create":
      return { orgId, id: newId(), name: `Project ${p2 % 3}`, key: `K${p2}` };
    case "projects.update":
      return { ...project, ...pick<object>([{ name: `Name ${p2 % 3}` }, { state: "open" }], p3) };
    case "projects.archive":
    case "projects.delete":
      return { ...project };
    case "boards.create":
      return { ...project, id: newId(), name: `Board ${p2 % 5}`, visibility: pick(["org", "private"], p3) };
    case "boards.update":
      return { boardId, ...pick([{ name: `Board ${p2 % 5}` }, { visibility: pick(["private", "org"], p2) }], p3) };
    case "boards.share":
      return { boardId, userId, role: pick(["viewer", "editor", "manager"], p2) };
    case "boards.unshare":
      return { boardId, userId };
    default:
      return { boardId };
  }
}

/** Takes down what a change brought into being. */
function learn(known: Known, path: string, input: Record<string, unknown>, answer: unknown): void {
  const { orgId, email } = input;
  if (path === "orgs.create") known.orgs.push(idOf(answer));
  if (path === "orgs.delete" && typeof orgId === "string") known.orgs.splice(known.orgs.indexOf(orgId), 1);
  if (path === "roles.create") known.roles.push(idOf(answer));
  if (path === "serviceAccounts.create") known.services.push(idOf(answer));
  if (path === "boards.create") known.boards.push(idOf(answer));
  if (path === "projects.create" && typeof orgId === "string") {
    known.projects.push({ orgId, projectId: idOf(answer) });
  }
  if (path === "members.invite" && isIssued(answer) && typeof orgId === "string" && typeof email === "string") {
    known.invitations.push({ orgId, invitationId: answer.invitation.id, token: answer.token, email });
  }
}

function idOf(answer: unknown): string {
  if (typeof answer === "object" && answer !== null && "id" in answer) return String(answer.id);
  throw new Error("the answer has no id");
}

function isIssued(answer: unknown): answer is { invitation: { id: string }; token: string } {
  return typeof answer === "object" && answer !== null && "invitation" in answer && "token" in answer;
}

/** Who makes a change: whoever was invited accepts, mostly. */
function authorOf({ path, who }: Step, input: Record<string, unknown>, known: Known): Person {
  const invited = known.invitations.find(({ token }) => token === input["token"]);
  const invitee = known.people.find(({ email }) => email === invited?.email);
  if (path === "members.accept" && invitee && who > 1) return invitee;
  // Most changes are made by people who may make them.
  return pick(known.people, pick([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4, 5], who));
}

/** Snapshots by stream, as they were seen on the way. */
interface Seen {
  readonly homes: Map<string, Home[]>;
  readonly orgs: Map<string, OrgSnapshot[]>;
}

async function look(world: World, known: Known, { homes, orgs }: Seen): Promise<void> {
  for (const { id, caller } of known.people) {
    const home = await opened<Home>(caller.me.live());
    homes.set(id, [...(homes.get(id) ?? []), home]);
  }
  for (const orgId of known.orgs) {
    const watcher = await watcherOf(world.db, known, orgId);
    const org = await opened<OrgSnapshot>(watcher.caller.orgs.live({ orgId }));
    orgs.set(orgId, [...(orgs.get(orgId) ?? []), org]);
  }
}

/** An owner: every organisation has one. */
async function watcherOf(db: Database, { people }: Known, orgId: string): Promise<Person> {
  const rows = await db.execute<{ id: string }>(
    sql`select user_id as id from membership where org_id = ${orgId}::uuid and role = 'owner'`,
  );
  const owner = people.find(({ id }) => rows.some((row) => row.id === id));
  if (!owner) throw new Error("an organisation without an owner");
  return owner;
}

/** The events of a stream from the first on: numbered without a gap, each of the shape that its type has. */
async function eventsOf<Event extends { version: number; type: string }>(
  world: World,
  streamId: string,
  catalogue: typeof ORG_EVENTS | typeof INBOX_EVENTS,
): Promise<Event[]> {
  const events = (await readEvents(world.db, streamId, 0, 10_000)).map((event) => toEvent<Event>(event));
  expect(events.map(({ version }) => version)).toEqual(range(1, events.length));
  for (const event of events) expect(eventSchema(catalogue, event.type).parse(event)).toEqual(event);
  return events;
}

/** What a home and an organisation say is what the lists say, which read the tables in another way. */
async function expectLists(world: World, known: Known): Promise<void> {
  for (const { caller } of known.people) {
    const home = await opened<Home>(caller.me.live());
    const { user, orgs } = await caller.auth.me();
    expect(home.user).toEqual(user);
    expect(home.orgs).toEqual(orgs.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    for (const { board, role } of home.boards) {
      const snapshot = await caller.boards.get({ boardId: board.id });
      expect(snapshot.board).toEqual(board);
      expect(snapshot.members).toContainEqual({ userId: user.id, name: user.name, role });
    }
  }
  for (const orgId of known.orgs) {
    const { caller } = await watcherOf(world.db, known, orgId);
    const org = await opened<OrgSnapshot>(caller.orgs.live({ orgId }));
    const [members, projects, boards] = await Promise.all([
      caller.members.list({ orgId, limit: 100 }),
      caller.projects.list({ orgId, limit: 100 }),
      caller.boards.list({ orgId, limit: 100 }),
    ]);
    const people = members.items.map(({ email: _, createdAt: __, hasSecondFactor: ___, ...person }) => person);
    const roles = (await caller.roles.list({ orgId, limit: 100 })).items;
    expect(org.roles).toEqual(roles.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    expect(org.members).toEqual(people.toSorted((a, b) => (a.userId < b.userId ? -1 : 1)));
    expect(org.projects).toEqual(projects.items.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
    const shown = boards.items.filter(({ visibility }) => visibility === "org");
    expect(org.boards).toEqual(shown.toSorted((a, b) => (a.id < b.id ? -1 : 1)));
  }
}

async function begin(world: World): Promise<Known> {
  const org = await world.org();
  const people = [org.owner, await org.as("admin"), await org.as("member"), await org.as("guest")];
  people.push(await world.person(), await world.person());
  const { id: projectId } = await org.project();
  const { id: boardId } = await org.board({ visibility: "private" });
  const projects = [{ orgId: org.id, projectId }];
  return { people, orgs: [org.id], projects, boards: [boardId], invitations: [], roles: [], services: [] };
}

test("L9: whoever joins, leaves, shares and renames in whatever order, inboxes and organisations fold to what is there", async ({
  world,
}) => {
  const types = new Set<string>();
  const refusals = new Set<string>();
  await fc.assert(
    fc.asyncProperty(history, async (groups) => {
      const known = await begin(world);
      const seen: Seen = { homes: new Map(), orgs: new Map() };
      await look(world, known, seen);
      for (const group of groups) {
        const calls = group.map((one) => {
          const input = inputOf(one.path, one.picks, known);
          const author = authorOf(one, input, known);
          return () =>
            refusalOf(callByPath(author, one.path, input).then((answer) => learn(known, one.path, input, answer)));
        });
        const [only] = calls;
        if (only && calls.length === 1) refusals.add(await withoutTrace(world.db, only));
        else for (const kind of await Promise.all(calls.map((call) => call()))) refusals.add(kind ?? "done");
        await look(world, known, seen);
      }
      for (const [userId, homes] of seen.homes) {
        const events = await eventsOf<InboxEvent>(world, userId, INBOX_EVENTS);
        expect(versionOf(homes.at(-1) ?? { cursor: "" })).toBe(events.length);
        expectFolds(homes, events, evolveInbox);
        expect(JSON.stringify(events)).not.toContain("@example.test");
        for (const { type } of events) types.add(`inbox ${type}`);
      }
      for (const orgId of known.orgs) {
        const events = await eventsOf<OrgEvent>(world, orgId, ORG_EVENTS);
        expectFolds(seen.orgs.get(orgId) ?? [], events, evolveOrg);
        expect(JSON.stringify(events)).not.toContain("@example.test");
        for (const { type } of events) types.add(`org ${type}`);
      }
      await expectLists(world, known);
    }),
    // The histories are long: made smaller they would take minutes.
    { numRuns: 8, endOnFailure: true },
  );
  // The histories were worth it: most of what can be announced was, and most reasons not to came up.
  // What is in lists of its own is no part of them.
  const apart = /^(?:digest|notification|operation|reminders|rule|timer|view|watch)\./u;
  const drawn = [...Object.keys(INBOX_EVENTS), ...Object.keys(ORG_EVENTS)].filter((type) => !apart.test(type));
  expect(types.size).toBeGreaterThan(drawn.length / 2);
  expect(refusals.size).toBeGreaterThan(5);
});
