import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, inject, onTestFinished } from "vitest";
import { pause } from "../../server/core/faults.ts";
import { RootKeys } from "../../server/core/encryption/root-keys.ts";
import { keyStatus, reencrypt, rewrapDataKeys } from "../../server/core/encryption/rotation.ts";
import { newId } from "../../server/core/ids.ts";
import { parseEnvironment } from "../../server/env.ts";
import { knownRootKeys, newRootKey, openRootKeys, requireFittingKeys } from "../../server/root-keys.ts";
import { runScript } from "../e2e/program.ts";
import { until } from "../setup/clients.ts";
import { TEST_ROOT_KEY, TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Person, test, type World } from "../setup/world.ts";

const { host: PGHOST, user: PGUSER } = inject("cluster");
const COLUMN = "session.last_address";
const DAY_MS = 86_400_000;
const SESSIONS = 3_000;

/** So many sessions of somebody, each used from its own address. */
async function plantSessions({ services, db, clock }: World, person: Person): Promise<void> {
  const rows = await Promise.all(
    Array.from({ length: SESSIONS }, async (_, index) => {
      const id = newId();
      const sealed = await services.encryption.seal(COLUMN, { id, userId: person.id }, addressOf(index));
      return { id, sealed };
    }),
  );
  const now = clock.now();
  const end = new Date(now.getTime() + 90 * DAY_MS);
  await db.execute(sql`
    insert into session (id, public_id, user_id, expires_at, ends_at, created_at, user_agent, last_address)
    select 'planted ' || (r->>'id'), (r->>'id')::uuid, ${person.id}::uuid, ${end.toISOString()}::timestamptz,
      ${end.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz, 'planted', r->>'sealed'
    from json_array_elements(${JSON.stringify(rows)}::json) r`);
}

function addressOf(index: number): string {
  return `192.0.${index >> 8}.${index & 255}`;
}

/** How many texts are encrypted by a data key. */
async function countOn({ db }: World, keyId: string): Promise<number> {
  const [row] = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from session where last_address like ${`e1.${keyId}.%`}`,
  );
  return row?.count ?? -1;
}

async function addressesOf({ services, db }: World, userId: string): Promise<Set<string>> {
  const rows = await db.execute<{ id: string; sealed: string }>(sql`
    select public_id as id, last_address as sealed from session
    where user_id = ${userId}::uuid and user_agent = 'planted'`);
  const { encryption } = services;
  return new Set(await Promise.all(rows.map(({ id, sealed }) => encryption.open(COLUMN, { id, userId }, sealed))));
}

test("data keys are replaced under load, also when that is killed in the middle: all is read meanwhile, and nothing is left on the old one", async ({
  world,
}) => {
  const person = await world.person();
  await plantSessions(world, person);
  const [old] = await world.db.execute<{ id: string }>(sql`select id from data_key where org_id is null`);
  const oldKey = old?.id ?? "";
  expect(await countOn(world, oldKey)).toBe(SESSIONS);
  const load = startLoad(world);
  const rotating = (verb: string) =>
    runScript("scripts/encryption.ts", [verb], {
      PGHOST,
      PGUSER,
      DATABASE_URL: `postgres:///${world.connection.database}`,
    });
  const killed = rotating("rotate-data");
  await until(async () => (await countOn(world, oldKey)) < SESSIONS);
  await killed.end("SIGKILL");
  expect(await countOn(world, oldKey)).toBeGreaterThan(0);
  const resumed = rotating("resume");
  expect([await resumed.ended(), resumed.output()]).toEqual([
    0,
    expect.stringContaining("1 retired data keys, and 0 texts encrypted by them"),
  ]);
  expect(await load.stop()).toBeGreaterThan(10);
  expect(await countOn(world, oldKey)).toBe(0);
  expect(await addressesOf(world, person.id)).toEqual(
    new Set(Array.from({ length: SESSIONS }, (_, n) => addressOf(n))),
  );

  await reencrypt(world.services);
  expect((await keyStatus(world.db)).retiredKeys).toBe(1);
  world.clock.advance(DAY_MS + 60_000);
  await reencrypt(world.services);
  world.clock.advance(-DAY_MS - 60_000);
  expect(await keyStatus(world.db)).toMatchObject({ retiredKeys: 0, texts: 0 });
});

/** People who sign in and look at their sessions all the time, in two processes. Answers how often they did. */
function startLoad(world: World): { stop(): Promise<number> } {
  let isOver = false;
  const work = async (services: World["services"], address: string) => {
    const { encryption, sessions, db } = services;
    let rounds = 0;
    for (; !isOver; rounds += 1) {
      const { id: userId } = await world.person();
      await sessions.create(userId, "load", { address });
      const [row] = await db.within({ userId }).execute<{ id: string; sealed: string }>(sql`
        select public_id as id, last_address as sealed from session
        where user_id = ${userId}::uuid and user_agent = 'load'`);
      await pause(20);
      expect(await encryption.open(COLUMN, { id: row?.id ?? "", userId }, row?.sealed ?? "")).toBe(address);
    }
    return rounds;
  };
  const workers = [work(world.services, "198.51.100.1"), work(world.otherServices(), "198.51.100.2")];
  const all = Promise.all(workers);
  all.catch(() => {});
  return {
    async stop() {
      isOver = true;
      return (await all).reduce((sum, rounds) => sum + rounds, 0);
    },
  };
}

