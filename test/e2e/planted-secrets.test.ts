import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { expect, inject } from "vitest";
import { z } from "zod";
import { SERVER_ROLE } from "../../db/rights.ts";
import { newSecret } from "../../server/core/secrets.ts";
import { until } from "../setup/clients.ts";
import { TEST_ROOT_KEY } from "../setup/root-keys.ts";
import { test, type World } from "../setup/world.ts";
import { createDataDirectory, freePort, runScript, startServer } from "./program.ts";

const { host: PGHOST } = inject("cluster");
const PGUSER = SERVER_ROLE;
const PEOPLE = 8;

/** A call by HTTP: its answer, which is kept when it was refused. */
type Post = (path: string, input: unknown, by?: { token?: string; address?: string }) => Promise<Answer>;
const Answer = z.looseObject({
  token: z.string().nullish(),
  id: z.string().optional(),
  items: z.array(z.unknown()).optional(),
});
type Answer = z.infer<typeof Answer>;
const Answered = z.union([
  z.object({ result: z.object({ data: z.object({ json: Answer.nullable() }) }) }),
  z.object({ error: z.unknown() }),
]);

function poster(url: string, refusals: string[]): Post {
  return async (path, input, { token, address } = {}) => {
    const isQuery = path.endsWith(".list");
    const json = JSON.stringify({ json: input });
    const response = await fetch(`${url}/trpc/${path}${isQuery ? `?input=${encodeURIComponent(json)}` : ""}`, {
      method: isQuery ? "GET" : "POST",
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(address === undefined ? {} : { "x-forwarded-for": address }),
      },
      ...(isQuery ? {} : { body: json }),
    });
    const text = await response.text();
    const answered = Answered.parse(JSON.parse(text));
    if ("result" in answered) return answered.result.data.json ?? {};
    refusals.push(text);
    return {};
  };
}

/** Every row of every table, those of the queue of jobs too, as text. */
async function everyRow({ db }: World): Promise<string> {
  const tables = await db.execute<{ schema: string; name: string }>(sql`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`);
  const rows = await Promise.all(
    tables.map(({ schema, name }) =>
      db.execute<{ row: string }>(sql`select t::text as row from ${sql.identifier(schema)}.${sql.identifier(name)} t`),
    ),
  );
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["event", "mutation", "job", "data_key"]));
  return rows
    .flat()
    .map(({ row }) => row)
    .join("\n");
}

/** Where a secret stands, if anywhere: a number only by itself, not within a longer one. */
function isIn(text: string, secret: string): boolean {
  for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1)) {
    const around = `${text[at - 1] ?? ""}${text[at + secret.length] ?? ""}`;
    if (!/\d/u.test(around)) return true;
  }
  return false;
}

test("fifty planted secrets are in no dump, log, event, error or trace", async ({ world }) => {
  const data = createDataDirectory();
  const own = { PGHOST, PGUSER, DATABASE_URL: `postgres:///${world.connection.database}`, DATA_DIR: data.path };
  const server = await startServer({
    ...own,
    PORT: await freePort(),
    NODE_ENV: "production",
    SIGN_UP: "open",
    ALLOW_HTTP: "true",
    TRUSTED_PROXIES: "127.0.0.1",
    LOG_LEVEL: "trace",
  });
  const refusals: string[] = [];
  const tokens: string[] = [];
  const post = poster(server.url, refusals);
  const secrets = new Set<string>([TEST_ROOT_KEY, Buffer.from(TEST_ROOT_KEY, "base64").toString("hex")]);
  const plant = (secret: string | null | undefined): string => {
    if (secret === undefined || secret === null || secret === "") throw new Error("there is nothing to plant");
    secrets.add(secret);
    return secret;
  };

  for (let n = 1; n <= PEOPLE; n += 1) {
    // From where somebody signed in stands in the audit log, which cannot be rewritten when keys are replaced.
    const [email, address] = [`planted-${n}@example.test`, `203.0.113.${100 + n}`];
    const password = plant(`pass phrase ${newSecret()}`);
    const signedUp = await post("auth.signUp", { email, password, name: `P ${n}`, transport: "token" }, { address });
    const token = plant(signedUp.token);
    tokens.push(token);
    const by = { token, address };
    const { id: orgId } = await post("orgs.create", { name: `Org ${n}` }, by);
    const invited = await post("members.invite", { orgId, email: `guest-${n}@example.test`, role: "guest" }, by);
    plant(invited.token);
    const keyInput = { orgId, name: "Key", actions: ["org:read"], expiresAt: null };
    const key = plant((await post("keys.create", keyInput, by)).token);
    const place = plant(`203.0.113.${200 + n}`);
    await fetch(`${server.url}/trpc/auth.me`, {
      headers: { authorization: `Bearer ${key}`, "x-forwarded-for": place },
    });
    // It is there, for whoever may see it.
    const shows = async () => JSON.stringify(await post("keys.list", { orgId }, by)).includes(place);
    await until(shows);
    expect(JSON.stringify(await post("sessions.list", {}, by))).toContain(address);
    // Refusals, and inputs that are none.
    await post("auth.signIn", { email, password: plant(`wrong ${newSecret()}`), transport: "token" });
    await post("auth.signIn", { email, password: { text: plant(newSecret()) } });
    await post("members.accept", { token: plant(newSecret()) }, by);
  }
  // What was tampered with is in the log, and shown to nobody.
  await world.db.execute(sql`update session set last_address = left(last_address, 60) where last_address is not null`);
  expect(JSON.stringify(await post("sessions.list", {}, { token: tokens[0] ?? "" }))).toContain('"lastAddress":null');
  await post("passwords.requestReset", { email: "planted-2@example.test" });
  const mail = join(data.path, "mail");
  const link = async () => {
    const files = (await readdir(mail).catch(() => [])).filter((file) => file.endsWith(".eml"));
    const texts = await Promise.all(files.map((file) => readFile(join(mail, file), "utf8")));
    return /reset-password#(?<token>[\w-]{20,})/u.exec(texts.join().replaceAll("=\r\n", ""))?.groups?.["token"];
  };
  await until(async () => (await link()) !== undefined);
  plant(await link());
  expect(secrets.size).toBeGreaterThan(50);
  expect(refusals.length).toBe(3 * PEOPLE);

  const file = join(data.path, "backup");
  const backup = runScript("scripts/backup.ts", ["backup", file], { ...own, PGUSER: world.owner.user });
  expect(await backup.ended()).toBe(0);
  await server.end("SIGTERM");
  const places = {
    "the backup": zstdDecompressSync(await readFile(file)).toString(),
    "the tables": await everyRow(world),
    "the log": server.output(),
    "what was refused": refusals.join("\n"),
  };
  expect(places["the log"]).toContain('"path":"auth.signUp"');
  expect(places["the log"]).toContain("a ciphertext was refused");
  // What is no secret is found there: so would be what is.
  expect(isIn(places["the backup"], "planted-1@example.test")).toBe(true);
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.length > 1_000]).toEqual([place, true]);
    expect([place, [...secrets].filter((secret) => isIn(text, secret))]).toEqual([place, []]);
  }
});
