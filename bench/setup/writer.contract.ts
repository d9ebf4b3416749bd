import { z } from "zod";

const Connection = z.object({ host: z.string(), port: z.int(), user: z.string(), database: z.string() });
const Board = z.object({
  id: z.string(),
  columnIds: z.array(z.string()).readonly(),
  taskIds: z.array(z.string()).readonly(),
});

/** Whose task this is to move to and fro. */
const Mover = z.object({ userId: z.string(), token: z.string(), board: Board, task: z.int() });
export type Mover = z.infer<typeof Mover>;

/**
 * What a process that writes is told. `open`: how it writes, to which tasks, one for each of its writers; `run`: to let
 * the first so many of them go on for a while; `moved`: how often it moved tasks of a board.
 */
export const ToWriter = z.discriminatedUnion("do", [
  z.object({
    do: z.literal("open"),
    as: z.enum(["trestle", "stock", "update"]),
    connection: Connection,
    orgId: z.string(),
    movers: z.array(Mover).min(1),
  }),
  z.object({ do: z.literal("run"), writers: z.int(), ms: z.number() }),
  z.object({ do: z.literal("moved") }),
]);
export type ToWriter = z.infer<typeof ToWriter>;

/** By board. */
export const Moved = z.record(z.string(), z.int());
