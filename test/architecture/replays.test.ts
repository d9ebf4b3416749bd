import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { describe, expect, vi } from "vitest";
import { KEY_ACTIONS, POLICY } from "../../server/policy.ts";
import { type Answer, ask } from "../setup/ask.ts";
import { refusalByPath } from "../setup/by-path.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { TELLS_APART, timesApart } from "../setup/rank-sum.ts";
import { TIMED_SAMPLES } from "../setup/settings.ts";
import { test as base, type World } from "../setup/world.ts";
import { BLANK, createGround, type Ground, idKeys, INPUTS, inputWithoutScope, type ProcedurePath } from "./inputs.ts";

// The calls of one organisation, made again by others over HTTP: whoever may not is answered as if there were nothing,
// to the byte, and reads in the same time.

vi.setConfig({ testTimeout: 30_000 + TIMED_SAMPLES * 1_000 });

/** Reads whose times are looked at in any case; all of them where there are as many samples as the whole attack has. */
const TIMED = ["orgs.get", "members.list", "boards.list", "boards.get", "tasks.get"];
const WHOLE_ATTACK = 400;

const scoped = PROCEDURES.flatMap(({ path, type, action }) =>
  isPath(path) && action !== undefined && action !== "public" && action !== "user"
    ? [{ path, type, on: POLICY[action].on }]
    : [],
);
/** A watch by HTTP is a stream: `test/architecture/procedures.test.ts` has what it is refused with. */
const calls = scoped.filter(({ type }) => type !== "subscription");
const withIds = calls.filter(({ path }) => idKeys(INPUTS[path](BLANK)).length > 0);

function isPath(path: string): path is ProcedurePath {
  return Object.hasOwn(INPUTS, path);
}

interface Places {
  /** Where the calls were recorded. */
  readonly ground: Ground;
  readonly elsewhere: Ground;
  /** Whoever has nothing to do with the board of the ground: a stranger, a program of theirs, a guest, nobody. */
  readonly strangers: ReadonlyMap<string, string | undefined>;
}

const test = base.extend<{ $file: { places: Places } }>({
  places: [
    async ({ world }, use) => {
      const [ground, elsewhere] = [await createGround(world), await createGround(world)];
      const { org } = elsewhere;
      const input = { orgId: org.id, name: "Program", actions: [...KEY_ACTIONS], expiresAt: null };
      const key = await org.owner.caller.keys.create(input);
      const guest = await ground.org.as("guest");
      const tokens = { stranger: org.owner.token, program: key.token, guest: guest.token, nobody: undefined };
      await use({ ground, elsewhere, strangers: new Map(Object.entries(tokens)) });
    },
    { scope: "file" },
  ],
});