test("another root key takes over, also when that was ended in the middle, and the old one is of no use then", async ({
  world,
}) => {
  const { connection, db, services } = world;
  const { dataKeys } = services.encryption;
  const row = { id: newId(), userId: newId() };
  const sealed = await services.encryption.seal(COLUMN, row, "192.0.2.1");
  for (let made = 0; made < 250; made += 1) await dataKeys.current({ orgId: newId(), purpose: "index" });
  const next = Buffer.from(newRootKey(), "base64");
  const both = new RootKeys(next, Buffer.from(TEST_ROOT_KEY, "base64"));
  const onlyNext = new RootKeys(next);
  await expect(requireFittingKeys(connection, onlyNext)).rejects.toThrow(TEST_ROOT_KEYS.currentId);
  await requireFittingKeys(connection, both);

  const ending = new AbortController();
  const cut = rewrapDataKeys({ db, rootKeys: both }, { onBatch: () => ending.abort(), signal: ending.signal });
  await expect(cut).rejects.toThrow("abort");
  expect(Object.keys((await keyStatus(db)).rootKeys).toSorted()).toEqual(
    [both.currentId, TEST_ROOT_KEYS.currentId].toSorted(),
  );
  await expect(rewrapDataKeys({ db, rootKeys: onlyNext })).rejects.toThrow(TEST_ROOT_KEYS.currentId);
  expect(await rewrapDataKeys({ db, rootKeys: both })).toBeGreaterThan(50);
  expect(Object.keys((await keyStatus(db)).rootKeys)).toEqual([onlyNext.currentId]);

  await requireFittingKeys(connection, onlyNext);
  await expect(requireFittingKeys(connection, TEST_ROOT_KEYS)).rejects.toThrow(onlyNext.currentId);
  expect(await world.otherServices(onlyNext).encryption.open(COLUMN, row, sealed)).toBe("192.0.2.1");
  // What runs has the key already.
  expect(await services.encryption.open(COLUMN, row, sealed)).toBe("192.0.2.1");
  await expect(world.otherServices().encryption.open(COLUMN, row, sealed)).rejects.toThrow(onlyNext.currentId);
});

const PRODUCTION = { NODE_ENV: "production", PUBLIC_URL: "https://trestle.example.org" };

test.for([
  { what: "is needed in production", environment: PRODUCTION, says: /^ENCRYPTION_KEY: is needed in production; / },
  {
    what: "is needed with one's own database",
    environment: { DATABASE_URL: "postgres://127.0.0.1/trestle" },
    says: /^ENCRYPTION_KEY: is needed with DATABASE_URL; /,
  },
  { what: "has to be of 32 bytes", environment: { ENCRYPTION_KEY: "c2hvcnQ=" }, says: /has to be 32 random bytes/ },
  { what: "has to be base64", environment: { ENCRYPTION_KEY: "?".repeat(44) }, says: /has to be 32 random bytes/ },
  {
    what: "is none that somebody typed",
    environment: { ENCRYPTION_KEY: Buffer.from("correct horse battery staple 123").toString("base64") },
    says: /can be guessed/,
  },
  {
    what: "is no repetition",
    environment: { ENCRYPTION_KEY: Buffer.from("5f".repeat(32), "hex").toString("base64") },
    says: /can be guessed/,
  },
  {
    what: "is no sequence",
    environment: { ENCRYPTION_KEY: Buffer.from(Array.from({ length: 32 }, (_, n) => 200 + n)).toString("base64") },
    says: /can be guessed/,
  },
  {
    what: "is good in every place of the list",
    environment: { ENCRYPTION_KEY: `${TEST_ROOT_KEY},${Buffer.alloc(32).toString("base64")}` },
    says: /can be guessed/,
  },
  {
    what: "is in a file that is there",
    environment: { ENCRYPTION_KEY_FILE: "/nowhere" },
    says: /there is no such file/,
  },
  {
    what: "is given once",
    environment: { ENCRYPTION_KEY: TEST_ROOT_KEY, ENCRYPTION_KEY_FILE: "/nowhere" },
    says: /Set one of them/,
  },
])("the root key $what, or the start is refused with the reason", async ({ environment, says }) => {
  await expect(openRootKeys(parseEnvironment(environment))).rejects.toThrow(says);
});

test("a laptop makes its root key once, for its owner alone, and processes that start together have the same one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "trestle-keys-"));
  onTestFinished(() => rm(directory, { recursive: true }));
  const env = parseEnvironment({ DATA_DIR: join(directory, "data") });
  expect(await knownRootKeys(env)).toBeUndefined();
  const made = await Promise.all([openRootKeys(env), openRootKeys(env), openRootKeys(env)]);
  expect(new Set(made.map(({ currentId }) => currentId)).size).toBe(1);
  const path = join(env.DATA_DIR, "encryption.key");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const text = (await readFile(path, "utf8")).trim();
  const [byValue, byFile] = [{ ENCRYPTION_KEY: `${newRootKey()}, ${text}` }, { ENCRYPTION_KEY_FILE: path }];
  const id = made[0]?.currentId ?? "";
  expect((await openRootKeys(parseEnvironment({ ...PRODUCTION, ...byValue }))).knows(id)).toBe(true);
  expect((await openRootKeys(parseEnvironment({ ...PRODUCTION, ...byFile }))).currentId).toBe(id);
});
