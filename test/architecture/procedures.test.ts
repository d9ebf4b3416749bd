import { randomUUID } from "node:crypto";
import { isTrackedEnvelope, TRPCError } from "@trpc/server";
import { count } from "drizzle-orm";
import { describe, expect } from "vitest";
import { BOARD_ROLES, type BoardRole, ORG_ROLES, type OrgRole } from "../../db/enums.ts";
import { event } from "../../db/schema/index.ts";
import { AppError } from "../../server/core/app-error.ts";
import { type Action, ACTIONS, actionsOfCustom, allows, mayHold, POLICY } from "../../server/policy.ts";
import { createCaller } from "../../server/router.ts";
import { EVENT_TYPES, readSources } from "../../scripts/api-page/sources.ts";
import { callByPath } from "../setup/by-path.ts";
import { PROCEDURES as procedures } from "../setup/procedures.ts";
import { rewinder } from "../setup/rewind.ts";
import { callerContext, type Person, test as base, type World } from "../setup/world.ts";
import { BLANK, createGround, type Ground, idKeys, INPUTS, inputWithoutScope, type ProcedurePath } from "./inputs.ts";

interface Grounds {
  readonly ground: Ground;
  readonly elsewhere: Ground;
  /** Brings everything back to what it was when the file began. */
  readonly rewind: () => Promise<void>;
}

/** Two grounds with everybody on them, for all tries. */
const test = base.extend<{ $file: { grounds: Grounds } }>({
  grounds: [
    async ({ world }, use) => {
      const [ground, elsewhere] = [await createGround(world), await createGround(world)];
      for (const role of ORG_ROLES) await ground.org.as(role);
      for (const role of BOARD_ROLES) await ground.board.as(role);
      for (const base of CUSTOM_BASES) await holderOf(ground, base, []);
      await use({ ground, elsewhere, rewind: await rewinder(world) });
    },
    { scope: "file" },
  ],
});

const scoped = procedures.flatMap(({ path, type, action }) =>
  isPath(path) && action !== undefined && action !== "public" && action !== "user"
    ? [{ path, action, on: POLICY[action].on, writes: type === "mutation" }]
    : [],
);
const withIds = scoped.filter(({ path }) => idKeys(INPUTS[path](BLANK)).length > 0);

function isPath(path: string): path is ProcedurePath {
  return Object.hasOwn(INPUTS, path);
}

