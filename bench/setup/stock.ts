import { EventEmitter, on } from "node:events";
import { initTRPC, tracked, TRPCError } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { and, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import superjson from "superjson";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { event, membership, session, stream, task } from "../../db/schema/index.ts";
import { newNonce } from "../../server/core/ids.ts";
import { sha256 } from "../../server/core/secrets.ts";
import type { Bench } from "./bench.ts";
import { toPeerEvent } from "./peers.ts";
import { addresses, listen, type Running, type ServerOptions } from "./running.ts";
import type { Connection } from "./world.ts";

const Move = z.object({ orgId: z.uuid(), boardId: z.uuid(), taskId: z.uuid(), columnId: z.uuid(), rank: z.string() });
interface News {
  readonly id: string;
  readonly data: object;
}
const News = z.custom<News>((value) => typeof value === "object" && value !== null);

/**
 * The same tables behind tRPC and Drizzle as their documentation has them: a procedure that opens a transaction, looks
 * whether the caller is a member, moves the task, counts the board's version and writes the event; and a subscription
 * that yields what an emitter says. No limit of the column, no rank of its own, no stored answer, no way to resume.
 */
export async function ownStockStack(bench: Bench, connection: Connection, max: number) {
  const client = await bench.own(
    () => postgres({ ...connection, max, fetch_types: false }),
    (client) => client.end({ timeout: 5 }),
  );
  const db = drizzle({ client });
  const emitter = new EventEmitter().setMaxListeners(0);
  const t = initTRPC.context<{ userId: string | undefined }>().create({ transformer: superjson });
  const signedIn = t.procedure.use(({ ctx: { userId }, next }) => {
    if (userId === undefined) throw new TRPCError({ code: "UNAUTHORIZED" });
    return next({ ctx: { userId } });
  });
  const roleIn = async (tx: Pick<typeof db, "select">, orgId: string, userId: string) => {
    const [member] = await tx
      .select({ role: membership.role })
      .from(membership)
      .where(and(eq(membership.orgId, orgId), eq(membership.userId, userId)));
    return member?.role ?? "guest";
  };
  const router = t.router({
    move: signedIn.input(Move).mutation(async ({ ctx, input: { orgId, boardId, taskId, columnId, rank } }) => {
      const { moved, news } = await db.transaction(async (tx) => {
        if ((await roleIn(tx, orgId, ctx.userId)) === "guest") throw new TRPCError({ code: "FORBIDDEN" });
        const [head] = await tx
          .update(stream)
          .set({ version: sql`${stream.version} + 1`, nonce: newNonce() })
          .where(eq(stream.id, boardId))
          .returning({ version: stream.version, nonce: stream.nonce });
        if (!head) throw new TRPCError({ code: "NOT_FOUND" });
        const at = new Date();
        const [moved] = await tx
          .update(task)
          .set({ columnId, rank, version: head.version, updatedAt: at })
          .where(and(eq(task.boardId, boardId), eq(task.id, taskId)))
          .returning();
        const what = { type: "task.moved", data: { taskId, columnId, rank }, at };
        const by = { actorId: ctx.userId, mutationId: taskId, accessVersion: 1 };
        await tx.insert(event).values({ streamId: boardId, orgId, ...head, ...by, ...what });
        const { version, nonce } = head;
        const data = { ...what, at: at.toISOString(), version, actorId: ctx.userId, mutationId: taskId };
        return { moved, news: { id: `${version}.${nonce}`, data } satisfies News };
      });
      emitter.emit(boardId, news);
      return moved;
    }),
    live: signedIn.input(z.object({ boardId: z.uuid() })).subscription(async function* ({ input, signal }) {
      for await (const [news] of on(emitter, input.boardId, signal ? { signal } : {})) {
        const { id, data } = News.parse(news);
        yield tracked(id, data);
      }
    }),
  });
  const findUser = async (token: string | undefined) => {
    if (token === undefined) return { userId: undefined };
    const isValid = and(eq(session.id, sha256(token)), gt(session.expiresAt, new Date()));
    const [found] = await db.select({ userId: session.userId }).from(session).where(isValid);
    return { userId: found?.userId };
  };
  return { router, emitter, findUser, createCaller: t.createCallerFactory(router) };
}

/** It behind tRPC's standalone adapter and its WebSocket adapter: https://trpc.io/docs/server/subscriptions */
export async function openStock(bench: Bench, { connection }: ServerOptions): Promise<Running> {
  const { router, emitter, findUser } = await ownStockStack(bench, connection, 10);
  const handler = createHTTPHandler({
    router,
    createContext: ({ req }) => findUser(req.headers.authorization?.replace("Bearer ", "")),
  });
  const server = await listen(bench, handler);
  applyWSSHandler({
    wss: new WebSocketServer({ server }),
    router,
    keepAlive: { enabled: true },
    createContext: ({ info }) => findUser(info.connectionParams?.["token"]),
  });
  const { url, socketUrl } = addresses(server);
  return {
    url,
    socketUrl: `${socketUrl}?connectionParams=1`,
    tell(events) {
      for (const event of events) emitter.emit(event.streamId, toPeerEvent(event));
    },
  };
}
