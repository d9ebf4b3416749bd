import type { RequestListener } from "node:http";
import { initTRPC, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import superjson from "superjson";
import { z } from "zod";
import { Connections } from "../../server/connections.ts";
import { createRequestContext } from "../../server/context.ts";
import type { AppServices, Context } from "../../server/core/context.ts";
import { router, userProcedure } from "../../server/core/trpc.ts";
import { createFrontDoor } from "../../server/front-door.ts";
import { RecentSessions } from "../../server/recent-sessions.ts";
import type { Bench } from "./bench.ts";
import { addresses, listen, type Running, type ServerOptions } from "./running.ts";
import { ownServices } from "./world.ts";

const Task = z.object({
  id: z.string(),
  title: z.string(),
  columnId: z.string(),
  version: z.int(),
  labelIds: z.array(z.string()),
  createdAt: z.string(),
});
const GetTask = z.strictObject({ id: z.uuid() });
type GetTask = z.infer<typeof GetTask>;

/** What is asked for is in memory: the cost of a database is not that of a call. */
const TASK: z.infer<typeof Task> = {
  id: "019376a0-0000-7000-8000-000000000001",
  title: "Prepare the release notes",
  columnId: "019376a0-0000-7000-8000-000000000002",
  version: 17,
  labelIds: ["019376a0-0000-7000-8000-000000000003"],
  createdAt: "2030-01-31T12:00:00.000Z",
};
const TASKS = new Map([[TASK.id, TASK]]);
/** The query that all of them answer. */
export const TASK_QUERY = `/task?input=${encodeURIComponent(JSON.stringify({ json: { id: TASK.id } }))}`;

const benchRouter = router({
  task: userProcedure
    .input(GetTask)
    .output(Task)
    .query(({ input }) => getTask(input)),
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
    .query(({ input }) => getTask(input)),
});

function getTask({ id }: GetTask): z.infer<typeof Task> {
  const task = TASKS.get(id);
  if (!task) throw new Error("there is no such task");
  return task;
}

/** The fewest lines of `node:http` that recognise the caller in the same way and answer the same. */
export async function openHttp(bench: Bench, { connection }: ServerOptions): Promise<Running> {
  const app = await ownServices(bench, connection, 2);
  const recent = new RecentSessions(app);
  return open(bench, (req, res) => {
    const claim = app.sessions.tokenOf({ authorization: req.headers.authorization });
    const url = req.url ?? "";
    const answer = (found: ReturnType<RecentSessions["known"]>): void => {
      if (!found) {
        res.writeHead(401).end();
        return;
      }
      const input: unknown = JSON.parse(decodeURIComponent(url.slice(url.indexOf("=") + 1)));
      const body = JSON.stringify({ result: { data: { json: getTask({ id: idOf(input) }) } } });
      res.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
    };
    const known = claim && recent.known(claim.token);
    if (known || !claim) answer(known);
    else void recent.find(claim.token).then(answer);
  });
}

function idOf(input: unknown): string {
  const json: unknown = Reflect.get(Object(input), "json");
  return String(Reflect.get(Object(json), "id"));
}

/** What Trestle answers calls with. */
export async function openLane(bench: Bench, { connection }: ServerOptions): Promise<Running> {
  const app = await ownServices(bench, connection, 2);
  const listener = createFrontDoor({
    app,
    router: benchRouter,
    page: undefined,
    connections: new Connections(app),
    recentSessions: new RecentSessions(app),
    origins: { publicUrl: "http://localhost", allowedOrigins: [], allowLoopback: true },
    onRefusedOrigin: () => {},
    isDraining: () => false,
  });
  return open(bench, listener);
}

/** tRPC's standalone adapter: https://trpc.io/docs/server/adapters/standalone */
export async function openAdapter(bench: Bench, { connection }: ServerOptions): Promise<Running> {
  const app: AppServices = await ownServices(bench, connection, 2);
  const recent = new RecentSessions(app);
  const listener = createHTTPHandler({
    router: stockRouter,
    basePath: "/trpc/",
    maxBodySize: 1 << 20,
    maxBatchSize: 20,
    createContext: ({ req, res }) => {
      const setCookie = (cookie: string) => res.appendHeader("Set-Cookie", cookie);
      return createRequestContext(app, req, { setCookie, recent });
    },
  });
  return open(bench, listener);
}

async function open(bench: Bench, listener: RequestListener): Promise<Running> {
  return addresses(await listen(bench, listener), "/trpc");
}
