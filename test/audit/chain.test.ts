import { type SQL, sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { hashOf, NOTHING_BEFORE } from "../../server/core/audit/block.ts";
import { AuditLog } from "../../server/core/audit/audit-log.ts";
import { type AuditKeys, createAuditKeys } from "../../server/core/audit/keys.ts";
import { readBlocks } from "../../server/core/audit/rows.ts";
import { verifyExport } from "../../server/core/audit/verify-export.ts";
import { verifyChain } from "../../server/core/audit/verify.ts";
import { RootKeys } from "../../server/core/encryption/root-keys.ts";
import type { AuditHead } from "../../server/domains/audit/audit.contract.ts";
import { TEST_ROOT_KEY } from "../setup/root-keys.ts";
import { createCaller } from "../../server/router.ts";
import { test, type TestOrg, type World } from "../setup/world.ts";

// What a superuser of the database does to the audit log behind Trestle's back, and what is found of it.

/** A log of three blocks, with a record or two each; `records` are those of the second one. */
interface Log {
  readonly org: TestOrg;
  readonly db: Database;
  readonly chainId: string;
  readonly records: readonly [string, string];
  readonly head: AuditHead;
  readonly other: TestOrg;
}

async function makeLog(world: World): Promise<Log> {
  const { services, db } = world;
  const [org, other] = [await world.org(), await world.org()];
  const { owner, id: orgId } = org;
  for (const names of [["One"], ["Two", "Three"], ["Four"]]) {
    for (const name of names) await owner.caller.orgs.update({ orgId, name });
    await services.audit.seal();
  }
  const { head, fault, records } = await owner.caller.audit.verify({ orgId });
  expect({ fault, records, number: head?.number }).toEqual({ fault: null, records: 5, number: 3 });
  if (!head) throw new Error("what was sealed has a head");
  const rows = await db.execute<{ id: string }>(
    sql`select id from audit_record where org_id = ${orgId}::uuid and block = 2 order by position`,
  );
  const [first, second] = rows.map(({ id }) => id);
  if (first === undefined || second === undefined) throw new Error("the second block has two records");
  return { org, db, chainId: orgId, records: [first, second], head, other };
}

/** Runs statements as nobody but a superuser can: no trigger sees them. */
async function tamper({ db }: Pick<Log, "db">, statements: readonly SQL[]): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`set local session_replication_role = replica`);
    for (const statement of statements) await tx.execute(statement);
  });
}

/** Makes a row like another one, with some columns of its own. */
function copyOf(id: string, columns: Record<string, SQL>): SQL {
  const names = Object.keys(columns).map((name) => sql.identifier(name));
  return sql`
    insert into audit_record (id, org_id, action, object_kind, outcome, times, at, mac, actor_id, ${sql.join(names, sql`, `)})
    select gen_random_uuid(), org_id, action, object_kind, outcome, times, at, mac, actor_id,
      ${sql.join(Object.values(columns), sql`, `)}
    from audit_record where id = ${id}::uuid`;
}

const ANY_ID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/u);

