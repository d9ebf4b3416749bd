import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, inject } from "vitest";
import { readArguments } from "../../scripts/backup/arguments.ts";
import { createServices } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { emptyDatabase } from "../setup/database.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { signedIn, test } from "../setup/world.ts";
import { createDataDirectory, runScript } from "./program.ts";

/** The way to the cluster of this run, which has no port: postgres.js looks for what a DATABASE_URL does not name there. */
const { host: PGHOST, user: PGUSER } = inject("cluster");

async function runBackup(args: readonly string[], environment: Record<string, string>) {
  const program = runScript("scripts/backup.ts", args, { PGHOST, PGUSER, ...environment });
  return { code: await program.ended(), says: program.output() };
}

// Seven programs, one after the other.
test(
  "data goes from one's own Postgres to a file, to an embedded one, and to another of one's own",
  { timeout: 300_000 },
  async ({ world }) => {
    const org = await world.org();
    await world.services.sessions.create(org.owner.id, "test", { address: "192.0.2.1" });
    const board = await org.board({ tasks: ["First", "Second"] });
    const before = await org.owner.caller.boards.get({ boardId: board.id });
    const data = createDataDirectory();
    const file = join(data.path, "backup");
    const other = await emptyDatabase();
    const own = { DATABASE_URL: `postgres:///${world.connection.database}` };
    const embedded = { DATA_DIR: data.path };

    const written = await runBackup(["backup", file], own);
    expect(written.says).toMatch(/Wrote \d+ rows of \d+ tables to /u);
    const rows = /\d+ rows of \d+ tables/u.exec(written.says)?.[0] ?? "";
    expect(statSync(file).size).toBeGreaterThan(1_000);
    const restored = await runBackup(["restore", file], embedded);
    expect(restored.says).toContain(`Restored ${rows}.`);
    expect(restored.says).toContain(`encrypted by the root key ${TEST_ROOT_KEYS.currentId}, which is not in`);
    const copied = await runBackup(["copy", "--to", `postgres:///${other.connection.database}`], embedded);
    expect(copied.says).toContain(`Copied ${rows}.`);
    expect([written, restored, copied].map(({ code }) => code)).toEqual([0, 0, 0]);

    const config = {
      connection: other.owner,
      poolSize: 2,
      rootKeys: TEST_ROOT_KEYS,
      log: createLogger("silent"),
      secure: false,
    };
    const { services, close } = createServices(config);
    const { caller } = await signedIn(services, org.owner.token);
    expect(await caller.boards.get({ boardId: board.id })).toEqual(before);
    await close();

    const again = await runBackup(["restore", file], embedded);
    expect(again.code).toBe(1);
    expect(again.says).toMatch(/^This database is not empty: [^\n]+\n$/u);
    expect(await runBackup(["copy", "--to", "mysql://x"], own)).toEqual({
      code: 1,
      says: "--to: must begin with postgres:// or postgresql://.\n",
    });
    expect(await runBackup(["copy", "--to", "postgres://127.0.0.1:1/x"], own)).toEqual({
      code: 1,
      says: "--to cannot be used: nothing listens there.\n",
    });
    await other.drop();
  },
);

test("what cannot be asked for is answered with what can", async () => {
  const mistakes = [["backup"], ["restore", "one", "two"], ["copy"], ["copy", "file", "--to", "url"], ["back", "file"]];
  expect(mistakes.map(readArguments)).toEqual(mistakes.map(() => undefined));
  const { code, says } = await runBackup(["copy", "--to"], {});
  expect(code).toBe(2);
  expect(says).toContain("npm run db:copy -- --to URL");
});
