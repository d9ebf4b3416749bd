/** `npm run build`: makes the page that the server has at `/`, of what is in `web/` and `client/`, into `web/dist`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";

const HELP = `Usage: npm run build [-- --if-changed]

Builds the page into web/dist. The server looks there when it starts.

  --if-changed   does nothing when that was built from the same sources already, or when the tools that build are not
                 installed (npm ci --omit=dev) and there is a page
`;
const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "web/dist");
/** From which files it was built, and what they said. */
const STAMP = join(DIST, ".sources.json");
const Stamp = z.object({ files: z.array(z.string()), digest: z.string() });
/** What the page is made of, besides the modules that these import. */
const SOURCES = ["web", "package-lock.json", "scripts/build-web.ts"];

const { values } = parseArgs({
  options: { "if-changed": { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
});
if (values.help) process.stdout.write(HELP);
else await main(values["if-changed"]);

async function main(ifChanged: boolean): Promise<void> {
  if (ifChanged && ((await isUpToDate()) || !existsSync(join(ROOT, "node_modules/vite/package.json")))) return;
  const start = performance.now();
  process.stdout.write("Building the page…\n");
  // Whatever the shell says: React has a slower build for development.
  // oxlint-disable-next-line eslint/no-restricted-properties
  process.env["NODE_ENV"] = "production";
  const { build } = await import("vite");
  const built = await build({ configFile: join(ROOT, "web/vite.config.ts"), logLevel: "warn" });
  const modules = [built]
    .flat()
    .flatMap((one) => ("output" in one ? one.output : []))
    .flatMap(modulesOf);
  const files = [...new Set([...modules, ...(await sources())])].toSorted();
  await writeFile(STAMP, JSON.stringify({ files, digest: await digestOf(files) }));
  process.stdout.write(`Built the page in ${((performance.now() - start) / 1_000).toFixed(1)} s.\n`);
}

/** The page that is there was built from what is there now. */
async function isUpToDate(): Promise<boolean> {
  if (!existsSync(STAMP)) return false;
  const { files, digest } = Stamp.parse(JSON.parse(await readFile(STAMP, "utf8")));
  const added = (await sources()).filter((file) => !files.includes(file));
  return added.length === 0 && (await digestOf(files)) === digest;
}

async function sources(): Promise<string[]> {
  return (await Promise.all(SOURCES.map(filesOf))).flat();
}

/** Our own files in a part of the page. */
function modulesOf(part: { type: string; moduleIds?: string[] }): string[] {
  const own = (part.moduleIds ?? []).filter((id) => id.startsWith(ROOT) && !id.includes("node_modules"));
  return own.map((id) => id.slice(ROOT.length + 1).replace(/\?.*$/u, ""));
}

async function digestOf(files: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0`);
    hash.update(await readFile(join(ROOT, file)).catch(() => "deleted"));
  }
  return hash.digest("hex");
}

/** The files of a folder that may be a part of the page, sorted; a file is its own only one. */
async function filesOf(source: string): Promise<string[]> {
  if (/\.\w+$/u.test(source)) return [source];
  const entries = await readdir(join(ROOT, source), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((file) => !/(?:^|[\\/])(?:dist|node_modules)[\\/]/u.test(file))
    .toSorted();
}