/** Calls a procedure by its path; answers the kind of its refusal, or undefined when it was allowed. */
async function call(
  world: World,
  person: Person | undefined,
  path: string,
  input: unknown,
): Promise<string | undefined> {
  const context = person?.context ?? callerContext(world.services, undefined);
  const caller = createCaller(context);
  const procedure: unknown = path.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), caller);
  if (!isProcedure(procedure)) throw new Error(`there is no procedure ${path}`);
  try {
    const answer = await procedure(input);
    if (isIterable(answer)) for await (const _ of answer) break;
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.kind;
    if (error instanceof TRPCError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

function isProcedure(value: unknown): value is (input: unknown) => Promise<unknown> {
  return typeof value === "function";
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** What docs/api.md says of each procedure. */
const told = readSources();

/** How many events there are of each type, on all streams. */
async function countEvents({ db }: World): Promise<Map<string, number>> {
  const rows = await db.select({ type: event.type, count: count() }).from(event).groupBy(event.type);
  return new Map(rows.map(({ type, count }) => [type, count]));
}

/** The types of the events that came since then, which the comment above the service does not mention. */
async function announcedInSecret(world: World, path: string, before: Map<string, number>): Promise<string[]> {
  const counts = [...(await countEvents(world))].filter(([type]) => EVENT_TYPES.has(type));
  const announced = counts.filter(([type, count]) => count > (before.get(type) ?? 0)).map(([type]) => type);
  return announced.filter((type) => !told.get(path)?.announces.includes(type));
}

/** Refusals that access gives. Anything else means that the caller got past it. */
const ACCESS_KINDS = ["SIGN_IN_REQUIRED", "ACTION_FORBIDDEN", "ORG_NOT_FOUND", "BOARD_NOT_FOUND"];

describe("every procedure", () => {
  test("says who may call it, and queries and mutations say what they answer", () => {
    const silent = procedures.filter(({ action }) => action === undefined).map(({ path }) => path);
    const open = procedures.filter(({ action }) => action === "public").map(({ path }) => path);
    const shapeless = procedures.filter(({ type, hasOutput }) => type !== "subscription" && !hasOutput);
    expect(silent).toEqual([]);
    expect(open.toSorted()).toEqual([
      "auth.passkeyChallenge",
      "auth.requestSignUp",
      "auth.signIn",
      "auth.signInWithCode",
      "auth.signInWithPasskey",
      "auth.signOut",
      "auth.signUp",
      "identities.providers",
      "identities.signIn",
      "passwords.requestReset",
      "passwords.reset",
    ]);
    expect(shapeless).toEqual([]);
  });

  test("has an input that these tests try", () => {
    const untried = procedures.filter(
      ({ path, inputs }) => inputs.length > 0 && !isPath(path) && inputWithoutScope(path) === undefined,
    );
    expect(untried.map(({ path }) => path)).toEqual([]);
  });

  test("but those that sign in, or help to, refuses whoever is not signed in", async ({ world, grounds }) => {
    const { ground } = grounds;
    for (const { path, action } of procedures) {
      if (action === "public") continue;
      const input = isPath(path) ? INPUTS[path](ground) : inputWithoutScope(path);
      expect([path, await call(world, undefined, path, input)]).toEqual([path, "SIGN_IN_REQUIRED"]);
    }
  });
});

describe("every procedure that changes what somebody signs in with, or deletes an organisation", () => {
  const recent = procedures.filter(({ isRecent }) => isRecent === true);

  test.for(recent)(
    "$path refuses whoever has not proved who they are for ten minutes",
    async ({ path }, { world, grounds }) => {
      const { ground, rewind } = grounds;
      const tryIt = () =>
        call(world, ground.org.owner, path, isPath(path) ? INPUTS[path](ground) : inputWithoutScope(path));
      expect(await tryIt()).not.toBe("REAUTHENTICATION_REQUIRED");
      await rewind();
      world.clock.advance(600_000);
      try {
        expect(await tryIt()).toBe("REAUTHENTICATION_REQUIRED");
      } finally {
        world.clock.advance(-600_000);
      }
    },
  );

  test("is tried here", () => {
    expect(recent.map(({ path }) => path).toSorted()).toEqual([
      "account.delete",
      "account.export",
      "authenticator.confirm",
      "authenticator.create",
      "authenticator.delete",
      "calendars.create",
      "emails.change",
      "factors.renewRecoveryCodes",
      "identities.link",
      "identities.unlink",
      "keys.create",
      "orgs.delete",
      "orgs.demandSecondFactor",
      "passkeys.challenge",
      "passkeys.create",
      "passkeys.delete",
      "sessions.revoke",
      "sessions.revokeOthers",
    ]);
    const ofOwners = procedures.filter(({ isRecent }) => isRecent === "owners").map(({ path }) => path);
    // `test/orgs/members.test.ts` tries these.
    expect(ofOwners).toEqual(["members.invite", "members.setRole", "members.remove"]);
  });
});

describe("every watch", () => {
  const watches = procedures.filter(({ type }) => type === "subscription");

  // Who is at a board, and how many tasks there are, is no stream: each message stands for itself.
  test.for(watches.filter(({ path }) => path !== "boards.presence" && path !== "tasks.liveCount"))(
    "$path goes on from a cursor, and sends nothing that is not tracked",
    async ({ path }, { grounds: { ground } }) => {
      const input = isPath(path) ? INPUTS[path](ground) : {};
      const answer = await callByPath(ground.org.owner, path, { ...input, lastEventId: "of another time" });
      if (!isIterable(answer)) throw new Error(`${path} answers no stream`);
      for await (const message of answer) {
        // Without `lastEventId` in its schema a watch would begin anew after every cut, as if it were the first.
        if (!isTrackedEnvelope<{ reason?: string }>(message)) throw new Error(`${path} sends what is not tracked`);
        expect(message[1]).toMatchObject({ type: "snapshot", reason: "unknown" });
        break;
      }
    },
  );

  test("is tried here", () => {
    expect(watches.map(({ path }) => path).toSorted()).toEqual([
      "boards.live",
      "boards.presence",
      "me.live",
      "orgs.live",
      "tasks.liveCount",
    ]);
  });
});

type Scoped = (typeof scoped)[number];

/** Each role gets past the gate, or is refused there, as the policy says; and nothing is announced that no comment mentions. */
async function obeysPolicy<Role extends OrgRole | BoardRole>(
  world: World,
  { path, action, writes }: Scoped,
  { grounds: { ground, rewind }, people }: { grounds: Grounds; people: ReadonlyMap<Role, Person> },
): Promise<void> {
  for (const [role, person] of people) {
    const before = await countEvents(world);
    const came = gate(await call(world, person, path, INPUTS[path](ground)));
    expect(await announcedInSecret(world, path, before)).toEqual([]);
    expect(`${role} ${came}`).toBe(`${role} ${gateFor(allows(action, role))}`);
    if (writes && came === "allowed") await rewind();
  }
}

/** Everybody of these roles. */
async function everybody<Role>(
  roles: readonly Role[],
  as: (role: Role) => Promise<Person>,
): Promise<Map<Role, Person>> {
  return new Map(await Promise.all(roles.map(async (role) => [role, await as(role)] as const)));
}

describe("every procedure of an organisation", () => {
  const orgProcedures = scoped.filter(({ on }) => on === "org");

  test.for(orgProcedures)("$path obeys the policy for each role", async (procedure, { world, grounds }) => {
    const people = await everybody(ORG_ROLES, (role) => grounds.ground.org.as(role));
    await obeysPolicy(world, procedure, { grounds, people });
  });

  test.for(orgProcedures)("$path does not exist for another organisation", async ({ path }, { world, grounds }) => {
    const { ground, elsewhere } = grounds;
    expect(await call(world, elsewhere.org.owner, path, INPUTS[path](ground))).toBe("ORG_NOT_FOUND");
  });
});

describe("every procedure of a board", () => {
  const boardProcedures = scoped.filter(({ on }) => on === "board");

  test.for(boardProcedures)("$path obeys the policy for each role", async (procedure, { world, grounds }) => {
    const people = await everybody(BOARD_ROLES, (role) => grounds.ground.board.as(role));
    await obeysPolicy(world, procedure, { grounds, people });
  });

  test.for(boardProcedures)(
    "$path does not exist for those without a role there",
    async ({ path }, { world, grounds }) => {
      const { ground, elsewhere } = grounds;
      const strangers = { guest: await ground.org.as("guest"), elsewhere: elsewhere.org.owner };
      for (const [who, stranger] of Object.entries(strangers)) {
        expect([who, await call(world, stranger, path, INPUTS[path](ground))]).toEqual([who, "BOARD_NOT_FOUND"]);
      }
    },
  );
});

/** What every custom role allows cannot be left out. */
const ALWAYS: readonly Action[] = actionsOfCustom("guest", []);

describe("every procedure, by a role that an organisation made for itself", () => {
  test.for(scoped)("$path asks for its action and nothing else", async (procedure, { world, grounds }) => {
    const { path, action, on, writes } = procedure;
    const { ground, rewind } = grounds;
    const base = on === "org" ? "member" : "guest";
    const withActions = async (actions: Action[]) => {
      const person = await holderOf(ground, base, actions);
      return gate(await call(world, person, path, INPUTS[path](ground)));
    };
    const but = ACTIONS.filter((other) => other !== action && mayHold(base, other));
    const seen = [
      ALWAYS.includes(action) ? "cannot be left out" : await withActions(but),
      mayHold(base, action) ? await withActions([action]) : "cannot be held",
    ];
    if (writes) await rewind();
    expect(seen).toEqual([
      ALWAYS.includes(action) ? "cannot be left out" : "refused: ACTION_FORBIDDEN",
      mayHold(base, action) ? "allowed" : "cannot be held",
    ]);
  });
});

/** What custom roles are made of here. */
const CUSTOM_BASES = ["member", "guest"] as const;

type Holder = { readonly roleId: string; readonly person: Person };
const holders = new Map<string, Promise<Holder>>();

/** Who has a role of this base that allows these actions, and manages the board. */
async function holderOf({ org, board }: Ground, base: "member" | "guest", actions: Action[]): Promise<Person> {
  const make = async (): Promise<Holder> => {
    const { id: roleId } = await org.owner.caller.roles.create({ orgId: org.id, name: `Of ${base}`, base });
    const person = await org.another(roleId);
    await org.owner.caller.boards.share({ boardId: board.id, userId: person.id, role: "manager" });
    return { roleId, person };
  };
  const holder = holders.get(`${org.id} ${base}`) ?? make();
  holders.set(`${org.id} ${base}`, holder);
  const { roleId, person } = await holder;
  await org.owner.caller.roles.update({ orgId: org.id, roleId, actions });
  return person;
}

/** Past the gate, or refused because of the role: what else may come of the call is for other tests. */
function gate(kind: string | undefined): string {
  return ACCESS_KINDS.includes(kind ?? "") ? `refused: ${kind}` : "allowed";
}

function gateFor(allowed: boolean): string {
  return allowed ? "allowed" : "refused: ACTION_FORBIDDEN";
}

describe("ids within an input", () => {
  test.for(withIds)(
    "$path does not find those of another organisation, or of nothing",
    async ({ path }, { world, grounds }) => {
      const { ground, elsewhere } = grounds;
      for (const key of idKeys(INPUTS[path](BLANK))) {
        const theirs: Record<string, unknown> = INPUTS[path](elsewhere);
        for (const stranger of [[theirs[key]].flat()[0], randomUUID()]) {
          const input: Record<string, unknown> = INPUTS[path](ground);
          const value = Array.isArray(input[key]) ? [stranger] : stranger;
          const kind = await call(world, ground.org.owner, path, { ...input, [key]: value });
          expect(`${key}: ${kind}`).toMatch(/_NOT_FOUND$/u);
          expect(told.get(path)?.fails).toContain(kind);
        }
      }
    },
  );
});
