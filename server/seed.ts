import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { AppError } from "./core/app-error.ts";
import type { AppServices, Context } from "./core/context.ts";
import { newSecret } from "./core/secrets.ts";
import { createCaller } from "./router.ts";

const DemoFile = z.object({
  url: z.string(),
  orgSlug: z.string(),
  projectKey: z.string(),
  boardId: z.string(),
  users: z.array(z.object({ name: z.string(), email: z.string(), password: z.string(), role: z.string() })),
});
/** The sign-ins of the demo, as `demo.json` in the data directory keeps them (mode 0600). */
export type DemoFile = z.infer<typeof DemoFile>;

const PEOPLE = [
  { name: "Demo Owner", email: "owner@demo.test", role: "owner" },
  { name: "Demo Admin", email: "admin@demo.test", role: "admin" },
  { name: "Demo Member", email: "member@demo.test", role: "member" },
  { name: "Demo Guest", email: "guest@demo.test", role: "guest" },
] as const;

const COLUMNS = [
  {
    name: "Ideas",
    stateGroup: "backlog",
    tasks: ["Import a board from Trello", "Watch this board from your own front end"],
  },
  {
    name: "To do",
    stateGroup: "unstarted",
    tasks: ["Read ARCHITECTURE.md", "Add a field to a task", "Invite a colleague"],
  },
  { name: "Doing", stateGroup: "started", tasks: ["Try npm run demo", "Paste the client of the README"] },
  { name: "Done", stateGroup: "completed", tasks: ["Start Trestle"] },
] as const;

/** Whether nobody has an account yet. */
export async function isEmpty({ db }: AppServices): Promise<boolean> {
  const [row] = await db.execute<{ is: boolean }>(sql`select not has_accounts() as is`);
  return row?.is === true;
}

/**
 * Makes the demo through the API itself: an organisation, people with passwords of this data directory, a project and
 * a board. Answers undefined when another process is already doing so.
 */
export async function seedDemo(
  services: AppServices,
  options: { dataDir: string; url: string },
): Promise<DemoFile | undefined> {
  const users = PEOPLE.map((person) => ({ ...person, password: newSecret() }));
  const [owner, ...others] = users;
  if (!owner) throw new Error("the demo has an owner");
  const anonymous = createCaller(contextOf(services, undefined));
  const signUp = async ({ name, email, password }: { name: string; email: string; password: string }) => {
    const { token } = await anonymous.auth.signUp({ name, email, password, transport: "token" });
    return createCaller(contextOf(services, await services.sessions.find(token ?? "")));
  };
  const caller = await signUp(owner).catch((error: unknown) => {
    if (error instanceof AppError && error.kind === "EMAIL_TAKEN") return undefined;
    throw error;
  });
  if (!caller) return undefined;

  const org = await caller.orgs.create({ name: "Demo" });
  for (const { role, ...person } of others) {
    const { token } = await caller.members.invite({ orgId: org.id, email: person.email, role });
    await (await signUp(person)).members.accept({ token });
  }
  const project = await caller.projects.create({ orgId: org.id, name: "Demo project", key: "DEMO" });
  const columns = COLUMNS.map(({ name, stateGroup }) => ({ name, stateGroup }));
  const board = await caller.boards.create({ orgId: org.id, projectId: project.id, name: "Demo board", columns });
  const boardId = board.id;
  const { columns: made } = await caller.boards.get({ boardId });
  for (const { name, tasks } of COLUMNS) {
    const columnId = made.find((column) => column.name === name)?.id ?? "";
    const changes = tasks.map((title) => ({ procedure: "tasks.create", columnId, title }) as const);
    await caller.boards.applyChanges({ boardId, changes });
  }
  const demo = { url: options.url, orgSlug: org.slug, projectKey: project.key, boardId, users };
  saveDemo(options.dataDir, demo);
  return demo;
}

function contextOf(app: AppServices, found: Awaited<ReturnType<AppServices["sessions"]["find"]>>): Context {
  const request = { transport: "caller", userAgent: "demo", setCookie: () => {}, connection: undefined } as const;
  return { app, session: found?.session, user: found?.user, unrecognised: false, request };
}

function saveDemo(dataDir: string, demo: DemoFile): void {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "demo.json");
  writeFileSync(file, `${JSON.stringify(demo, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** The demo of a data directory, if it has one. */
export function readDemo(dataDir: string): DemoFile | undefined {
  try {
    return DemoFile.parse(JSON.parse(readFileSync(join(dataDir, "demo.json"), "utf8")));
  } catch {
    return undefined;
  }
}
