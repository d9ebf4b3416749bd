import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { newId } from "../../server/core/ids.ts";
import { forgetExpired } from "../../server/core/expired.ts";
import { createPerson, test } from "../setup/world.ts";

const [LONG_AGO, LATER] = ["2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z"];
const BEFORE = new Date("2001-01-02T00:00:00Z");
const TABLES = [
  ["session", "session"],
  ["password-reset", "password_reset"],
  ["email-code", "email_code"],
  ["ticket", "sign_in_ticket"],
  ["device", "known_device"],
  ["answer", "mutation"],
] as const;

test("what has had its time is forgotten of all accounts, and nothing else", async ({ world }) => {
  const { db, services } = world;
  const [old, fresh] = [await createPerson(services), await createPerson(services)];
  for (const [{ id }, at] of [[old, LONG_AGO] as const, [fresh, LATER] as const]) {
    const instant = sql`${at}::timestamptz`;
    const user = sql`${id}::uuid`;
    await db.execute(sql`insert into password_reset values (${user}, ${id}, ${id}, ${instant})`);
    await db.execute(sql`insert into email_code values (${user}, ${id}, ${id}, 5, ${instant})`);
    await db.execute(sql`insert into sign_in_ticket values (${id}, ${user}, 0, 5, ${instant})`);
    await db.execute(sql`insert into known_device values (${user}, ${id}, ${instant})`);
    await db.execute(sql`
      insert into mutation values (${user}, ${newId()}::uuid, 'tasks.update', 'hash', null, ${user}, 1, ${instant})`);
    await db.execute(sql`update session set expires_at = ${instant} where user_id = ${user}`);
  }
  for (const [kind, table] of TABLES) {
    const left = async () =>
      (
        await db.execute<{ id: string }>(sql`
          select user_id as id from ${sql.identifier(table)} where user_id in (${old.id}::uuid, ${fresh.id}::uuid)`)
      ).map(({ id }) => id);
    expect({ kind, left: new Set(await left()) }).toEqual({ kind, left: new Set([old.id, fresh.id]) });
    await forgetExpired(services.db, kind, BEFORE);
    expect({ kind, left: await left() }).toEqual({ kind, left: [fresh.id] });
  }
});
