import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type InputOptions, rolldown } from "rolldown";

// Makes what is published, in dist/: index.js, one module with `evolve` and the list of errors in it, and index.d.ts, in
// which the server's types are written out, so that nothing of zod, drizzle or Node is left to look up. The hooks are
// react.js and react.d.ts, which import these two: whoever uses both has one copy of the client. query.js and query.d.ts
// have tRPC's options for TanStack Query in them, which as a package asks for one exact version of tRPC, and not this one.
// tabs.js and tabs.d.ts are for a worker and its tabs. testing.js and testing.d.ts are for Node.

const CLIENT = import.meta.dirname;
const DIST = join(CLIENT, "dist");
const WORK = join(DIST, "work");
/** What the hooks import of everything that is not theirs. */
const BESIDE = "./index.js";
const HOOKS = "./react.js";
const TRPC_QUERY = "@trpc/tanstack-react-query";
/** Resolved, so that the dead-code check sees that it is used. */
const PLAIN = fileURLToPath(import.meta.resolve("./plain.ts"));
/** An import or re-export: oxfmt and tsc both write it in this one form. */
const LINK = /^(?:import|export) (type )?\{([^}]*)\} from "([^"]+)";$/gmu;
const TSCONFIG = {
  extends: "../../../tsconfig.json",
  compilerOptions: {
    noEmit: false,
    noEmitOnError: true,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: "../../..",
    outDir: ".",
  },
  include: [],
  files: [
    "api.ts",
    "../../index.ts",
    "../../react/index.ts",
    "../../query/index.ts",
    "../../tabs/index.ts",
    "../../testing/index.ts",
  ],
};

await rm(DIST, { recursive: true, force: true });
await mkdir(WORK, { recursive: true });
await bundleCode();
await rollTypes();
await copyFile(join(CLIENT, "../LICENSE"), join(DIST, "LICENSE"));
await rm(WORK, { recursive: true });