const DEEDS: Record<string, { deed: (log: Log) => SQL[]; finds: (log: Log) => object }> = {
  "a record that names somebody else": {
    deed: ({ other, records: [id] }) => [
      sql`update audit_record set actor_id = ${other.owner.id}::uuid where id = ${id}::uuid`,
    ],
    finds: ({ records: [id] }) => ({ kind: "RECORD_CHANGED", block: 2, recordId: id }),
  },
  "a record that is said to be of another time": {
    deed: ({ records: [, id] }) => [sql`update audit_record set at = at - interval '1 day' where id = ${id}::uuid`],
    finds: ({ records: [, id] }) => ({ kind: "RECORD_CHANGED", block: 2, recordId: id }),
  },
  "a record that is gone": {
    deed: ({ records: [, id] }) => [sql`delete from audit_record where id = ${id}::uuid`],
    finds: ({ records: [, id] }) => ({ kind: "RECORD_MISSING", block: 2, recordId: id }),
  },
  "two records that changed places": {
    deed: ({ chainId }) => [
      sql`update audit_record set position = 3 - position where org_id = ${chainId}::uuid and block = 2`,
    ],
    finds: ({ records: [id] }) => ({ kind: "RECORD_MOVED", block: 2, recordId: id }),
  },
  "two records that changed what they say": {
    deed: ({ chainId, records: [first, second] }) => [
      sql`update audit_record r set after_digest = o.after_digest, mac = o.mac from audit_record o
        where r.org_id = ${chainId}::uuid and r.id = ${first}::uuid and o.id = ${second}::uuid`,
    ],
    finds: ({ records: [id] }) => ({ kind: "RECORD_CHANGED", block: 2, recordId: id }),
  },
  "a record in another block": {
    deed: ({ records: [id] }) => [sql`update audit_record set block = 3, position = 2 where id = ${id}::uuid`],
    finds: ({ records: [id] }) => ({ kind: "RECORD_MOVED", block: 2, recordId: id }),
  },
  "a record in another log": {
    deed: ({ records: [id], other }) => [
      sql`update audit_record set org_id = ${other.id}::uuid where id = ${id}::uuid`,
    ],
    finds: ({ records: [id] }) => ({ kind: "RECORD_MISSING", block: 2, recordId: id }),
  },
  "a record that was put into a block": {
    deed: ({ records: [id] }) => [copyOf(id, { block: sql`2`, position: sql`3` })],
    finds: () => ({ kind: "RECORD_ADDED", block: 2, recordId: ANY_ID }),
  },
  "a record that no server has written": {
    deed: ({ records: [id] }) => [copyOf(id, { session_id: sql`gen_random_uuid()` })],
    finds: () => ({ kind: "RECORD_FORGED", block: null, recordId: ANY_ID }),
  },
  "a block that is gone with its records": {
    deed: ({ chainId }) => [
      sql`delete from audit_record where org_id = ${chainId}::uuid and block = 2`,
      sql`delete from audit_block where org_id = ${chainId}::uuid and number = 2`,
    ],
    finds: () => ({ kind: "BLOCK_MISSING", block: 2, recordId: null }),
  },
  "a block that is gone, with those behind it numbered anew": {
    deed: ({ chainId }) => [
      sql`delete from audit_record where org_id = ${chainId}::uuid and block = 2`,
      sql`delete from audit_block where org_id = ${chainId}::uuid and number = 2`,
      sql`update audit_record set block = 2 where org_id = ${chainId}::uuid and block = 3`,
      sql`update audit_block set number = 2 where org_id = ${chainId}::uuid and number = 3`,
    ],
    finds: () => ({ kind: "BLOCK_CHANGED", block: 2, recordId: null }),
  },
  "a block that forgets a record that is gone": {
    deed: ({ chainId, records: [, id] }) => [
      sql`delete from audit_record where id = ${id}::uuid`,
      sql`update audit_block set entries = entries - 1, total = total - 1 where org_id = ${chainId}::uuid and number = 2`,
    ],
    finds: () => ({ kind: "BLOCK_CHANGED", block: 2, recordId: null }),
  },
  "a tail that is gone": {
    deed: ({ chainId }) => [
      sql`delete from audit_record where org_id = ${chainId}::uuid and block = 3`,
      sql`delete from audit_block where org_id = ${chainId}::uuid and number = 3`,
    ],
    finds: () => ({ kind: "TAIL_MISSING", block: 3, recordId: null }),
  },
  "a whole log that is gone": {
    deed: ({ chainId }) => [
      sql`delete from audit_record where org_id = ${chainId}::uuid`,
      sql`delete from audit_block where org_id = ${chainId}::uuid`,
    ],
    finds: () => ({ kind: "TAIL_MISSING", block: 1, recordId: null }),
  },
};

test.for(Object.keys(DEEDS))("a superuser leaves %s: it is named", async (name, { world }) => {
  const log = await makeLog(world);
  const { deed, finds } = DEEDS[name] ?? { deed: () => [], finds: () => ({}) };
  await tamper(log, deed(log));
  const { chainId: orgId, org } = log;
  expect((await org.owner.caller.audit.verify({ orgId })).fault).toEqual(finds(log));
  // Whoever seals afterwards does not make it good.
  await world.services.audit.seal();
  expect((await org.owner.caller.audit.verify({ orgId })).fault).toEqual(finds(log));
});

test("a log that was forged as a whole, with hashes that fit, has no signature that does", async ({ world }) => {
  const log = await makeLog(world);
  const { db, chainId, records } = log;
  const blocks = await readBlocks(db, chainId, 1, 10);
  let previousHash = NOTHING_BEFORE;
  let total = 0;
  const rewritten = blocks.map((block) => {
    const entries = block.entries.filter(([id]) => id !== records[1]);
    total += entries.length;
    const next = { ...block, entries, total, previousHash };
    previousHash = hashOf(next);
    return { ...next, hash: previousHash };
  });
  await tamper(log, [
    sql`delete from audit_record where id = ${records[1]}::uuid`,
    ...rewritten.map(
      ({ number, entries, total: count, previousHash: before, hash }) => sql`
        update audit_block set entries = ${JSON.stringify(entries)}::jsonb, total = ${count}, previous_hash = ${before},
          hash = ${hash} where org_id = ${chainId}::uuid and number = ${number}`,
    ),
  ]);
  expect((await log.org.owner.caller.audit.verify({ orgId: chainId })).fault).toEqual({
    kind: "BLOCK_FORGED",
    block: 2,
    recordId: null,
  });
});

