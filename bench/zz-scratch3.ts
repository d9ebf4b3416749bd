import { startEmbeddedPostgres } from "../db/embedded.ts";
import { migrate } from "../db/migrate.ts";
import { createServices } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { bench } from "./setup/bench.ts";
import { ownDataDir } from "./setup/temporary.ts";
import { createBoard, createTeam, at, type TeamBoard } from "./setup/world.ts";
import { underLoad } from "./setup/measure.ts";
import { percentile } from "./setup/report.ts";
import { sql } from "drizzle-orm";
import postgres from "postgres";
await bench(async (bench) => {
  const dataDir = await ownDataDir(bench);
  const { connection } = await bench.own(startEmbeddedPostgres({ dataDir }), (s) => s.close());
  await migrate(connection);
  const pool = Number(process.env["POOL"] ?? 32);
  const { services } = await bench.own(Promise.resolve(createServices({ connection, poolSize: pool, log: createLogger("warn"), secure: false })), (s) => s.close());
  const spy = postgres({ ...connection, max: 1, onnotice() {} });
  await bench.own(Promise.resolve(spy), () => spy.end());
  const teams = [await createTeam(services, 32)];
  if (process.env["TEAMS"]) while (teams.length < 32) teams.push(await createTeam(services, 1));
  const boards: TeamBoard[] = [];
  for (let i = 0; i < 32; i++) boards.push(await createBoard(at(teams, i % teams.length), ["To do", "Done"], 8));
  const shared = await createBoard(at(teams, 0), ["To do", "Done"], 64);
  const turns = new Map<string, number>();
  const go = (own: boolean) => async (w: number) => {
    const b = own ? at(boards, w) : shared;
    const turn = (turns.get(`${own}${w}`) ?? 0) + 1; turns.set(`${own}${w}`, turn);
    const caller = own && teams.length > 1 ? at(teams, w).owner.caller : at(at(teams, 0).people, w).caller;
    await caller.tasks.move({ boardId: b.id, taskId: at(b.taskIds, own ? 0 : w * 2), columnId: at(b.columnIds, turn % 2), after: null });
  };
  const sample = async (label: string, writers: number, ms: number, call: (w: number) => Promise<void>) => {
    const waits = new Map<string, number>();
    let on = true; let n = 0;
    const sampling = (async () => {
      while (on) {
        for (const r of await spy`select coalesce(wait_event_type || ':' || wait_event, 'CPU') as w, left(regexp_replace(query, '\\s+', ' ', 'g'), 40) as q, state from pg_stat_activity where pid <> pg_backend_pid() and application_name = 'trestle' and state <> 'idle'`) {
          const k = `${r["w"]} | ${r["state"]} | ${r["q"]}`; waits.set(k, (waits.get(k) ?? 0) + 1);
        }
        n++;
        await new Promise((r) => setTimeout(r, 40));
      }
    })();
    const l = await underLoad(writers, ms, call);
    on = false; await sampling;
    console.log(`\n${label}: ${l.perSecond.toFixed(0)}/s p50 ${percentile(l.latenciesMs, 0.5).toFixed(1)} p99 ${percentile(l.latenciesMs, 0.99).toFixed(1)} node cpu ${(l.cpuUs / l.latenciesMs.length).toFixed(0)} µs`);
    for (const [k, v] of [...waits].sort((a, b) => b[1] - a[1]).slice(0, 14)) console.log(`   ${(v / n).toFixed(2).padStart(6)}  ${k}`);
  };
  if (process.env["ANALYZE"]) await spy`analyze`;
  for (const w of [1, 8, 32]) { await sample(`warm ${w}`, w, 1000, go(true)); await sample(`32 boards ${w} writers`, w, 4000, go(true)); }
  for (const w of [1, 8, 32]) await sample(`one board ${w} writers`, w, 4000, go(false));
});
