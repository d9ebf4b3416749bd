import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../db/embedded.ts";
import { migrate } from "../db/migrate.ts";
import { createServices } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { bench } from "./setup/bench.ts";
import { ownDataDir } from "./setup/temporary.ts";
import { createBoard, createTeam, at } from "./setup/world.ts";
import { sql } from "drizzle-orm";
await bench(async (bench) => {
  const dataDir = await ownDataDir(bench);
  const { connection } = await bench.own(startEmbeddedPostgres({ dataDir, settings: { log_line_prefix: "%m [%p] " } }), (s) => s.close());
  await migrate(connection);
  const { services } = await bench.own(Promise.resolve(createServices({ connection, poolSize: 1, log: createLogger("warn"), secure: false })), (s) => s.close());
  const team = await createTeam(services, 2);
  const board = await createBoard(team, ["To do", "Doing", "Review", "Done"], 128);
  const move = async (i: number) => team.owner.caller.tasks.move({ boardId: board.id, taskId: at(board.taskIds, 0), columnId: at(board.columnIds, i % 2 + 1 - (i%2)*2 + 0 || 0), after: null });
  const go = (i: number) => team.owner.caller.tasks.move({ boardId: board.id, taskId: at(board.taskIds, 0), columnId: at(board.columnIds, (i + 1) % 2), after: null });
  for (const label of ["unanalyzed", "analyzed"]) {
    for (let i = 0; i < 20; i++) await go(i);
    const n = 300;
    const t = performance.now();
    for (let i = 0; i < n; i++) await go(i);
    console.log(label, ((performance.now() - t) / n).toFixed(2), "ms a move, one writer");
    await services.db.execute(sql`alter system set log_min_duration_statement = 0`);
    await services.db.execute(sql`select pg_reload_conf()`);
    await new Promise((r) => setTimeout(r, 300));
    await services.db.execute(sql`select 'MARK'`);
    await go(0); await go(1);
    await services.db.execute(sql`alter system set log_min_duration_statement = -1`);
    await services.db.execute(sql`select pg_reload_conf()`);
    await new Promise((r) => setTimeout(r, 200));
    const log = await readFile(join(dataDir, "postgres", "server.log"), "utf8");
    console.log(log.slice(log.lastIndexOf("MARK")).replaceAll(/\n\s+/g, " ").replaceAll(/(.{260}).*/g, "$1…"));
    if (label === "unanalyzed") await services.db.execute(sql`analyze`);
  }
});
