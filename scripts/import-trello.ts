/** `npm run import:trello -- FILE`: makes a board of a Trello export. `--help` tells more. */
import { openAsBlob } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { createTrestle, type Trestle } from "../client/index.ts";
import { ConfigurationError, readEnv, readServerUrl } from "../server/env.ts";
import { explain, ImportError } from "./import-trello/refusal.ts";
import { describeReport, toSize } from "./import-trello/report.ts";

const HELP = `Usage: npm run import:trello -- FILE [--url URL] [--token TOKEN] [--org SLUG] [--project KEY]

Makes a board of the export of a Trello board (in Trello: Menu, Share, Export as JSON). A file that was imported to the
project before is compared with its board: what is new is added, what exists is left as it is.

  --url URL      the server (TRESTLE_URL, else where the demo is, else http://127.0.0.1:3000)
  --token TOKEN  the bearer token of a session (else the demo's owner signs in)
  --org SLUG     the organisation (else the demo's; else the only one that there is)
  --project KEY  the project (else the demo's; else the only one that there is)

The demo is the one that DATA_DIR/demo.json tells of: it was made when the server was first started here.
`;

const Demo = z.object({
  url: z.string(),
  orgSlug: z.string(),
  projectKey: z.string(),
  users: z.array(z.object({ email: z.string(), password: z.string() })).min(1),
});
type Demo = z.infer<typeof Demo>;

interface Arguments {
  readonly file: string;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly org: string | undefined;
  readonly project: string | undefined;
}

function readArguments(): Arguments | "help" {
  const text = { type: "string" } as const;
  try {
    const options = {
      url: text,
      token: text,
      org: text,
      project: text,
      help: { type: "boolean", short: "h" },
    } as const;
    const { values, positionals } = parseArgs({ allowPositionals: true, options });
    if (values.help === true) return "help";
    const [file, ...others] = positionals;
    if (file === undefined) throw new ImportError("Which file? Try: npm run import:trello -- board.json");
    if (others.length > 0) throw new ImportError(`One file at a time, please: not also ${others.join(", ")}.`);
    const { url, token, org, project } = values;
    return { file, url, token, org, project };
  } catch (error) {
    throw new ImportError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given === "help") {
    console.log(HELP);
    return;
  }
  const sizeBytes = await requireFile(given.file);
  const demo = await readDemo(readEnv().DATA_DIR);
  const url = given.url ?? readServerUrl() ?? demo?.url ?? "http://127.0.0.1:3000";
  if (!URL.canParse(url)) throw new ImportError(`This is no address of a server: ${url}`);
  const trestle = createTrestle({ url, token: given.token });
  try {
    const target = await findTarget(trestle, given, demo);
    console.log(
      `Importing ${basename(given.file)} (${toSize(sizeBytes)}) to ${target.orgName}, ${target.projectName} …`,
    );
    const { orgId, projectId } = target;
    const input = { orgId, projectId, fileName: basename(given.file).slice(-255) };
    const startedAt = performance.now();
    const { boardId, report } = await trestle.importTrello(input, await openAsBlob(given.file));
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    const { board } = await trestle.boards.get.query({ boardId });
    console.log(`Done in ${seconds} s.\n\n${describeReport(board, report)}`);
  } catch (error) {
    throw explain(error, { url, file: given.file });
  } finally {
    await trestle.close();
  }
}

/** The size of a file, in bytes. */
async function requireFile(file: string): Promise<number> {
  const found = await stat(file).catch((error: unknown) => {
    throw new ImportError(`There is no file ${file} that can be read.`, { cause: error });
  });
  if (!found.isFile()) throw new ImportError(`${file} is not a file.`);
  return found.size;
}

/** The demo of a data directory, if it has one. */
async function readDemo(dataDir: string): Promise<Demo | undefined> {
  try {
    return Demo.parse(JSON.parse(await readFile(join(dataDir, "demo.json"), "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new ImportError(`The demo's sign-ins in ${join(dataDir, "demo.json")} cannot be read.`, { cause: error });
  }
}

/** Signs in when there is no token, and finds the organisation and the project by their names. */
async function findTarget(trestle: Trestle, given: Arguments, demo: Demo | undefined) {
  const demoUser = demo?.users[0];
  if (given.token === undefined) {
    if (!demoUser) throw new ImportError("Whose session? Pass --token: there is no demo in this data directory.");
    await trestle.auth.signIn.mutate({ email: demoUser.email, password: demoUser.password, transport: "token" });
  }
  const { orgs } = await trestle.auth.me.query();
  const slug = given.org ?? (given.token === undefined ? demo?.orgSlug : undefined);
  const org = choose(orgs, slug, ({ slug }) => slug, "organisation", "--org");
  const projects = await listProjects(trestle, org.id);
  const key = given.project ?? (slug === demo?.orgSlug ? demo?.projectKey : undefined);
  const project = choose(projects, key, ({ key }) => key, `project in ${org.name}`, "--project");
  return { orgId: org.id, orgName: org.name, projectId: project.id, projectName: project.name };
}

async function listProjects(trestle: Trestle, orgId: string) {
  const first = await trestle.projects.list.query({ orgId, limit: 100 });
  const { items } = first;
  for (let cursor = first.nextCursor; cursor !== null;) {
    const page = await trestle.projects.list.query({ orgId, limit: 100, cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** The one of a name, or the only one when none is asked for. */
function choose<T>(
  those: readonly T[],
  wanted: string | undefined,
  nameOf: (one: T) => string,
  noun: string,
  flag: string,
): T {
  const found = those.find((one) => nameOf(one).toLowerCase() === wanted?.toLowerCase());
  const [only, ...others] = those;
  if (found !== undefined) return found;
  if (wanted === undefined && only !== undefined && others.length === 0) return only;
  const names = those.map(nameOf).join(", ");
  if (wanted === undefined) throw new ImportError(`Which ${noun}? Pass ${flag}: ${names || "you have none"}.`);
  throw new ImportError(`There is no ${noun} called ${wanted}${names === "" ? "." : `, but there is ${names}.`}`);
}

try {
  await main();
} catch (error) {
  const expected = error instanceof ImportError || error instanceof ConfigurationError;
  console.error(expected ? error.message : error);
  process.exitCode = 1;
}
