import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type ICruiseResult, cruise } from "dependency-cruiser";
import extractDepcruiseConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import { beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const VIOLATIONS = join(import.meta.dirname, "violations");
/** Folders of the root that hold none of our modules; any other is cruised, so a new one cannot be forgotten. */
const NO_SOURCES = /^(?:\..*|node_modules|data|data-.*|dist|docs)$/u;

/** How many of our modules were read when this was last raised. It only goes up: fewer means that the cruise is blind. */
const MODULES_FLOOR = 120;

const { forbidden = [], options = {} } = await extractDepcruiseConfig(join(ROOT, ".dependency-cruiser.mjs"));
const ruleNames = forbidden.map((rule) => rule.name ?? "a rule without a name").toSorted();

async function cruiseTree(baseDir: string, folders: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(folders, { ...options, validate: true, ruleSet: { forbidden }, baseDir });
  if (typeof output === "string") throw new Error(`Expected a result, got text: ${output}`);
  return output;
}

/** The TypeScript files below `folder`, relative to `root`, with "/" on every platform. */
async function filesIn(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true });
  return entries
    .map((entry) => `${folder}/${entry.replaceAll("\\", "/")}`)
    .filter((path) => /\.tsx?$/u.test(path) && !/(?:^|\/)(?:node_modules|dist|violations)\//u.test(path));
}

async function foldersIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory() && !NO_SOURCES.test(entry.name)).map((entry) => entry.name);
}

async function allFilesIn(root: string): Promise<string[]> {
  const folders = await foldersIn(root);
  return (await Promise.all(folders.map(async (folder) => filesIn(root, folder)))).flat().toSorted();
}

function violationsOf(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

describe("the project", () => {
  let project: ICruiseResult;

  beforeAll(async () => {
    project = await cruiseTree(ROOT, await foldersIn(ROOT));
  });

  test("breaks no dependency rule", () => {
    expect(violationsOf(project)).toEqual([]);
  });

  test("is read whole by the cruise: every file, and no fewer than before", async () => {
    const read = new Set(project.modules.map((module) => module.source));
    const files = await allFilesIn(ROOT);
    expect(files.filter((file) => !read.has(file))).toEqual([]);
    expect(files.length).toBeGreaterThanOrEqual(MODULES_FLOOR);
  });

  test("is read with its imports, those of types among them", () => {
    const imports = project.modules.flatMap(({ source, dependencies }) =>
      dependencies.map(
        (to) => `${source} → ${to.resolved}${to.dependencyTypes.includes("type-only") ? " (type)" : ""}`,
      ),
    );
    expect(imports.length).toBeGreaterThan(MODULES_FLOOR);
    expect(imports.filter((line) => line.endsWith("(type)")).length).toBeGreaterThan(0);
  });
});

describe("the folder of deliberate violations", () => {
  /** What each file there says that it breaks. */
  async function promised(): Promise<string[]> {
    const files = await allFilesIn(VIOLATIONS);
    const lines = await Promise.all(
      files.map(async (file) => {
        const rule = /^\/\/ breaks: (?<rule>\S+)\n/u.exec(await readFile(join(VIOLATIONS, file), "utf8"))?.groups?.[
          "rule"
        ];
        return rule === undefined ? [] : [`${rule}: ${file}`];
      }),
    );
    return lines.flat().toSorted();
  }

  test("breaks every rule once, and each breach is reported", async () => {
    const result = await cruiseTree(VIOLATIONS, await foldersIn(VIOLATIONS));
    const reported = result.summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`).toSorted();
    expect(reported).toEqual(await promised());
    expect(result.summary.violations.map(({ rule }) => rule.name).toSorted()).toEqual(ruleNames);
  });

  test("has rules to break, all of them errors", () => {
    expect(ruleNames.length).toBeGreaterThan(0);
    expect(forbidden.filter((rule) => rule.severity !== "error")).toEqual([]);
  });
});
