import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, inject, test as base, vi } from "vitest";
import { SERVER_ROLE } from "../../db/rights.ts";
import { createTrestle } from "../../client/index.ts";
import { connect, type Database } from "../../db/client.ts";
import { until } from "../setup/clients.ts";
import { cloneDatabase } from "../setup/database.ts";
import { type MailServer, startMailServer } from "../setup/mail-server.ts";
import { createDataDirectory, freePort, type ServerProgram, startServer } from "./program.ts";

/** The cluster of this run has no port: both drivers look for it there. */
const { host: PGHOST } = inject("cluster");
const PGUSER = SERVER_ROLE;
const ADA = { name: "Ada", email: "ada@example.test", password: "correct horse battery" };

interface Ground {
  readonly dataDir: string;
  readonly db: Database;
  readonly mailServer: MailServer;
  serve(environment?: Record<string, string>): Promise<ServerProgram>;
}

/** A database, a mail server, and servers as processes of their own. */
const test = base.extend<{ ground: Ground }>({
  ground: async ({}, use) => {
    const { connection, drop } = await cloneDatabase();
    const { db, close } = connect(connection, { max: 2 });
    const mailServer = await startMailServer();
    const data = createDataDirectory();
    const own = { DATA_DIR: data.path, PGHOST, PGUSER, DATABASE_URL: `postgres:///${connection.database}` };
    const servers: ServerProgram[] = [];
    await use({
      dataDir: data.path,
      db,
      mailServer,
      async serve(environment = {}) {
        const server = await startServer({ ...own, PORT: await freePort(), ...environment });
        servers.push(server);
        return server;
      },
    });
    for (const server of servers) await server.end("SIGKILL");
    await mailServer.close();
    await close();
    await drop();
  },
});

async function requestReset({ url }: ServerProgram): Promise<void> {
  const trestle = createTrestle({ url });
  try {
    await trestle.passwords.requestReset.mutate({ email: ADA.email });
  } finally {
    await trestle.close();
  }
}

async function signUp({ url }: ServerProgram): Promise<void> {
  const trestle = createTrestle({ url });
  try {
    await trestle.auth.signUp.mutate(ADA);
  } finally {
    await trestle.close();
  }
}

async function stateOf(db: Database): Promise<string | undefined> {
  const [mail] = await db.execute<{ state: string }>(sql`select state from mail where kind = 'password-reset'`);
  return mail?.state;
}

/** What was begun three minutes ago by a process that is gone is taken up by another one, at once. */
async function threeMinutesLater(db: Database): Promise<void> {
  await db.execute(sql`update mail set begun_at = begun_at - interval '3 minutes'`);
  await db.execute(sql`update pgboss.job set started_on = started_on - interval '3 minutes' where state = 'active'`);
  // Jobs of the dead are looked for every 15 s.
  const isTakenUp = async () => {
    await db.execute(sql`update pgboss.job set start_after = now() where state = 'retry'`);
    return (await db.execute(sql`select 1 from pgboss.job where state = 'active'`)).length === 0;
  };
  await vi.waitUntil(isTakenUp, { timeout: 80_000, interval: 50 });
}

test("a mail whose server was killed while it was sent is not sent twice", async ({ ground }) => {
  const { db, mailServer, serve } = ground;
  mailServer.isSilent = true;
  const killed = await serve({ SMTP_URL: mailServer.url });
  await signUp(killed);
  await requestReset(killed);
  await until(() => mailServer.received.length === 1);
  await killed.end("SIGKILL");
  expect(await stateOf(db)).toBe("sending");
  mailServer.isSilent = false;
  const next = await serve({ SMTP_URL: mailServer.url });
  await threeMinutesLater(db);
  await until(async () => (await stateOf(db)) === "unknown");
  expect(mailServer.received).toHaveLength(1);
  // What the first one sent is good: it may have arrived.
  const [, token = ""] = /reset-password#(\S+)/u.exec(mailServer.received[0]?.source ?? "") ?? [];
  const trestle = createTrestle({ url: next.url });
  expect(await trestle.passwords.reset.mutate({ token, password: "a new password" })).toBeNull();
  await trestle.close();
  expect(await next.end("SIGTERM")).toBe(0);
});

test("a mail whose server was killed before it left is sent by the next one", async ({ ground }) => {
  const { db, mailServer, serve } = ground;
  mailServer.refuse = { at: "recipient", code: 451 };
  const killed = await serve({ SMTP_URL: mailServer.url });
  await signUp(killed);
  await requestReset(killed);
  await until(async () => (await db.execute(sql`select 1 from pgboss.job where state = 'retry'`)).length === 1);
  await killed.end("SIGKILL");
  mailServer.refuse = undefined;
  await serve({ SMTP_URL: mailServer.url });
  await db.execute(sql`update pgboss.job set start_after = now() where state = 'retry'`);
  await until(async () => (await stateOf(db)) === "sent");
  expect(mailServer.received).toHaveLength(1);
});

test("without a mail server the link is in a file in DATA_DIR and on the console, and in production in the file alone", async ({
  ground,
}) => {
  const { dataDir, db, serve } = ground;
  const linkIn = (text: string) => /reset-password#(?<token>\S+)/u.exec(text)?.groups?.["token"];
  const home = await serve({ LOG_LEVEL: "trace" });
  await signUp(home);
  await requestReset(home);
  await home.says(/Mail to ada@example\.test \(.*\.eml\): Set a new password/u);
  expect(linkIn(home.output())).toBeDefined();
  const folder = join(dataDir, "mail");
  const [file = "", ...others] = await readdir(folder);
  expect(others).toEqual([]);
  expect(await readFile(join(folder, file), "utf8")).toMatch(/^Subject: Set a new password\r$/mu);
  expect(await home.end("SIGTERM")).toBe(0);

  await db.execute(sql`delete from mail`);
  const production = await serve({ NODE_ENV: "production", ALLOW_HTTP: "true", LOG_LEVEL: "trace" });
  await requestReset(production);
  await until(async () => (await stateOf(db)) === "sent");
  expect(await production.end("SIGTERM")).toBe(0);
  expect(production.output()).toContain("passwords.requestReset");
  expect(production.output()).not.toMatch(/reset-password#|ada@example/u);
});
