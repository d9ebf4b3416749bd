import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type ConnectionOptions } from "../db/client.ts";
import { systemClock } from "./core/clock.ts";
import { DataKeys, RootKeyMissing, rootKeyIds } from "./core/encryption/data-keys.ts";
import { ROOT_KEY_BYTES, RootKeys } from "./core/encryption/root-keys.ts";
import { faultCode } from "./core/faults.ts";
import { ConfigurationError, type Env } from "./env.ts";
import { StartError } from "./start.ts";

const MADE = "make one by: npm run -s encryption -- new-key";
/** Of 32 bytes at random hardly ever fewer than 20 differ: one in 10^12. */
const FEWEST_BYTES = 20;

type KeyEnv = Pick<Env, "ENCRYPTION_KEY" | "ENCRYPTION_KEY_FILE" | "DATABASE_URL" | "DATA_DIR" | "NODE_ENV">;

/**
 * The root keys of the environment. On a laptop (embedded database, no production) one is made once, in DATA_DIR. Fails
 * with a `ConfigurationError` when there is none, or one that could be guessed.
 */
export async function openRootKeys(env: KeyEnv): Promise<RootKeys> {
  const known = await knownRootKeys(env);
  if (known) return known;
  const path = ownKeyFile(env);
  if (env.NODE_ENV === "production") {
    throw new ConfigurationError(
      `ENCRYPTION_KEY: is needed in production; ${MADE}. One that was made here before is in ${path}.`,
    );
  }
  if (env.DATABASE_URL !== undefined) {
    throw new ConfigurationError(`ENCRYPTION_KEY: is needed with DATABASE_URL; ${MADE}.`);
  }
  await makeKeyFile(env.DATA_DIR, path);
  return parseRootKeys(path, await readKeyFile(path, path));
}

/** The root keys of the environment, or of the laptop, if there are any. Fails with a `ConfigurationError`. */
export async function knownRootKeys(env: KeyEnv): Promise<RootKeys | undefined> {
  if (env.ENCRYPTION_KEY !== undefined && env.ENCRYPTION_KEY_FILE !== undefined) {
    throw new ConfigurationError("ENCRYPTION_KEY: is given, and ENCRYPTION_KEY_FILE, too. Set one of them.");
  }
  if (env.ENCRYPTION_KEY !== undefined) return parseRootKeys("ENCRYPTION_KEY", env.ENCRYPTION_KEY);
  if (env.ENCRYPTION_KEY_FILE !== undefined) {
    return parseRootKeys("ENCRYPTION_KEY_FILE", await readKeyFile("ENCRYPTION_KEY_FILE", env.ENCRYPTION_KEY_FILE));
  }
  const path = ownKeyFile(env);
  const isLaptop = env.NODE_ENV !== "production" && env.DATABASE_URL === undefined;
  return isLaptop && (await exists(path)) ? parseRootKeys(path, await readKeyFile(path, path)) : undefined;
}

function ownKeyFile({ DATA_DIR }: KeyEnv): string {
  return join(DATA_DIR, "encryption.key");
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * Fails with a `StartError` unless the keys in the database can be unwrapped by these root keys: a process with others
 * would read nothing, and what it wrote nobody else could.
 */
export async function requireFittingKeys(connection: ConnectionOptions, rootKeys: RootKeys): Promise<void> {
  const { db, close } = connect(connection, { max: 1 });
  try {
    // The first process of all makes one, so that the second is held to it.
    const made = new DataKeys({ db, clock: systemClock, rootKeys }).current({ orgId: null, purpose: "seal" });
    await made.catch((error: unknown) => {
      if (!(error instanceof RootKeyMissing)) throw error;
    });
  } finally {
    await close();
  }
  const missing = await missingRootKeys(connection, rootKeys);
  if (missing.length === 0) return;
  throw new StartError(
    `ENCRYPTION_KEY: is not what this database was encrypted by. It has the id ${rootKeys.currentId}, and ${missing.join(" and ")} is needed: give the key of then, too, behind the new one.`,
  );
}

/** The root keys that a database needs and that are not among these. */
export async function missingRootKeys(connection: ConnectionOptions, rootKeys?: RootKeys): Promise<string[]> {
  const { db, close } = connect(connection, { max: 1 });
  try {
    return (await rootKeyIds(db)).filter((id) => rootKeys?.knows(id) !== true);
  } finally {
    await close();
  }
}

/** A new root key, as the environment takes it. */
export function newRootKey(): string {
  return randomBytes(ROOT_KEY_BYTES).toString("base64");
}

/** Root keys of nobody else: for a database that goes with the program. */
export function newRootKeys(): RootKeys {
  return new RootKeys(randomBytes(ROOT_KEY_BYTES));
}

function parseRootKeys(name: string, text: string): RootKeys {
  const [first, ...others] = text.split(/[\s,]+/u).flatMap((part) => (part === "" ? [] : [parseRootKey(name, part)]));
  if (!first) throw new ConfigurationError(`${name}: has no key in it; ${MADE}.`);
  return new RootKeys(first, ...others);
}

function parseRootKey(name: string, text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  const isBase64 = bytes.toString("base64") === text || bytes.toString("base64url") === text;
  if (!isBase64 || bytes.length !== ROOT_KEY_BYTES) {
    throw new ConfigurationError(`${name}: has to be ${ROOT_KEY_BYTES} random bytes in base64; ${MADE}.`);
  }
  if (isGuessable(bytes)) {
    throw new ConfigurationError(`${name}: is a key that somebody thought of, and can be guessed; ${MADE}.`);
  }
  return bytes;
}

/** What is no output of a random generator: a text, a repetition, a sequence. */
function isGuessable(bytes: Buffer): boolean {
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  const steps = bytes.map((byte, at) => (byte - (bytes[at - 1] ?? 0)) & 0xff);
  return isText || new Set(bytes).size < FEWEST_BYTES || new Set(steps).size < FEWEST_BYTES / 2;
}

async function readKeyFile(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = faultCode(error) === "ENOENT" ? "there is no such file" : `it cannot be read (${faultCode(error)})`;
    throw new ConfigurationError(`${name}: ${path === name ? "" : `${path}: `}${reason}.`, { cause: error });
  }
}

/** Makes the file, unless it is there. Of two processes one makes it, whole or not at all. */
async function makeKeyFile(directory: string, path: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const partial = `${path}.new-${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(partial, `${newRootKey()}\n`, { mode: 0o600, flush: true });
    await link(partial, path);
  } catch (error) {
    if (faultCode(error) === "EEXIST") return;
    throw new ConfigurationError(`${path}: cannot be made (${faultCode(error)}).`, { cause: error });
  } finally {
    await rm(partial, { force: true });
  }
}
