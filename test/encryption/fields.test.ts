import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { CiphertextRefused, type Refusal } from "../../server/core/encryption/encryption.ts";
import { RootKeys } from "../../server/core/encryption/root-keys.ts";
import { ENCRYPTED_COLUMNS } from "../../server/encrypted-columns.ts";
import { newId } from "../../server/core/ids.ts";
import { newRootKeys } from "../../server/root-keys.ts";
import { test, type World } from "../setup/world.ts";

const SESSION = "session.last_address";

async function refusalOf(opening: Promise<unknown>): Promise<string> {
  const error: unknown = await opening.then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return error instanceof CiphertextRefused ? error.refusal.reason : `no refusal: ${String(error)}`;
}

function row() {
  return { id: newId(), userId: newId() };
}

async function flipEach(text: string, open: (changed: string) => Promise<unknown>): Promise<string[]> {
  const reasons = new Set<string>();
  for (let at = 0; at < text.length; at += 1) {
    const other = text[at] === "0" ? "1" : "0";
    reasons.add(await refusalOf(open(text.slice(0, at) + other + text.slice(at + 1))));
  }
  return [...reasons].toSorted();
}

test("what is sealed is opened for its own row alone, and refused when a single character of it was changed", async ({
  world,
}) => {
  const { encryption } = world.services;
  const own = row();
  const sealed = await encryption.seal(SESSION, own, "192.0.2.1");
  expect(sealed).not.toContain("192.0.2.1");
  expect(await encryption.open(SESSION, own, sealed)).toBe("192.0.2.1");
  expect(await encryption.open(SESSION, own, await encryption.seal(SESSION, own, ""))).toBe("");
  expect(await encryption.seal(SESSION, own, "192.0.2.1")).not.toBe(sealed);
  const refused: Refusal[] = [];
  encryption.onRefused((refusal) => refused.push(refusal));
  for (const other of [
    { ...own, id: newId() },
    { ...own, userId: newId() },
  ]) {
    expect(await refusalOf(encryption.open(SESSION, other, sealed))).toBe("not authentic");
  }
  expect(refused).toMatchObject([{ column: SESSION, reason: "not authentic" }, { reason: "not authentic" }]);
  expect(JSON.stringify(refused)).not.toContain("192.0.2.1");
  expect(await flipEach(sealed, (changed) => encryption.open(SESSION, own, changed))).toEqual([
    "key unknown",
    "malformed",
    "not authentic",
  ]);
  expect(await refusalOf(encryption.open(SESSION, own, "192.0.2.1"))).toBe("malformed");
});

test("a ciphertext is of its column and organisation, and its key goes with the organisation", async ({ world }) => {
  const { encryption } = world.services;
  const [org, other] = [await world.org(), await world.org()];
  const id = newId();
  const sealed = await encryption.seal("api_key.last_address", { id, orgId: org.id }, "192.0.2.1");
  expect(await refusalOf(encryption.open("api_key.last_address", { id, orgId: other.id }, sealed))).toBe(
    "not authentic",
  );
  expect(await refusalOf(encryption.open(SESSION, { id, userId: org.id }, sealed))).toBe("not authentic");
  await org.owner.caller.orgs.delete({ orgId: org.id });
  const elsewhere = world.otherServices().encryption;
  expect(await refusalOf(elsewhere.open("api_key.last_address", { id, orgId: org.id }, sealed))).toBe("key unknown");
});

test("processes that need the first key of an organisation at once use the same one", async ({ world }) => {
  const org = await world.org();
  const place = { id: newId(), orgId: org.id };
  const processes = [world.services, world.otherServices(), world.otherServices()];
  const sealed = await Promise.all(
    processes.flatMap(({ encryption }) => [1, 2, 3].map(() => encryption.seal("api_key.last_address", place, "x"))),
  );
  expect(new Set(sealed.map((text) => text.split(".")[1])).size).toBe(1);
  for (const text of sealed) {
    expect(await world.services.encryption.open("api_key.last_address", place, text)).toBe("x");
  }
});

test("a key encrypts as many texts as it may, and then another takes over", async ({ world }) => {
  const org = await world.org();
  const place = { id: newId(), orgId: org.id };
  const seal = () => world.otherServices().encryption.seal("api_key.last_address", place, "x");
  const keyOf = (text: string) => text.split(".")[1];
  const first = await seal();
  expect(keyOf(await seal())).toBe(keyOf(first));
  await world.db.execute(sql`update data_key set reserved = ${2 ** 32 - 1}::bigint where org_id = ${org.id}::uuid`);
  const second = await seal();
  expect(keyOf(second)).not.toBe(keyOf(first));
  expect(await world.services.encryption.open("api_key.last_address", place, first)).toBe("x");
});

test("in the database keys are wrapped, and by no other root key can they be had", async ({ world }) => {
  const { rootKeys, encryption } = world.services;
  await encryption.seal(SESSION, row(), "x");
  const [stored] = await world.db.execute<{ id: string; wrapped: string; rootKeyId: string }>(sql`
    select id, wrapped, root_key_id as "rootKeyId" from data_key where org_id is null and purpose = 'seal'`);
  if (!stored) throw new Error("accounts have a key");
  expect(stored.rootKeyId).toBe(rootKeys.currentId);
  const about = ["data key", stored.id, null, "seal"];
  expect(rootKeys.unwrap(stored, about)).toHaveLength(32);
  expect(() => rootKeys.unwrap(stored, ["data key", stored.id, newId(), "seal"])).toThrow("tag");
  expect(newRootKeys().unwrap(stored, about)).toBeUndefined();
  const [mine, former] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const [one, both] = [new RootKeys(former), new RootKeys(mine, former)];
  expect(both.knows(one.currentId)).toBe(true);
  expect(both.deriveBy(one.currentId, "a")?.export()).toEqual(one.derive("a").export());
  expect(both.derive("a").export()).not.toEqual(one.derive("a").export());
  expect(one.derive("a").export()).not.toEqual(one.derive("b").export());
});

test("a text is found again by its index in its own column and organisation, and by nobody without the key", async ({
  world,
}) => {
  const [here, elsewhere] = [world.services.encryption, world.otherServices().encryption];
  const [org, other] = [await world.org(), await world.org()];
  const email = { orgId: org.id, text: "Ann@Example.org ", as: "email" } as const;
  const index = await here.index("person.email", email);
  expect(await elsewhere.index("person.email", { ...email, text: "ann@example.org" })).toBe(index);
  expect(await here.index("person.email", { ...email, as: "exact" })).not.toBe(index);
  expect(await here.index("person.other", email)).not.toBe(index);
  expect(await here.index("person.email", { ...email, orgId: other.id })).not.toBe(index);
});

test("every encrypted column is there, with its row and owner", async ({ world }) => {
  for (const [name, { row: rowColumn, ...owner }] of Object.entries(ENCRYPTED_COLUMNS)) {
    const [table = "", column = ""] = name.split(".");
    const names = [column, rowColumn, ...Object.values(owner)];
    const types = await typesOf(world, table);
    expect([name, names.map((each) => types.get(each))]).toEqual([name, ["text", "uuid", "uuid"]]);
  }
});

async function typesOf(world: World, table: string): Promise<Map<string, string>> {
  const rows = await world.db.execute<{ name: string; type: string }>(sql`
    select column_name as name, data_type as type from information_schema.columns where table_name = ${table}`);
  return new Map(rows.map(({ name, type }) => [name, type]));
}