async function bundleCode(): Promise<void> {
  const common: InputOptions = { platform: "neutral", transform: { target: "es2022" } };
  const external = [/^@trpc\//u, "superjson"];
  const client = await rolldown({ ...common, external, input: join(CLIENT, "index.ts") });
  await client.write({ file: join(DIST, "index.js") });
  await client.close();

  const hooks = await rolldown({
    ...common,
    external: ["react"],
    input: join(CLIENT, "react/index.ts"),
    plugins: [{ name: "beside", resolveId: (id) => (id.startsWith("../") ? { id: BESIDE, external: true } : null) }],
  });
  // Hooks run in components of the browser: a framework that has others, too, is told so.
  await hooks.write({ file: join(DIST, "react.js"), banner: '"use client";' });
  await hooks.close();

  const query = await rolldown({
    ...common,
    external: ["react", "@tanstack/react-query", /^@trpc\/(?:client|server)/u],
    input: join(CLIENT, "query/index.ts"),
    plugins: [
      { name: "beside", resolveId: (id) => (id.startsWith("../react/") ? { id: HOOKS, external: true } : null) },
    ],
  });
  await query.write({ file: join(DIST, "query.js"), banner: '"use client";' });
  await query.close();

  const tabs = await rolldown({ ...common, input: join(CLIENT, "tabs/index.ts") });
  await tabs.write({ file: join(DIST, "tabs.js") });
  await tabs.close();

  const testing = await rolldown({
    input: join(CLIENT, "testing/index.ts"),
    platform: "node",
    plugins: [{ name: "beside", resolveId: (id) => (id.startsWith("../") ? { id: BESIDE, external: true } : null) }],
  });
  await testing.write({ file: join(DIST, "testing.js") });
  await testing.close();
}

async function rollTypes(): Promise<void> {
  await writeFile(join(WORK, "api.ts"), await apiSource());
  await writeFile(join(WORK, "tsconfig.json"), JSON.stringify(TSCONFIG));
  const typescript = dirname(fileURLToPath(import.meta.resolve("typescript/package.json")));
  execFileSync(process.execPath, [join(typescript, "bin/tsc"), "-p", WORK], { stdio: "inherit" });

  const client = await roll(join(WORK, "client/index.d.ts"));
  const needed = new Set(["TRPCBuiltRouter"]);
  const written = await readFile(join(WORK, "client/dist/work/api.d.ts"), "utf8");
  client.statements.unshift(...apiStatements(written, (name) => needed.add(name)));
  client.imports.set("@trpc/server", new Set([...needed, ...(client.imports.get("@trpc/server") ?? [])]));
  // What is written out needs no import.
  client.imports.delete(BESIDE);
  // tRPC's declarations name Disposable, which a front end's own `lib` may not have.
  await writeFile(join(DIST, "index.d.ts"), `/// <reference lib="esnext.disposable" />\n${textOf(client)}`);

  for (const name of ["react", "query", "tabs", "testing"]) {
    const beside = await roll(join(WORK, `client/${name}/index.d.ts`));
    const missing = [...(beside.imports.get(BESIDE) ?? [])].filter((needed) => !client.exported.includes(needed));
    if (missing.length > 0) throw new Error(`The types of ${name} need ${missing.join(", ")} of the client.`);
    await writeFile(join(DIST, `${name}.d.ts`), textOf(beside).replaceAll(`"${TRPC_QUERY}"`, '"./trpc-query.js"'));
  }
  await copyTrpcQuery();
}

/** The types and the licence of the package whose code is in query.js. */
async function copyTrpcQuery(): Promise<void> {
  const theirs = dirname(fileURLToPath(import.meta.resolve(TRPC_QUERY)));
  const types = await readFile(join(theirs, "index.d.mts"), "utf8");
  await writeFile(join(DIST, "trpc-query.d.ts"), types.replace(/^\/\/# sourceMappingURL=.*$/mu, ""));
  await copyFile(join(theirs, "../LICENSE"), join(DIST, "LICENSE-trpc-query"));
}

/** One declaration file, as it is put together. */
interface Declarations {
  /** Module → names; what is above the entry's folder is under `BESIDE`. */
  readonly imports: Map<string, Set<string>>;
  readonly statements: string[];
  readonly exported: readonly string[];
}

/** Our own declaration files behind this one, in one. */
async function roll(entry: string): Promise<Declarations> {
  const imports: Declarations["imports"] = new Map();
  const statements: string[] = [];
  for (const file of await reachableFrom(entry)) {
    const text = await readFile(file, "utf8");
    for (const { names, from } of linksOf(text)) {
      if (from.startsWith("./")) continue;
      const module = from.startsWith("../") ? BESIDE : from;
      imports.set(module, new Set([...(imports.get(module) ?? []), ...names]));
    }
    statements.push(
      text
        .replaceAll(LINK, "")
        // `export {};`: tsc's word for a module that has declarations of its own, too.
        .replaceAll(/^export (?:\{\};$)?/gmu, "")
        .trim(),
    );
  }
  return { imports, statements, exported: linksOf(await readFile(entry, "utf8")).flatMap(({ names }) => names) };
}

function textOf({ imports, statements, exported }: Declarations): string {
  const lines = [
    ...[...imports].map(([from, names]) => `import { ${[...names].toSorted().join(", ")} } from "${from}";`),
    ...statements,
    `export { ${exported.join(", ")} };`,
  ];
  return `${lines.filter(Boolean).join("\n")}\n`;
}

/** A module of ours with values of the server's types: tsc writes the types of values out. */
async function apiSource(): Promise<string> {
  const files = (await readdir(CLIENT)).filter((name) => name.endsWith(".ts"));
  const sources = await Promise.all(files.map((name) => readFile(join(CLIENT, name), "utf8")));
  const modules = new Map<string, string>();
  for (const { types, from } of sources.flatMap(linksOf)) {
    for (const type of types) if (from.startsWith("../server/")) modules.set(type, from);
  }
  modules.delete("AppRouter");
  return [
    'import type { AppRouter } from "../../../server/router.ts";',
    `import { plain, plainErrorShape, plainNames, plainRecord } from "../../${basename(PLAIN)}";`,
    ...[...modules].flatMap(([name, from]) => [
      `import type { ${name} as ${name}_ } from "../../${from}";`,
      `export const ${name} = plain<${name}_>();`,
      `export const ${name}_names = plainNames<${name}_>();`,
    ]),
    "export const ErrorShape = plainErrorShape<AppRouter>();",
    "export const Procedures = plainRecord<AppRouter>();",
  ].join("\n");
}

/** Types of what tsc wrote. Where one of them stands written out within another, its name is put. */
function apiStatements(declarations: string, usesTrpc: (name: string) => void): string[] {
  const written = new Map<string, string>();
  for (const [, name = "", type = ""] of declarations.matchAll(
    /^export declare const (\w+): ([^]*?);$(?=\nexport|\n$)/gmu,
  )) {
    const text = type.replaceAll(/^ +/gmu, "").replaceAll('errorShape: "ErrorShape"', "errorShape: ErrorShape");
    written.set(name, text.replaceAll(/\b(\w+)_\b/gu, "$1"));
  }
  const types = [...written]
    .filter(([name]) => !name.endsWith("_names"))
    .map(([name, type]) => {
      const isAlias = type === name || type.endsWith(`).${name}`);
      const names = written.get(`${name}_names`)?.matchAll(/^"?([^\n":]+)"?: 0;$/gmu) ?? [];
      return { name, type: isAlias ? [...names].map((match) => `"${match[1] ?? ""}"`).join(" | ") : type };
    })
    .toSorted((a, b) => a.type.length - b.type.length);
  for (const [index, { name, type }] of types.entries()) {
    for (const larger of types.slice(index + 1)) larger.type = larger.type.replaceAll(type, name);
  }
  const statements = types.map(({ name, type }) => `type ${name} = ${indented(type)};`);
  statements.push(
    "type AppRouter = TRPCBuiltRouter<{ ctx: object; meta: object; errorShape: ErrorShape; transformer: true }, Procedures>;",
  );
  return statements.map((statement) =>
    statement.replaceAll(/import\("([^"]+)"\)\.(\w+)/gu, (_, from: string, name: string) => {
      if (from === "@trpc/server") usesTrpc(name);
      else if (!written.has(name)) throw new Error(`The published types would need ${name} of ${from}.`);
      return name;
    }),
  );
}

function indented(type: string): string {
  let depth = 0;
  const lines = type.split("\n").map((line) => {
    if (line.startsWith("}")) depth -= 1;
    const text = "  ".repeat(depth) + line;
    if (line.endsWith("{")) depth += 1;
    return text;
  });
  return lines.join("\n");
}

/** Our own declaration files behind this one. */
async function reachableFrom(entry: string): Promise<Set<string>> {
  const found = new Set([entry]);
  for (const file of found) {
    for (const { from } of linksOf(await readFile(file, "utf8"))) {
      if (from.startsWith("./")) found.add(resolve(dirname(file), from.replace(/\.ts$/u, ".d.ts")));
    }
  }
  return found;
}

/** What a module imports and re-exports. */
function linksOf(text: string): { names: string[]; types: string[]; from: string }[] {
  return [...text.matchAll(LINK)].map(([, isType, list = "", from = ""]) => {
    const items = list
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean);
    const names = items.map((item) => item.replace(/^type /u, ""));
    return { names, types: isType ? names : names.filter((name) => items.includes(`type ${name}`)), from };
  });
}
