import { initTRPC } from "@trpc/server";
import { and, eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import superjson from "superjson";
import { z } from "zod";
import { event, membership, stream, task } from "../../db/schema/index.ts";
import { newNonce } from "../../server/core/ids.ts";
import type { Bench } from "./bench.ts";
import type { Connection } from "./world.ts";

const Move = z.object({ orgId: z.uuid(), boardId: z.uuid(), taskId: z.uuid(), columnId: z.uuid(), rank: z.string() });

/**
 * The same tables behind tRPC and Drizzle as their documentation has them: a procedure that opens a transaction, looks
 * whether the caller is a member, moves the task, counts the board's version and writes the event. No limit of the
 * column, no rank of its own, no stored answer, no hub.
 */
export async function ownStockStack(bench: Bench, connection: Connection, max: number) {
  const client = await bench.own(
    () => postgres({ ...connection, max, fetch_types: false }),
    (client) => client.end({ timeout: 5 }),
  );
  const db = drizzle({ client });
  const t = initTRPC.context<{ userId: string }>().create({ transformer: superjson });
  const router = t.router({
    move: t.procedure.input(Move).mutation(({ ctx, input: { orgId, boardId, taskId, columnId, rank } }) =>
      db.transaction(async (tx) => {
        const [member] = await tx
          .select({ role: membership.role })
          .from(membership)
          .where(and(eq(membership.orgId, orgId), eq(membership.userId, ctx.userId)));
        if (!member || member.role === "guest") throw new Error("forbidden");
        const [head] = await tx
          .update(stream)
          .set({ version: sql`${stream.version} + 1`, nonce: newNonce() })
          .where(eq(stream.id, boardId))
          .returning({ version: stream.version, nonce: stream.nonce });
        if (!head) throw new Error("there is no such board");
        const at = new Date();
        const [moved] = await tx
          .update(task)
          .set({ columnId, rank, version: head.version, updatedAt: at })
          .where(and(eq(task.boardId, boardId), eq(task.id, taskId)))
          .returning();
        const news = { type: "task.moved", data: { taskId, columnId, rank }, at };
        const by = { actorId: ctx.userId, mutationId: taskId, accessVersion: 1 };
        await tx.insert(event).values({ streamId: boardId, orgId, ...head, ...by, ...news });
        return moved;
      }),
    ),
  });
  return t.createCallerFactory(router);
}
