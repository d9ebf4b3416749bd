import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import * as schema from "../db/schema/index.ts";
import { createServices } from "../server/app.ts";
import { createLogger } from "../server/core/log.ts";
import { getBoard } from "../server/domains/work/opening.ts";
import { bench } from "./setup/bench.ts";
import { createBoard, createTeam, ownDatabase, at } from "./setup/world.ts";
import { median } from "./setup/report.ts";
await bench(async (bench) => {
  const connection = await ownDatabase(bench);
  const { services } = await bench.own(Promise.resolve(createServices({ connection, poolSize: 10, log: createLogger("warn"), secure: false })), (s) => s.close());
  const team = await createTeam(services, 20);
  const board = await createBoard(team, ["To do", "Doing", "Review", "Done"], 1000);
  const client = postgres({ ...connection, max: 1, fetch_types: false, onnotice() {} });
  await bench.own(Promise.resolve(client), () => client.end());
  const heard: any[] = [];
  await getBoard(drizzle({ client, schema, logger: { logQuery: (t: string, p: unknown[]) => void heard.push([t, p]) } }), { userId: team.owner.id, boardId: board.id, action: "board:read" });
  const [text, params] = heard[0];
  const time = async (label: string, t: string) => {
    const ms: number[] = [];
    for (let i = 0; i < 12; i++) { const s = performance.now(); await client.unsafe(t, params, { prepare: true }); ms.push(performance.now() - s); }
    const rows = await client.unsafe(`explain analyze ${t}`, params, { prepare: false });
    console.log(label.padEnd(50), median(ms).toFixed(1), "ms;", rows.slice(-2).map((r: any) => r["QUERY PLAN"]).join(" "));
  };
  const lateral = text.replace(/left join \(select x\.task_id, json_agg\(x\.user_id order by x\.user_id\) as ids from task_assignee x\s+where x\.board_id = (\$\d+)::uuid group by x\.task_id\) a on a\.task_id = t\.id/, "left join lateral (select json_agg(x.user_id order by x.user_id) as ids from task_assignee x where x.board_id = t.board_id and x.task_id = t.id and t.board_id = $1::uuid) a on true").replace(/left join \(select x\.task_id, json_agg\(x\.label_id order by x\.label_id\) as ids from task_label x\s+where x\.board_id = (\$\d+)::uuid group by x\.task_id\) l on l\.task_id = t\.id/, "left join lateral (select json_agg(x.label_id order by x.label_id) as ids from task_label x where x.board_id = t.board_id and x.task_id = t.id) l on true");
  // keep all params referenced
  const nums = (s: string) => new Set([...s.matchAll(/\$(\d+)/g)].map((m) => m[1]));
  const missing = [...nums(text)].filter((n) => !nums(lateral).has(n));
  const lat2 = missing.length ? lateral.replace(/from verdict v$/, `from verdict v where ${missing.map((n) => `$${n}::uuid is not null`).join(" and ")}`) : lateral;
  console.log("missing", missing, lateral !== text);
  const arr = (s: string) => s.replaceAll(/json_agg\(x\.user_id order by x\.user_id\)/g, "to_json(array(select 1))");
  await time("as it is, no statistics", text);
  await time("lateral, no statistics", lat2);
  await client`alter function iso stable`;
  await time("iso stable, no statistics", text);
  await time("lateral + iso stable, no statistics", lat2);
  await client`alter function iso immutable`;
  await client`analyze`;
  await time("as it is, analyzed", text);
  await time("lateral, analyzed", lat2);
  await client`alter function iso stable`;
  await time("iso stable, analyzed", text);
  await time("lateral + iso stable, analyzed", lat2);
  // no iso at all
  await time("no iso() at all, analyzed", text.replaceAll(/iso\((t\.\w+)\)/g, "$1"));
  const noCards = text.replace(/json_build_object\(\s*'id', t\.id[\s\S]*?iso\(t\.updated_at\)\)/, "json_build_object('id', t.id)");
  await time("cards of one field", noCards);
});
