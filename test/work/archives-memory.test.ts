import { buffer } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { Exported } from "../../server/domains/work/archives/archives.contract.ts";
import { runOperation, sendArchive } from "../setup/archive.ts";
import { test } from "../setup/world.ts";

// A file of its own: what is measured is the memory of this process.

const MIB = 1 << 20;
const TASKS = 20_000;
const DESCRIPTION = "What there is to do. ".repeat(10);
/** As rows and lines all of them together would take more than 50 MiB. */
const GROWTH_BYTES = 24 * MIB;

setFlagsFromString("--expose-gc");
const collect: unknown = runInNewContext("gc");

/** What is in use, without what only waits to be collected. */
function usedBytes(): number {
  if (typeof collect !== "function") throw new Error("the flag makes it one");
  Reflect.apply(collect, undefined, []);
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test("20,000 tasks are exported and imported in bounded memory", async ({ world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const board = await org.board({ tasks: ["First"] });
  await world.db.execute(sql`alter table task disable trigger user`);
  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), t.org_id, t.project_id, t.board_id, t.column_id, 1 + n, 'b' || lpad(n::text, 8, '0'),
      'Task ' || n, ${DESCRIPTION}, 'none', '{}', 'open', 1, t.created_by, t.created_at, t.updated_at
    from task t, generate_series(1, ${TASKS - 1}::int) n where t.id = ${board.task("First")}::uuid`);
  const before = usedBytes();
  let highest = before;
  const look = setInterval(() => {
    highest = Math.max(highest, usedBytes());
  }, 1_000);
  const exporting = await org.owner.caller.archives.exportBoard({ boardId: board.id });
  await runOperation(world, exporting);
  const { result } = await org.owner.caller.operations.get({ operationId: exporting.id });
  const { fileId, counts } = Exported.parse(result);
  const bytes = await buffer(await world.services.files.read({ orgId: org.id, id: fileId }));
  const importing = await sendArchive(world, other.owner, other.id, bytes);
  await runOperation(world, importing);
  clearInterval(look);
  const done = await other.owner.caller.operations.get({ operationId: importing.id });
  expect([counts["tasks"], done.state, done.errorFields]).toEqual([TASKS, "done", null]);
  expect((highest - before) / MIB).toBeLessThan(GROWTH_BYTES / MIB);
  const tasks = await other.owner.caller.tasks.count({ orgId: other.id, filter: "" });
  expect(tasks).toMatchObject({ count: TASKS });
});