test("a tail that was cut off before a process began is found by a head that was kept", async ({ world }) => {
  const log = await makeLog(world);
  const { chainId: orgId, head } = log;
  // Its records are sealed again, but for one: the chain is whole.
  await tamper(log, [
    sql`delete from audit_record where id = ${log.records[1]}::uuid`,
    sql`update audit_record set block = null, position = null where org_id = ${orgId}::uuid and block > 1`,
    sql`delete from audit_block where org_id = ${orgId}::uuid and number > 1`,
  ]);
  const services = world.otherServices();
  await services.audit.seal();
  const later = createCaller({ ...log.org.owner.context, app: services });
  expect((await later.audit.verify({ orgId })).fault).toBeNull();
  expect((await later.audit.verify({ orgId, head })).fault).toEqual({ kind: "TAIL_MISSING", block: 3, recordId: null });
});

test("the server cannot change its own log, and neither can a mistake", async ({ world }) => {
  const { db, chainId, records } = await makeLog(world);
  const own = sql`where org_id = ${chainId}::uuid`;
  const statements = [
    sql`update audit_record set actor_id = null ${own}`,
    sql`update audit_record set block = 1, position = 1 where id = ${records[0]}::uuid`,
    sql`delete from audit_record ${own}`,
    sql`truncate audit_record`,
    sql`update audit_block set total = 0 ${own}`,
    sql`delete from audit_block ${own}`,
    sql`truncate audit_block`,
  ];
  for (const statement of statements) {
    await expect(db.execute(statement)).rejects.toMatchObject({ cause: { code: "42501" } });
  }
});

test("an export is verified with its public key alone, and names what was changed in it", async ({ world }) => {
  const { chainId: orgId, org, records } = await makeLog(world);
  const { lines, publicKey, head, nextBlock } = await org.owner.caller.audit.export({ orgId });
  expect(nextBlock).toBeNull();
  if (!head) throw new Error("what was sealed has a head");
  expect(verifyExport(lines, { publicKey, head })).toEqual({ fault: null, blocks: 3, records: 5 });
  const [id] = records;
  const edited = lines.replaceAll(
    /^(?<start>\{"record":\{"id":"(?<id>[^"]+)".*"address":)null/gmu,
    (line, start, its) => (its === id ? `${start}"192.0.2.9"` : line),
  );
  expect(verifyExport(edited, { publicKey, head }).fault).toEqual({ kind: "RECORD_CHANGED", block: 2, recordId: id });
  const without = lines.split("\n").filter((line) => !line.startsWith(`{"record":{"id":"${id}"`));
  expect(verifyExport(without.join("\n"), { publicKey, head }).fault).toEqual({
    kind: "RECORD_MISSING",
    block: 2,
    recordId: id,
  });
  const cut = lines.slice(0, lines.lastIndexOf('{"block"'));
  expect(verifyExport(cut, { publicKey, head }).fault).toEqual({ kind: "TAIL_MISSING", block: 3, recordId: null });
  const { publicKey: another } = createAuditKeys(new RootKeys(Buffer.alloc(32, 1)));
  expect(verifyExport(lines, { publicKey: another, head }).fault).toEqual({
    kind: "BLOCK_FORGED",
    block: 1,
    recordId: null,
  });
});

test("a root key that replaces another signs what that one has signed, which can then be gone", async ({ world }) => {
  const { chainId, db } = await makeLog(world);
  const { clock, log } = world.services;
  const next = Buffer.alloc(32, 7);
  const both = createAuditKeys(new RootKeys(next, Buffer.from(TEST_ROOT_KEY, "base64")));
  const later = createAuditKeys(new RootKeys(next));
  const verify = (keys: AuditKeys) => verifyChain({ db, keys, chainId, heads: [] }, { limit: 100 });
  expect((await verify(later)).fault).toEqual({ kind: "BLOCK_FORGED", block: 3, recordId: null });
  await new AuditLog({ db, clock, log, keys: both }).seal();
  expect(await verify(both)).toMatchObject({ fault: null, records: 5, head: { number: 4, total: 5 } });
  expect(await verify(later)).toMatchObject({ fault: null, records: 5 });
});
