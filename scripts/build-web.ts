/** `npm run build`: makes the page that the server has at `/`, of what is in `web/` and `client/`, into `web/dist`. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const HELP = `Usage: npm run build [-- --if-changed]

Builds the page into web/dist, each file also compressed. The server reads it when it starts.

  --if-changed   does nothing when that was built from the same sources already, or when the tools that build are not
                 installed (npm ci --omit=dev) and there is a page
`;
const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "web/dist");
/** From what sources it was built. */
const STAMP = join(DIST, ".sources");
/** What the page is made of, directly or not. */
const SOURCES = ["web", "client", "server", "db/enums.ts", "package-lock.json", "scripts/build-web.ts"];
const COMPRESSED = /\.(?:html|js|css|svg|json)$/u;

const { values } = parseArgs({
  options: { "if-changed": { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
});
if (values.help) process.stdout.write(HELP);
else await main(values["if-changed"]);

async function main(ifChanged: boolean): Promise<void> {
  const sources = await digestOfSources();
  const built = existsSync(STAMP) ? await readFile(STAMP, "utf8") : undefined;
  if (ifChanged && (built === sources || !isVitePresent())) return;
  const start = performance.now();
  process.stdout.write("Building the page…\n");
  const { build } = await import("vite");
  await build({ configFile: join(ROOT, "web/vite.config.ts"), logLevel: "warn" });
  await compressAll();
  await writeFile(STAMP, sources);
  process.stdout.write(`Built the page in ${((performance.now() - start) / 1_000).toFixed(1)} s.\n`);
}

function isVitePresent(): boolean {
  return existsSync(join(ROOT, "node_modules/vite/package.json"));
}

async function digestOfSources(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    for (const file of await filesOf(source))
      hash
        .update(file)
        .update("\0")
        .update(await readFile(join(ROOT, file)));
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

/** Beside each text a copy by brotli and one by gzip, as small as they get: it is done once. */
async function compressAll(): Promise<void> {
  for (const entry of await readdir(DIST, { recursive: true })) {
    if (!COMPRESSED.test(entry)) continue;
    const body = await readFile(join(DIST, entry));
    const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: body.length } });
    await writeFile(join(DIST, `${entry}.br`), brotli);
    await writeFile(join(DIST, `${entry}.gz`), gzipSync(body, { level: 9 }));
  }
}
