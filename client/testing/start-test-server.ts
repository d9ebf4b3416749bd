import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { signUpPerson, type TestPerson } from "./person.ts";

export interface TestServerOptions {
  /** Where Trestle is checked out, with its packages installed. Undefined: where this package is part of one. */
  directory?: string | undefined;
  /** Undefined: one that is free. */
  port?: number | undefined;
}

export interface TestServer {
  /** Where it is, such as `http://localhost:41234`. */
  readonly url: string;
  /** The folder that its mail is put into, a file each (`.eml`). */
  readonly mailFolder: string;
  /** Makes somebody with an account of their own, signed in. */
  person(name?: string): Promise<TestPerson>;
  /** Ends it, and removes all that it had. */
  close(): Promise<void>;
}

/** A server that did not start, with a sentence that says why. */
export class TestServerError extends Error {}

const PROGRAM = "scripts/test-server.ts";
/** The first Node that runs TypeScript as it is. */
const NEEDED = [22, 18] as const;

/**
 * Starts a Trestle with an empty database of its own, in a process of its own, which ends with this one whatever becomes
 * of it. Fails with a TestServerError.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const directory = options.directory === undefined ? findCheckout() : resolve(options.directory);
  requireInstalled(directory);
  const program = ["--import", "./scripts/drizzle-cjs.mjs", PROGRAM, String(options.port ?? 0)];
  const child = spawn(nodeFor(directory), program, { cwd: directory, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const { url, mailFolder } = await ready(child);
  const people: TestPerson[] = [];
  return {
    url,
    mailFolder,
    async person(name) {
      const person = await signUpPerson(url, name);
      people.push(person);
      return person;
    },
    async close() {
      await Promise.all(people.splice(0).map(({ trestle }) => trestle.close()));
      // A signal would end it at once on Windows.
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** The checkout that this package is a part of, also where it is linked from there. */
function findCheckout(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, PROGRAM))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new TestServerError('Say where Trestle is checked out: startTestServer({ directory: "../trestle" }).');
}

function requireInstalled(directory: string): void {
  if (!existsSync(join(directory, PROGRAM))) throw new TestServerError(`There is no Trestle in ${directory}.`);
  if (existsSync(join(directory, "node_modules"))) return;
  throw new TestServerError(`Trestle's packages are not installed: run \`npm ci\` in ${directory}.`);
}

/** This Node, or where it is too old the one that Trestle brings. */
function nodeFor(directory: string): string {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isNewEnough = major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
  return isNewEnough ? process.execPath : join(directory, "node_modules/.bin/node");
}

/** Waits until it says where it is. What it complains of is shown here, too, and is the reason if it ends. */
async function ready(child: ChildProcess): Promise<Pick<TestServer, "url" | "mailFolder">> {
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-10_000);
    process.stderr.write(text);
  });
  return new Promise((done, fail) => {
    child.once("error", (error) => fail(new TestServerError(`Trestle could not be started: ${error.message}`)));
    child.once("close", () => fail(new TestServerError(`Trestle did not start: ${said.trim()}`)));
    child.once("message", ({ url, mailFolder }: Pick<TestServer, "url" | "mailFolder">) => {
      // By this name a page of another port on this machine gets its cookies.
      done({ url: url.replace("127.0.0.1", "localhost"), mailFolder });
    });
  });
}
