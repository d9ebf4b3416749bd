import { expect, inject } from "vitest";
import { SERVER_ROLE } from "../../db/rights.ts";
import { ask } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { TEST_ROOT_KEY } from "../setup/root-keys.ts";
import { type Person, test } from "../setup/world.ts";
import { runScript } from "./program.ts";

// Four programs.
test(
  "an operator ends the sessions of one account or of all by the command line, beside a server that knows them",
  { timeout: 120_000 },
  async ({ world }) => {
    const accounts = async (...args: string[]) => {
      const program = runScript("scripts/accounts.ts", args, {
        PGHOST: inject("cluster").host,
        PGUSER: SERVER_ROLE,
        ENCRYPTION_KEY: TEST_ROOT_KEY,
        DATABASE_URL: `postgres:///${world.connection.database}`,
      });
      return { code: await program.ended(), says: program.output() };
    };
    const app = await world.app();
    const [one, other] = [await world.person(), await world.person()];
    const statusOf = async ({ token }: Person) =>
      (await ask(app.url, "/trpc/auth.me", { headers: { authorization: `Bearer ${token}` } })).status;
    // From here on the server remembers whose sessions these are.
    expect([await statusOf(one), await statusOf(other)]).toEqual([200, 200]);

    const [unknown, incomplete] = await Promise.all([
      accounts("end-sessions", "nobody@example.test"),
      accounts("end-sessions"),
    ]);
    expect(unknown).toEqual({ code: 1, says: "There is no account with that e-mail address.\n" });
    expect(incomplete.code).toBe(1);
    expect(incomplete.says).toContain("npm run accounts -- end-sessions EMAIL\n");
    expect([await statusOf(one), await statusOf(other)]).toEqual([200, 200]);

    expect(await accounts("end-sessions", one.email)).toEqual({ code: 0, says: "The sessions are ended.\n" });
    await until(async () => (await statusOf(one)) === 401);
    expect(await statusOf(other)).toBe(200);

    expect(await accounts("end-sessions", "--all")).toEqual({ code: 0, says: "The sessions are ended.\n" });
    await until(async () => (await statusOf(other)) === 401);
  },
);
