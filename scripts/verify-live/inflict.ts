import { setTimeout as delay } from "node:timers/promises";
import { deleteBoard, endSessions, revokeInBurst } from "./deeds.ts";
import type { Edge } from "./edge.ts";
import type { Fault } from "./faults.ts";
import type { Random } from "./random.ts";
import { restoreBackup } from "./restore.ts";
import type { ServerProcess } from "./server-process.ts";
import type { World } from "./world.ts";

/** Lets a fault happen, and mends what it broke. */
export async function inflict(world: World, { kind, dice }: Fault): Promise<void> {
  const { cluster } = world.system;
  switch (kind) {
    case "kill a server":
      return withServer(world, dice, async (server) => {
        await server.kill();
        await delay(dice.int(0, 500));
        await server.start();
      });
    case "roll all servers":
      // One after the other: of two that go on at once, each takes away the server that the other one counts on.
      return world.alone("rolling", async () => {
        for (const server of world.system.servers) {
          await world.alone(server.name, async () => {
            await server.stop();
            await server.start();
          });
        }
      });
    case "restart Postgres (fast)":
      return world.alone("database", () => cluster.restart("fast", dice.int(0, 800)));
    case "restart Postgres (immediate)":
      return world.alone("database", () => cluster.restart("immediate", dice.int(0, 800)));
    case "pause a server":
      return withServer(world, dice, (server) =>
        server.pause(dice.chance(0.3) ? dice.int(4_000, 8_000) : dice.int(1_000, 3_000)),
      );
    case "cut an edge":
      return onEdges(world, dice, (edge) => interrupt(edge, "end", dice.int(0, 700)));
    case "reset an edge":
      return onEdges(world, dice, (edge) => interrupt(edge, "reset", dice.int(0, 300)));
    case "black-hole an edge":
      return onEdges(world, dice, (edge) => during(edge, { holdsUp: true, holdsDown: true }, dice.int(500, 4_000)));
    case "slow an edge":
      return onEdges(world, dice, (edge) =>
        during(edge, { bytesPerSecond: dice.int(4_000, 40_000) }, dice.int(1_000, 4_000)),
      );
    case "drop wake-ups":
      return onWakeups(world, (edge) => during(edge, { wakeups: "drop" }, dice.int(1_000, 4_000)));
    case "repeat wake-ups":
      return onWakeups(world, (edge) => during(edge, { wakeups: "repeat" }, dice.int(1_000, 4_000)));
    case "hold wake-ups":
      return onWakeups(world, (edge) => during(edge, { wakeups: "hold" }, dice.int(500, 3_000)));
    case "stop reading":
      return stopReading(world, dice);
    case "revoke in a burst":
      return world.alone("access", () => revokeInBurst(world, dice));
    case "end sessions":
      return world.alone("access", () => endSessions(world, dice));
    case "delete a board":
      return world.alone("access", () => deleteBoard(world));
    case "restore a backup":
      return restoreBackup(world, dice);
  }
}

async function withServer(world: World, dice: Random, work: (server: ServerProcess) => Promise<void>): Promise<void> {
  const server = dice.pick(world.system.servers);
  if (server) await world.alone(server.name, () => work(server));
}

/** One of the edges, or a group of them at once: of a tenth of the clients, or all of one server's. */
async function onEdges(world: World, dice: Random, work: (edge: Edge) => Promise<void>): Promise<void> {
  const { servers, clientEdges } = world.system;
  const clients = dice.shuffled([...clientEdges].filter(([name]) => name !== "owner").map(([, edge]) => edge));
  const server = dice.pick(servers);
  const which = dice.weighted([
    ["clients", 5],
    ["server", 2],
    ["database", 3],
  ]);
  const edges =
    which === "clients"
      ? clients.slice(0, Math.ceil(clients.length / 8))
      : server
        ? [server[which === "server" ? "edge" : "database"]]
        : [];
  await Promise.all(edges.map((edge) => work(edge)));
}

async function onWakeups(world: World, work: (edge: Edge) => Promise<void>): Promise<void> {
  await Promise.all(world.system.servers.map(({ database }) => work(database)));
}

async function interrupt(edge: Edge, how: "end" | "reset", ms: number): Promise<void> {
  edge.set({ refuses: true });
  edge.cut(how);
  await delay(ms);
  edge.set({ refuses: false });
}

async function during(edge: Edge, state: Parameters<Edge["set"]>[0], ms: number): Promise<void> {
  edge.set(state);
  await delay(ms);
  edge.heal();
}

/** A few clients take nothing from their sockets any more: what is on its way to them waits in the server. */
async function stopReading(world: World, dice: Random): Promise<void> {
  const some = dice.shuffled(world.clients).slice(0, Math.ceil(world.clients.length / 8));
  const ms = dice.int(2_000, 6_000);
  await Promise.all(
    some.map(async ({ name }) => {
      const edge = world.system.clientEdges.get(name);
      if (edge) await during(edge, { holdsDown: true }, ms);
    }),
  );
}
