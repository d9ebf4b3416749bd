/** A signed-in query by HTTP: the direct lane, against bare node:http that does the same, and against tRPC's adapter. */
import { createServer, type RequestListener } from "node:http";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import superjson from "superjson";
import { z } from "zod";
import { Connections } from "../server/connections.ts";
import { createRequestContext } from "../server/context.ts";
import type { AppServices, Context } from "../server/core/context.ts";
import { newId } from "../server/core/ids.ts";
import { router, userProcedure } from "../server/core/trpc.ts";
import { createFrontDoor } from "../server/front-door.ts";
import { RecentSessions } from "../server/recent-sessions.ts";
import { type Bench, bench, BenchError } from "./setup/bench.ts";
import { measure } from "./setup/measure.ts";
import { ownPhone } from "./setup/phone.ts";
import { median, printTable, reportRatio, spread } from "./setup/report.ts";
import { createTeam, ownDatabase, ownServices } from "./setup/world.ts";

const CONNECTIONS = 16;
/** It has got to a third so far: what is left is the chain of middlewares, which both go through. */
const ADAPTER = { atMost: 0.2, failsAt: 0.66 };

const Task = z.object({
  id: z.string(),
  title: z.string(),
  columnId: z.string(),
  version: z.int(),
  labelIds: z.array(z.string()),
  createdAt: z.string(),
});
type Task = z.infer<typeof Task>;
const GetTask = z.strictObject({ id: z.uuid() });

/** What is asked for is in memory: the cost of a database is not that of a call. */
const tasks = new Map<string, Task>();
const benchRouter = router({
  task: userProcedure
    .input(GetTask)
    .output(Task)
    .query(({ input }) => getTask(input.id)),
});

/** The same as tRPC's documentation would have it: no look at who is answered how, and superjson for everything. */
const stock = initTRPC.context<Context>().create({ transformer: superjson });
const stockRouter = stock.router({
  task: stock.procedure
    .use(({ ctx, next }) => {
      if (!ctx.user) throw new TRPCError({ code: "UNAUTHORIZED" });
      return next({ ctx: { user: ctx.user } });
    })
    .input(GetTask)
    .output(Task)
    .query(({ input }) => getTask(input.id)),
});

function getTask(id: string): Task {
  const task = tasks.get(id);
  if (!task) throw new BenchError("there is no such task");
  return task;
}

await bench(async (bench) => {
  const rounds = bench.short ? 5 : 15;
  const count = bench.short ? 2_000 : 8_000;
  const services = await ownServices(bench, await ownDatabase(bench), 2);
  const { owner } = await createTeam(services, 1);
  const id = newId();
  const createdAt = "2030-01-31T12:00:00.000Z";
  tasks.set(id, {
    id,
    title: "Prepare the release notes",
    columnId: newId(),
    version: 17,
    labelIds: [newId()],
    createdAt,
  });

  const recentSessions = new RecentSessions(services);
  const variants = [
    { says: "bare node:http", listener: bareListener(services, recentSessions), cpuUs: new Array<number>() },
    { says: "the direct lane", listener: laneListener(services, recentSessions), cpuUs: new Array<number>() },
    {
      says: "tRPC's standalone adapter",
      listener: adapterListener(services, recentSessions),
      cpuUs: new Array<number>(),
    },
  ];
  const phone = await ownPhone(bench);
  const input = encodeURIComponent(JSON.stringify({ json: { id } }));
  const headers = { authorization: `Bearer ${owner.token}` };
  const runs = await Promise.all(
    variants.map(async ({ listener, cpuUs }) => {
      const url = `${await ownServer(bench, listener)}/trpc/task?input=${input}`;
      return { cpuUs, call: { url, method: "GET" as const, headers, count, connections: CONNECTIONS } };
    }),
  );
  const bodies = await Promise.all(runs.map(async ({ call }) => (await fetch(call.url, { headers })).text()));
  if (new Set(bodies).size !== 1) throw new Error(`the answers differ: ${bodies.join(" ")}`);

  for (let round = -1; round < rounds; round += 1) {
    for (const { cpuUs, call } of runs) {
      const measured = await measure(() => phone.call(call));
      if (round >= 0) cpuUs.push(measured.cpuUs / count);
    }
  }

  console.log(`  ${rounds} rounds of ${count} calls over ${CONNECTIONS} connections, the same session and answer`);
  printTable(
    ["CPU of the server's process, µs a call (least..most)", ""],
    variants.map(({ says, cpuUs }) => [says, spread(cpuUs)]),
  );
  const [bare = Number.NaN, lane = Number.NaN, adapter = Number.NaN] = variants.map(({ cpuUs }) => median(cpuUs));
  reportRatio(bench, "the direct lane takes, of bare node:http", lane / bare, { atMost: 2 });
  reportRatio(bench, "the direct lane takes, of tRPC's standalone adapter", lane / adapter, ADAPTER);
});

/** What the fewest lines do that recognise the caller in the same way and answer the same. */
function bareListener(app: AppServices, recent: RecentSessions): RequestListener {
  return (req, res) => {
    const claim = app.sessions.tokenOf({ authorization: req.headers.authorization });
    const url = req.url ?? "";
    const answer = (found: ReturnType<RecentSessions["known"]>): void => {
      if (!found) {
        res.writeHead(401).end();
        return;
      }
      const input: unknown = JSON.parse(decodeURIComponent(url.slice(url.indexOf("=") + 1)));
      const body = JSON.stringify({ result: { data: { json: getTask(idOf(input)) } } });
      res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
    };
    const known = claim && recent.known(claim.token);
    if (known || !claim) answer(known);
    else void recent.find(claim.token).then(answer);
  };
}

function idOf(input: unknown): string {
  const json: unknown = Reflect.get(Object(input), "json");
  return String(Reflect.get(Object(json), "id"));
}

function laneListener(app: AppServices, recentSessions: RecentSessions): RequestListener {
  return createFrontDoor({
    app,
    router: benchRouter,
    connections: new Connections(app),
    recentSessions,
    origins: { publicUrl: "http://localhost", allowedOrigins: [], allowLoopback: true },
    onRefusedOrigin: () => {},
    isDraining: () => false,
  });
}

function adapterListener(app: AppServices, recent: RecentSessions): RequestListener {
  return createHTTPHandler({
    router: stockRouter,
    basePath: "/trpc/",
    maxBodySize: 1 << 20,
    maxBatchSize: 20,
    createContext: ({ req, res }) => {
      const setCookie = (cookie: string) => res.appendHeader("Set-Cookie", cookie);
      return createRequestContext(app, req, { setCookie, recent });
    },
  });
}

/** A server with this listener, on a free port. */
async function ownServer(bench: Bench, listener: RequestListener): Promise<string> {
  const server = await bench.own(
    () => createServer(listener),
    (opened) => {
      opened.close();
      opened.closeAllConnections();
    },
  );
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}
