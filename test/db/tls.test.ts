import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test as base } from "vitest";
import { z } from "zod";
import { connect } from "../../db/client.ts";
import { findBinaries } from "../../db/embedded/binaries.ts";
import { createCluster } from "../../db/embedded/cluster.ts";
import { findPlace } from "../../db/embedded/place.ts";
import { childOptions } from "../../db/embedded/process.ts";
import { Jobs } from "../../server/core/jobs.ts";
import { createLogger } from "../../server/core/log.ts";
import { freePort, runScript } from "../e2e/program.ts";
import { until } from "../setup/clients.ts";
import { createCertificate, saveCertificate, trustInTest } from "../setup/certificate.ts";

interface SecurePostgres {
  /** Where only encrypted connections are let in. */
  readonly port: string;
  /** A file with its authority. */
  readonly authority: string;
  /** Gives it a certificate of another name, and answers it. */
  rename(name: string): Promise<string>;
}

/** A Postgres with a certificate for localhost. */
const test = base.extend<{ $file: { postgres: SecurePostgres } }>({
  postgres: [
    async ({}, use) => {
      const directory = mkdtempSync(join(tmpdir(), "trestle-tls-"));
      const place = await findPlace(directory, () => {});
      const binaries = await findBinaries(place.account, dirname(place.cluster));
      await createCluster(place, binaries, false);
      const files = await saveCertificate(await createCertificate("localhost"), place.account?.uid);
      const access = join(place.cluster, "secure_hba.conf");
      writeFileSync(access, "hostssl all all 127.0.0.1/32 trust\n", { mode: 0o644 });
      const port = await freePort();
      const settings = {
        listen_addresses: "127.0.0.1",
        unix_socket_directories: "",
        port,
        hba_file: access,
        fsync: "off",
        ssl: "on",
        ssl_cert_file: files.cert,
        ssl_key_file: files.key,
      };
      const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      const options = childOptions(place.account);
      const server = spawn(join(binaries.directory, "postgres"), ["-D", place.cluster, ...args], {
        ...options,
        stdio: ["ignore", "ignore", "pipe"],
      });
      const ended = once(server, "exit");
      let said = "";
      server.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      await until(() => said.includes("ready to accept connections"));
      const rename = async (name: string) => {
        const other = await createCertificate(name);
        writeFileSync(files.cert, other.cert);
        writeFileSync(files.key, other.key);
        said = "";
        server.kill("SIGHUP");
        await until(() => said.includes("reloading configuration files"));
        return other.cert;
      };
      await use({ port, authority: files.cert, rename });
      server.kill("SIGQUIT");
      await ended;
      await files.remove();
      rmSync(directory, { recursive: true });
    },
    { scope: "file" },
  ],
});

async function migrate(url: string, environment: Record<string, string> = {}): Promise<string> {
  const program = runScript("scripts/migrate.ts", [], { DATABASE_URL: url, ...environment });
  await program.ended();
  return program.output();
}

test("sslmode=verify-full goes to a server whose certificate has its name, by an authority that is known", async ({
  postgres,
}) => {
  const { port, authority } = postgres;
  const known = { NODE_EXTRA_CA_CERTS: authority };
  const url = (mode: string) => `postgres://postgres@localhost:${port}/postgres${mode}`;
  expect(await migrate(url("?sslmode=verify-full"), known)).toMatch(/^The database is up to date\.\n$/mu);
  const refused =
    /^DATABASE_URL cannot be used: its server's certificate is not of that host, or of no authority that is known/u;
  expect(await migrate(url("?sslmode=verify-full"))).toMatch(refused);
  expect(await migrate(url(""), known)).toMatch(/^DATABASE_URL cannot be used: this user may not sign in/u);
});

test("the queue of jobs takes sslmode as everything else does: verify-full for a known authority and its name alone", async ({
  postgres,
}) => {
  const url = (mode: string) => `postgres://postgres@localhost:${postgres.port}/postgres?sslmode=${mode}`;
  const patience = { retries: 0, firstRetrySeconds: 1, longestRetrySeconds: 1, timeoutSeconds: 10 };
  const kind = { name: "by-tls", payload: z.strictObject({}), ...patience };
  const { db, close } = connect({ url: url("require") }, { max: 1 });
  const enqueueBy = async (mode: string) => {
    const jobs = new Jobs({ connection: { url: url(mode) }, log: createLogger("silent") });
    try {
      await db.transaction((tx) => jobs.enqueue(tx, kind, {}));
    } finally {
      await jobs.close();
    }
  };
  const jobs = () => db.execute(sql`select 1 from pgboss.job where name = 'by-tls'`);
  // Encrypted, whoever signed the certificate.
  await enqueueBy("require");
  await expect(enqueueBy("verify-full")).rejects.toThrow("no answer in time");
  expect(await jobs()).toHaveLength(1);
  trustInTest(readFileSync(postgres.authority, "utf8"));
  await enqueueBy("verify-full");
  expect(await jobs()).toHaveLength(2);
  // Known, and of another name.
  trustInTest(await postgres.rename("elsewhere.example"));
  onTestFinished(async () => void (await postgres.rename("localhost")));
  await expect(enqueueBy("verify-full")).rejects.toThrow("no answer in time");
  expect(await jobs()).toHaveLength(2);
  await close();
});
