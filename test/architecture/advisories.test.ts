import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");

/**
 * The first version of a package without its known holes, by the advisory that says so. For all that is installed, also
 * by others; `npm audit` knows more, and asks a registry, which a build has not always.
 */
const FLOORS: Record<string, { from: string; advisory: string }> = {
  "@trpc/server": { from: "11.15.0", advisory: "GHSA-43p4-m455-4f4j, GHSA-pj3v-9cm8-gvj8, and later fixes" },
  "drizzle-orm": { from: "0.45.2", advisory: "GHSA-gpj5-g38j-94v9" },
  esbuild: { from: "0.25.0", advisory: "GHSA-67mh-4wv8-2f99" },
  nodemailer: { from: "7.0.11", advisory: "GHSA-mm7p-fcc7-pg87, GHSA-rcmh-qjqh-p98v" },
  superjson: { from: "1.8.1", advisory: "GHSA-5888-ffcr-r425" },
  ws: { from: "8.21.0", advisory: "GHSA-58qx-3vcg-4xpx, GHSA-96hv-2xvq-fx4p" },
  zod: { from: "3.22.3", advisory: "GHSA-m95q-7qp3-xv42" },
};

const Versions = z.record(z.string(), z.string());
const Manifest = z.object({ dependencies: Versions, devDependencies: Versions });
const LockFile = z.object({ packages: z.record(z.string(), z.object({ version: z.string().optional() })) });

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, file), "utf8"));
}

function isBelow(version: string, floor: string): boolean {
  return floor.localeCompare(version, "en", { numeric: true }) > 0;
}

test.for(Object.entries(FLOORS))("no installed %s has a hole that is known", ([name, { from, advisory }]) => {
  const { packages } = LockFile.parse(read("package-lock.json"));
  const versions = Object.entries(packages).flatMap(([path, { version }]) =>
    path.endsWith(`node_modules/${name}`) && version !== undefined ? [version] : [],
  );
  expect(versions).not.toEqual([]);
  expect({ advisory, versions: versions.filter((version) => isBelow(version, from)) }).toEqual({
    advisory,
    versions: [],
  });
});

test("a floor is a floor", () => {
  expect(["8.20.9", "8.3.0", "7.99.0"].filter((version) => isBelow(version, "8.21.0"))).toHaveLength(3);
  expect(["8.21.0", "8.21.1", "8.100.0", "10.0.0"].filter((version) => isBelow(version, "8.21.0"))).toEqual([]);
});

const Bom = z.object({
  bomFormat: z.literal("CycloneDX"),
  components: z.array(
    z.object({
      "bom-ref": z.string(),
      hashes: z.array(z.unknown()).optional(),
      properties: z.array(z.object({ name: z.string(), value: z.string() })),
    }),
  ),
});

test("npm run sbom names everything that is installed, with its digests, and what is not of a server", () => {
  const text = execFileSync("npm", ["run", "--silent", "sbom"], { cwd: ROOT, encoding: "utf8", maxBuffer: 64 << 20 });
  const { components } = Bom.parse(JSON.parse(text));
  const isOfDevelopment = new Map(
    components.map((component) => [
      component["bom-ref"],
      component.properties.some(({ name }) => name === "cdx:npm:package:development"),
    ]),
  );
  const { dependencies, devDependencies } = Manifest.parse(read("package.json"));
  for (const [name, version] of Object.entries(dependencies)) {
    expect([name, isOfDevelopment.get(`${name}@${version}`)]).toEqual([name, false]);
  }
  expect(isOfDevelopment.get(`vitest@${devDependencies["vitest"]}`)).toBe(true);
  // What comes within another package is covered by that one's digest.
  const isBundled = ({ properties }: (typeof components)[number]) =>
    properties.some(({ name }) => name === "cdx:npm:package:bundled");
  const withoutDigest = components
    .filter((component) => !component.hashes?.length && !isBundled(component))
    .map((component) => component["bom-ref"]);
  expect(withoutDigest.filter((name) => !name.startsWith("@trestle/"))).toEqual([]);
});