async function callByHttp(world: World, path: string, input: unknown, token: string | undefined): Promise<Answer> {
  const { url } = await world.app();
  const isQuery = PROCEDURES.some((one) => one.path === path && one.type === "query");
  const json = JSON.stringify({ json: input ?? {} });
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  if (isQuery) return ask(url, `/trpc/${path}?input=${encodeURIComponent(json)}`, { headers });
  return ask(url, `/trpc/${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: json,
  });
}

/** All that a client sees of an answer, but the time that it was given. */
function seenOf({ status, headers, text }: Answer): object {
  const { date: _, ...others } = headers;
  return { status, headers: others, text };
}

/** The same input with ids of nothing, in these places. */
function ofNothing(input: object, keys: readonly string[]): Record<string, unknown> {
  const entries = Object.entries<unknown>({ ...input }).map(([key, value]): [string, unknown] => {
    if (!keys.includes(key)) return [key, value];
    return [key, Array.isArray(value) ? value.map(() => randomUUID()) : randomUUID()];
  });
  return Object.fromEntries(entries);
}

/** The same call where there is nothing at all. */
function nowhere(input: object): Record<string, unknown> {
  return ofNothing(input, ["orgId", "boardId", ...idKeys(input)]);
}

describe("not yours is answered as not there, to the byte", () => {
  test.for(calls)("$path", async ({ path, on }, { world, places }) => {
    const { ground, strangers } = places;
    for (const [who, token] of strangers) {
      // Guests are members: they are told what they may not do there.
      if (who === "guest" && on === "org") continue;
      const input = INPUTS[path](ground);
      const theirs = await callByHttp(world, path, input, token);
      const nothing = await callByHttp(world, path, nowhere(input), token);
      expect([who, theirs.status]).not.toEqual([who, 200]);
      expect([who, seenOf(theirs)]).toEqual([who, seenOf(nothing)]);
    }
  });

  test.for(withIds)("$path, by ids of another organisation within one's own", async ({ path }, { world, places }) => {
    const { ground, elsewhere } = places;
    const own: Record<string, unknown> = INPUTS[path](elsewhere);
    const theirs: Record<string, unknown> = INPUTS[path](ground);
    for (const key of idKeys(own)) {
      const { token } = elsewhere.org.owner;
      const foreign = await callByHttp(world, path, { ...own, [key]: theirs[key] }, token);
      const nothing = await callByHttp(world, path, ofNothing(own, [key]), token);
      expect([key, foreign.kind]).toEqual([key, expect.stringMatching(/_NOT_FOUND$/u)]);
      expect([key, seenOf(foreign)]).toEqual([key, seenOf(nothing)]);
    }
  });
});

describe("nor does the time of a read tell what there is elsewhere", () => {
  // A change locks the row of a board that there is, before it looks whose it is: that takes some tenths of a millisecond.
  const reads = calls.filter(({ type }) => type === "query");
  const timed = TIMED_SAMPLES >= WHOLE_ATTACK ? reads : reads.filter(({ path }) => TIMED.includes(path));

  test.for(timed)("$path", async ({ path }, { places }) => {
    const { ground, elsewhere } = places;
    const { owner } = elsewhere.org;
    const input = INPUTS[path](ground);
    const apart = async () => {
      const theirs = () => refusalByPath(owner, path, input);
      const nothing = () => refusalByPath(owner, path, nowhere(input));
      return Math.abs(await timesApart(TIMED_SAMPLES, theirs, nothing));
    };
    // A busy machine favours one of them for a moment: what tells them apart tells them apart again.
    const first = await apart();
    expect(first < TELLS_APART ? first : await apart()).toBeLessThan(TELLS_APART);
  });
});

/** Every row of every table, but for what is written of refusals and of the use of a key itself, which is encrypted. */
async function everything({ db }: World): Promise<Map<string, string>> {
  const OF_THE_TRIES = ["audit_record", "audit_block", "call_use", "data_key", "try_count"];
  const tables = await db.execute<{ name: string }>(sql`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`);
  const digests = new Map<string, string>();
  for (const { name } of tables) {
    if (OF_THE_TRIES.includes(name)) continue;
    const [row] = await db.execute<{ digest: string }>(sql`
      select count(*) || ' ' || coalesce(sum(hashtextextended((to_jsonb(t) - 'last_used_at' - 'last_address')::text, 0)), 0)
        as digest from ${sql.identifier(name)} t`);
    digests.set(name, row?.digest ?? "");
  }
  return digests;
}

test("whoever replays every procedure with a key that only reads, or as nobody, leaves every table as it was", async ({
  world,
  places,
}) => {
  const { ground } = places;
  const { owner } = ground.org;
  const actions = KEY_ACTIONS.filter((action) => /:(?:read|list|watch)$/u.test(action));
  const key = await owner.caller.keys.create({ orgId: ground.org.id, name: "Reader", actions, expiresAt: null });
  const before = await everything(world);
  expect(before.size).toBeGreaterThan(30);
  const got: string[] = [];
  for (const { path, type, action } of PROCEDURES) {
    if (type === "subscription") continue;
    const input = isPath(path) ? INPUTS[path](ground) : inputWithoutScope(path);
    const byKey = await callByHttp(world, path, input, key.token);
    if (type === "mutation" && byKey.kind !== "KEY_FORBIDDEN") got.push(`a key: ${path}`);
    if (action === "public") continue;
    const byNobody = await callByHttp(world, path, input, undefined);
    if (byNobody.kind !== "SIGN_IN_REQUIRED") got.push(`nobody: ${path}`);
  }
  expect(got).toEqual([]);
  expect(await everything(world)).toEqual(before);
});
