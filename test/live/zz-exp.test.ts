import { expect } from "vitest";
import postgres from "postgres";
import { test } from "../setup/world.ts";
import { newId } from "../../server/core/ids.ts";

test("terminate under load", async ({ world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["A"] });
  const admin = postgres({ ...world.connection, max: 1, fetch_types: false });
  const results: string[] = [];
  const errors: unknown[] = [];
  process.on("uncaughtException", (e) => errors.push(e));
  process.on("unhandledRejection", (e) => errors.push(e));
  let stop = false;
  const acked: string[] = [];
  const writer = async () => {
    while (!stop) {
      const id = newId();
      try {
        await org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("A"), title: "t", id, mutationId: newId() });
        acked.push(id);
      } catch (e) {
        results.push(String((e as any).cause?.cause ?? (e as any).cause ?? e));
      }
    }
  };
  const ws = Array.from({ length: 8 }, writer);
  const t0 = Date.now();
  let kills = 0;
  while (Date.now() - t0 < 8000) {
    await new Promise((r) => setTimeout(r, 30));
    kills += (await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname=current_database() and pid<>pg_backend_pid() and state <> 'idle' limit 1`).length;
  }
  stop = true;
  console.log("stopping", kills, acked.length, results.slice(0, 5), errors.length, errors.slice(0, 3));
  await Promise.race([Promise.all(ws), new Promise((r) => setTimeout(r, 12000))]);
  const rows = await admin`select id from task where board_id=${board.id}`;
  const have = new Set(rows.map((r) => r.id));
  console.log("acked", acked.length, "missing", acked.filter((a) => !have.has(a)).length, "rows", rows.length, results.length, errors.length);
  console.log(await admin`select count(*), min(number), max(number) from task where board_id=${board.id}`);
  console.log(await admin`select version, (select count(*) from event where stream_id=s.id) from stream s where id=${board.id}`);
  console.log(await admin`select state, wait_event, query from pg_stat_activity where datname=current_database() and pid<>pg_backend_pid()`);
  await admin.end();
  expect(1).toBe(1);
}, 60000);
