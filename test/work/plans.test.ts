import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createServices } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { createManyTasks } from "../setup/many-tasks.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { signedIn, test, type World } from "../setup/world.ts";

// What is asked most often finds its rows by an index, however many there are of others, and of the caller's own.

const TASKS = 100_000;
/** Tables that grow with what people do. */
const BIG = ["task", "task_assignee", "task_label", "comment", "search_text", "event"];

/** A process with one connection, so that what it did can be told apart. */
function readerOf({ connection }: World) {
  const settings = { poolSize: 1, rootKeys: TEST_ROOT_KEYS, pollMs: 3_600_000, wakeUps: false, secure: false };
  return createServices({ ...settings, connection, log: createLogger("silent") });
}

/** How often big tables were read from one end to the other. */
async function sequentialScans(world: World): Promise<Record<string, number>> {
  const rows = await world.db.execute<{ name: string; scans: number }>(sql`
    select relname as name, seq_scan::int as scans from pg_stat_user_tables
    where schemaname = 'public' and relname = any(${`{${BIG.join(",")}}`}::text[])`);
  return Object.fromEntries(rows.map(({ name, scans }) => [name, scans]));
}

test(
  "the commonest reads and writes read no big table from one end to the other",
  { timeout: 120_000 },
  async ({ world }) => {
    const { org, boards } = await createManyTasks(world, TASKS);
    const [board] = boards;
    if (!board) throw new Error("there are boards");
    const { services, close } = readerOf(world);
    const { caller } = await signedIn(services, (await org.as("member")).token);
    const [orgId, boardId] = [org.id, board.id];
    const columnId = board.column("Doing");
    const [task] = (await caller.tasks.list({ boardId, columnId, state: "open", limit: 1 })).items;
    const at = { boardId, taskId: task?.id ?? "" };
    const search = (input: Omit<Parameters<typeof caller.tasks.search>[0], "orgId">) => () =>
      caller.tasks.search({ orgId, ...input });
    const { id: viewId } = await caller.views.create({
      orgId,
      boardId,
      name: "Month",
      kind: "calendar",
      filter: "is:open",
    });
    const calls: Record<string, () => Promise<unknown>> = {
      "a board": () => caller.boards.get({ boardId }),
      "tasks by number": () => caller.tasks.list({ boardId }),
      "tasks of a column": () => caller.tasks.list({ boardId, columnId, state: "open" }),
      "a task": () => caller.tasks.get(at),
      "its comments": () => caller.comments.list(at),
      "its checklists": () => caller.checklists.get(at),
      "its history": () => caller.tasks.history({ ...at }).catch(() => null),
      "its activity": () => caller.activity.ofTask(at),
      "the activity of a board": () => caller.activity.ofBoard({ boardId }),
      "the activity of a person": () => caller.activity.ofPerson({ orgId, userId: org.owner.id }),
      boards: () => caller.boards.list({ orgId }),
      projects: () => caller.projects.list({ orgId }),
      members: () => caller.members.list({ orgId }),
      "the newest tasks": search({}),
      "the newest of a board": search({ boardId }),
      "what was changed last on a board": search({ boardId, order: "updated" }),
      "what is due first": search({ filter: "due:<7d -is:done", order: "due" }),
      "my tasks": search({ filter: "assignee:me -state:completed" }),
      "my overdue tasks": search({ filter: "assignee:me is:overdue", order: "due" }),
      "what nobody has": search({ filter: "assignee:none priority:>=high" }),
      "by a label": search({ filter: "label:bug" }),
      "by a rare word": search({ filter: "993" }),
      "by common words": search({ filter: "report task" }),
      "by a misspelt word": search({ filter: "clendar" }),
      "by a word of mine": search({ filter: "invoice assignee:me", order: "due" }),
      "by a field of a project": search({ boardId, order: "cf.Points" }),
      "the days of a saved view": () => caller.views.rows({ orgId, viewId, from: "2030-01-01", to: "2030-01-31" }),
      "how many there are on a board": () => caller.tasks.count({ orgId, boardId, filter: "-is:done" }),
      "how many of mine": () => caller.tasks.count({ orgId, filter: "assignee:me" }),
      "what is in the trash": () => caller.trash.list({ boardId }),
      "the time of a task": () => caller.time.list({ orgId, ...at }),
      "my notifications": () => caller.notifications.list({}),
      "by its key": search({ filter: task?.key ?? "" }),
      "a task is made": () => caller.tasks.create({ boardId, columnId, title: "New" }),
      "a task is moved": () => caller.tasks.move({ ...at, columnId: board.column("Done") }),
      "a comment": () => caller.comments.create({ ...at, text: "Said" }),
    };
    for (const call of Object.values(calls)) await call();
    const scanned = new Map<string, string[]>();
    for (const [name, call] of Object.entries(calls)) {
      const before = await sequentialScans(world);
      await call();
      // Its connection tells what it did with the end of this.
      await services.db.execute(sql`select pg_stat_force_next_flush()`);
      const after = await sequentialScans(world);
      const tables = BIG.filter((table) => before[table] !== after[table]);
      if (tables.length > 0) scanned.set(name, tables);
    }
    await close();
    expect(Object.fromEntries(scanned)).toEqual({});
    // It would be seen.
    const before = await sequentialScans(world);
    await world.db.execute(sql`select count(*) from task where title like '%x%'`);
    await world.db.execute(sql`select pg_stat_force_next_flush()`);
    await expect.poll(async () => (await sequentialScans(world))["task"]).toBeGreaterThan(before["task"] ?? 0);
  },
);
