import { existsSync, globSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
/** The requirements of levels 1 and 2 of OWASP ASVS 5.0.0: id → level. */
const LEVELS = z
  .record(z.string(), z.union([z.literal(1), z.literal(2)]))
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, "asvs-5.0.0.json"), "utf8")));
const STATES = ["met", "not met", "yours", "n/a"] as const;

interface Row {
  readonly ids: readonly string[];
  readonly state: string;
  readonly says: string;
  readonly proof: string;
}

/** The rows of the tables that begin with requirements. */
const rows = page.split("\n").flatMap((line): Row[] => {
  if (!/^\| V\d/u.test(line)) return [];
  const [ids = "", state = "", says = "", proof = "", ...more] = line.slice(1, -1).split(/ \| | \|$/u);
  if (more.some((text) => text.trim() !== "")) throw new Error(`more than four cells: ${line}`);
  return [{ ids: ids.trim().split(", "), state: state.trim(), says: says.trim(), proof: proof.trim() }];
});

/** How a table ends up in the page, whatever its width. */
function tableOf(heading: string): string {
  const from = page.indexOf(`\n## ${heading}\n`);
  const to = page.indexOf("\n## ", from + 1);
  return page.slice(from, to === -1 ? undefined : to);
}

const anchors = new Set(
  [...page.matchAll(/^#+ (?<heading>.+)$/gmu)].map(({ groups }) =>
    (groups?.["heading"] ?? "")
      .toLowerCase()
      .replaceAll(/[^\w -]/gu, "")
      .replaceAll(" ", "-"),
  ),
);

/** The titles in a test file, as they are written there: of tests, and of what holds some together. */
function titlesIn(text: string): Set<string> {
  const titled =
    /\b(?:test|describe)(?:\.for\((?:[^()]|\([^()]*\))*\))?\(\s*(?<quote>["`])(?<title>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>/gu;
  // `requests.test.ts` has its titles in a table, as `REFUSED`.
  const table = /^const REFUSED\b[^]*?^\};$/mu.exec(text)?.[0] ?? "";
  const keyed = [...table.matchAll(/^ {2}(?:"(?<quoted>[^"]+)"|(?<bare>\w+)): \{/gmu)];
  return new Set([
    ...[...text.matchAll(titled)].map(({ groups }) => groups?.["title"] ?? ""),
    ...keyed.map(({ groups }) => groups?.["quoted"] ?? groups?.["bare"] ?? ""),
  ]);
}

function proofsOf({ proof }: Row): string[] {
  return proof === "" ? [] : proof.split("<br>");
}

describe("the table of the security page", () => {
  test("has every requirement of levels 1 and 2 once, and no other", () => {
    const ids = rows.flatMap((row) => row.ids);
    expect(Object.keys(LEVELS)).toHaveLength(253);
    expect(ids.toSorted()).toEqual(Object.keys(LEVELS).toSorted());
    expect(ids).toHaveLength(new Set(ids).size);
  });

  test("says of each whether it is met, and shows what it is met by, or says what is missing", () => {
    for (const row of rows) {
      expect([row.ids, STATES]).toEqual([row.ids, expect.arrayContaining([row.state])]);
      expect([row.ids, row.says]).toEqual([row.ids, expect.stringMatching(/\S/u)]);
      expect([row.ids, proofsOf(row).length > 0]).toEqual([row.ids, row.state === "met"]);
    }
  });

  test("counts its rows rightly", () => {
    const countOf = (state: string, level?: number) =>
      rows
        .filter((row) => row.state === state)
        .flatMap((row) => row.ids)
        .filter((id) => level === undefined || LEVELS[id] === level).length;
    const counted = STATES.map((state) => [state, countOf(state, 1), countOf(state, 2), countOf(state)].join(" "));
    const table = tableOf("ASVS 5.0.0, level 2").split("\n");
    const shown = table.flatMap((line) => {
      const cells = line.split("|").map((cell) => cell.trim());
      return STATES.some((state) => cells[1] === state) ? [cells.slice(1, 5).join(" ")] : [];
    });
    expect(shown).toEqual(counted);
  });

  test("names tests that there are, and sections of the page", () => {
    const files = new Map<string, Set<string>>();
    const missing: string[] = [];
    for (const proof of rows.flatMap(proofsOf)) {
      const section = /^\[[\w ]+\]\(#(?<anchor>[\w-]+)\)$/u.exec(proof)?.groups?.["anchor"];
      if (section !== undefined) {
        if (!anchors.has(section)) missing.push(proof);
        continue;
      }
      const { file = "", title = "" } = /^`(?<file>[\w/.-]+\.test\.ts)`: "(?<title>.+)"$/u.exec(proof)?.groups ?? {};
      const path = join(ROOT, "test", file);
      expect([proof, file !== "" && existsSync(path)]).toEqual([proof, true]);
      const titles = files.get(file) ?? titlesIn(readFileSync(path, "utf8"));
      files.set(file, titles);
      expect([proof, titles.has(title)]).toEqual([proof, true]);
    }
    expect(missing).toEqual([]);
    expect(files.size).toBeGreaterThan(20);
  });
});

describe("the security page", () => {
  test("links to what there is", () => {
    for (const [, target = ""] of page.matchAll(/\]\((?!https:)([^)]+)\)/gu)) {
      const isThere = target.startsWith("#")
        ? anchors.has(target.slice(1))
        : existsSync(join(ROOT, "docs", target.split("#")[0] ?? ""));
      expect([target, isThere]).toEqual([target, true]);
    }
    const files = [...page.matchAll(/\btest\/[\w/-]+\.test\.ts/gu)].map(([file]) => file);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test("names every file that does cryptography", () => {
    const imports =
      /from "(?:node:crypto|node:tls|@node-rs\/argon2|@simplewebauthn\/server|lucia|otpauth)"|createRequestStateCodec/u;
    const using = ["server", "db"]
      .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
      .map((file) => file.replaceAll(sep, "/"))
      .filter((file) => imports.test(readFileSync(join(ROOT, file), "utf8")));
    const named = [...tableOf("Cryptography").matchAll(/^\| `(?<file>[\w/.-]+)`/gmu)].map(
      ({ groups }) => groups?.["file"] ?? "",
    );
    expect(named.toSorted()).toEqual(using.toSorted());
  });
});
