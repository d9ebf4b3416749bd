import { globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
/** What runs in a server, a browser or beside the database; what is built, what builds it, and what tests start, do not. */
const sources = ["server", "db", "client"]
  .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
  .map((file) => file.replaceAll(sep, "/"))
  .filter((file) => !/(?:^client\/(?:build|dist|testing)\b|node_modules)/u.test(file))
  .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));

function filesWith(pattern: RegExp): string[] {
  return sources.flatMap(({ file, text }) => (pattern.test(text) ? [file] : [])).toSorted();
}

test("nothing is evaluated, and no pattern is made of a text", () => {
  expect(sources.length).toBeGreaterThan(150);
  expect(filesWith(/\beval\(|new Function\b|"node:vm"|new RegExp\(|\bRegExp\(/u)).toEqual([]);
});

test("only the embedded Postgres is a program that the server starts, and never by a shell", () => {
  expect(filesWith(/"node:child_process"/u)).toEqual(["db/embedded/process.ts", "db/embedded/server.ts"]);
  expect(filesWith(/(?<!\.)\bexec(?:Sync)?\(|shell: true/u)).toEqual([]);
});

test("the server dials its database, its mail server, its store of files and the providers of identities that are configured, and nobody else", () => {
  const dialling =
    /\bfetch\(|import \{[^}]*\b(?:connect|createConnection|request|get)\b[^}]*\} from "node:(?:net|tls|https?|http2)"/u;
  expect(filesWith(dialling).filter((file) => !file.startsWith("client/"))).toEqual([
    "db/lane.ts",
    "server/domains/identity/oidc-client.ts",
  ]);
  const clients = filesWith(/"(?:@aws-sdk|nodemailer|openid-client|pg-boss|postgres)(?:\/[\w/-]+)?"/u).filter((file) =>
    file.startsWith("server/"),
  );
  expect(clients).toEqual([
    "server/core/files/s3-store.ts",
    "server/core/jobs.ts",
    "server/core/mail/message.ts",
    "server/core/mail/smtp.ts",
    "server/domains/identity/oidc-client.ts",
  ]);
});

test("statements are made of text without parameters in few places, of which none sees what a client sent", () => {
  expect(filesWith(/sql\.raw\(|\.unsafe\(/u)).toEqual([
    "db/backup/dump.ts",
    "db/backup/load.ts",
    "db/columns.ts",
    "db/lane.ts",
    // Policies.
    "db/walls.ts",
    "server/core/transaction.ts",
    // The texts of rate-limiter-flexible.
    "server/core/try-budget.ts",
  ]);
});

test("what nobody may guess is never of Math.random, and every digest is SHA-256", () => {
  const pauses = /^(?:client\/|server\/(?:connections|core\/faults|core\/batches)\.ts$|server\/core\/live\/)/u;
  expect(filesWith(/Math\.random/u).filter((file) => !pauses.test(file))).toEqual([]);
  expect(filesWith(/create(?:Hash|Hmac)\((?!"sha256")|hkdfSync\((?!"sha256")|\bmd5\b|"sha1"/u)).toEqual([]);
});

test("what is encrypted is so by AES-256-GCM, in one place", () => {
  expect(filesWith(/create(?:C|Dec)ipher/u)).toEqual(["server/core/encryption/gcm.ts"]);
  expect(filesWith(/"aes-256-gcm"/u)).toEqual(["server/core/encryption/gcm.ts"]);
});

test("files are opened in few places, and never by a name that a client gave", () => {
  const opening = filesWith(/"node:fs(?:\/promises)?"/u).filter((file) => file.startsWith("server/"));
  expect(opening).toEqual([
    "server/core/files/folder-store.ts",
    "server/core/files/received-file.ts",
    "server/core/files/s3-store.ts",
    "server/core/mail/folder.ts",
    "server/domains/work/imports/trello-spool.ts",
    "server/env.ts",
    "server/root-keys.ts",
    "server/seed.ts",
    "server/static-file.ts",
    "server/tls.ts",
    "server/web-page.ts",
  ]);
  expect(filesWith(/\.fileName\b/u).filter((file) => opening.includes(file))).toEqual([]);
});
