import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, inject } from "vitest";
import { SERVER_ROLE } from "../../db/rights.ts";
import { TEST_ROOT_KEY } from "../setup/root-keys.ts";
import { test } from "../setup/world.ts";
import { createDataDirectory, runScript } from "./program.ts";

const { host: PGHOST, user: OWNER } = inject("cluster");

async function verifyAudit(args: readonly string[], database: string, PGUSER: string = SERVER_ROLE) {
  const program = runScript("scripts/audit-verify.ts", args, {
    PGHOST,
    PGUSER,
    ENCRYPTION_KEY: TEST_ROOT_KEY,
    DATABASE_URL: `postgres:///${database}`,
  });
  return { code: await program.ended(), says: program.output() };
}

// Five programs.
test(
  "an operator keeps the heads of the audit log, and finds a tail that a superuser cuts off",
  { timeout: 120_000 },
  async ({ world }) => {
    const { services, db, connection } = world;
    const org = await world.org();
    await services.audit.seal();
    const { path } = createDataDirectory();
    const [heads, exported] = [join(path, "heads"), join(path, "exported")];
    const { lines, publicKey } = await org.owner.caller.audit.export({ orgId: org.id });
    writeFileSync(exported, lines);

    const [whole, ofFile] = await Promise.all([
      // Of all organisations, as who sees all of them.
      verifyAudit(["--save", heads], connection.database, OWNER),
      verifyAudit(["--export", exported, "--key", publicKey], "nowhere"),
    ]);
    const [{ head }] = [await org.owner.caller.audit.verify({ orgId: org.id })];
    expect(whole.code).toBe(0);
    expect(whole.says).toContain(`${org.id}: 1 records in 1 blocks, as they were written; ${head?.hash}\n`);
    expect(ofFile).toEqual({ code: 0, says: `${exported}: 1 records in 1 blocks, as they were written; whole\n` });

    await db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      await tx.execute(sql`delete from audit_record where org_id = ${org.id}::uuid`);
      await tx.execute(sql`delete from audit_block where org_id = ${org.id}::uuid`);
    });
    writeFileSync(exported, lines.replace('"orgs.create"', '"orgs.delete"'));
    const [cut, edited, unseen] = await Promise.all([
      verifyAudit(["--org", org.id, "--head", heads], connection.database),
      verifyAudit(["--export", exported, "--key", publicKey], "nowhere"),
      verifyAudit([], connection.database),
    ]);
    expect(cut).toEqual({ code: 1, says: `${org.id}: TAIL_MISSING, block 1\n` });
    expect(edited.code).toBe(1);
    expect(edited.says).toMatch(/RECORD_CHANGED, block 1, record [0-9a-f-]{36}\n$/u);
    expect(unseen.code).toBe(1);
    expect(unseen.says).toMatch(/^DATABASE_URL's role does not see the rows of all organisations: /u);
  },
);
