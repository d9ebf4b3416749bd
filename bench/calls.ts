/** A signed-in query by HTTP: the direct lane, against bare node:http that does the same, and against tRPC's adapter. */
import { bench } from "./setup/bench.ts";
import { TASK_QUERY } from "./setup/call-servers.ts";
import { Called } from "./setup/callers.contract.ts";
import { ownCallers } from "./setup/own-callers.ts";
import { ownServer } from "./setup/own-server.ts";
import { printTable, reportRatio, spread } from "./setup/report.ts";
import { createTeam, ownDatabase, ownServices } from "./setup/world.ts";

const CONNECTIONS = 16;
/** It has got to a third so far: what is left is the chain of middlewares, which both go through. */
const ADAPTER = { atMost: 0.2, failsAt: 0.66 };

await bench(async (bench) => {
  const rounds = bench.short ? 3 : 4;
  const calls = bench.short ? 1_500 : 4_000;
  const connection = await ownDatabase(bench);
  const services = await ownServices(bench, connection, 2);
  const { owner } = await createTeam(services, 1);
  const headers = { authorization: `Bearer ${owner.token}` };
  const open = async (kind: "node:http" | "direct lane" | "tRPC's adapter") => {
    const server = await ownServer(bench, kind, connection);
    const line = { url: `${server.url}${TASK_QUERY}`, headers, bodies: [] };
    return { kind, server, line, cpuUs: new Array<number>() };
  };
  const [bare, lane, adapter] = [await open("node:http"), await open("direct lane"), await open("tRPC's adapter")];
  const variants = [bare, lane, adapter];
  const bodies = await Promise.all(variants.map(async ({ line }) => (await fetch(line.url, { headers })).text()));
  if (new Set(bodies).size !== 1) throw new Error(`the answers differ: ${bodies.join(" ")}`);

  const callers = await ownCallers(bench);
  for (let round = -1; round < rounds; round += 1) {
    for (const { server, line, cpuUs } of variants) {
      const lines = Array.from({ length: CONNECTIONS }, () => line);
      const taken = await server.measure(() => callers.ask({ lines, until: { calls } }, Called));
      if (round >= 0) cpuUs.push(taken.cpuUs / calls);
    }
  }

  console.log(`  ${rounds} rounds of ${calls} calls over ${CONNECTIONS} connections, the same session and answer`);
  printTable(
    ["CPU of the server's process, µs a call (least..most)", ""],
    variants.map(({ kind, cpuUs }) => [kind, spread(cpuUs)]),
  );
  const what = "CPU for a signed-in query by HTTP";
  const against = "bare node:http that does the same look-up";
  reportRatio(bench, { what, against, ours: lane.cpuUs, theirs: bare.cpuUs, goal: { atMost: 2 } });
  const ofAdapter = { what, against: "tRPC's standalone adapter", ours: lane.cpuUs, theirs: adapter.cpuUs };
  reportRatio(bench, { ...ofAdapter, goal: ADAPTER });
});
