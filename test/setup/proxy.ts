import { connect, createServer, type NetConnectOpts, type Socket } from "node:net";
import { inject } from "vitest";
import type { World } from "./world.ts";

/** A wire between clients and a server, to be cut, held and counted. */
export interface Wire {
  readonly port: number;
  /** How many times the client side spoke after the server side: the round trips that somebody waited for. */
  readonly roundTrips: number;
  /** Ends every connection at once, as a lost network does. */
  cut(): void;
  /**
   * Decides what becomes of what a client sends: `lost` before it arrives, or `unanswered` once it has arrived; in both
   * cases with its connection. Undefined: it passes.
   */
  fate: ((sent: Buffer) => "lost" | "unanswered" | undefined) | undefined;
  /** Decides that a piece of what the server sends never arrives. */
  drops: ((sent: Buffer) => boolean) | undefined;
  /** Sees what the server sends. */
  onAnswer: ((sent: Buffer) => void) | undefined;
  /** Nothing passes any more on the connections on which a client has said this, or anything, and nobody is told. */
  freeze(said?: string): void;
  /** `refused`: new connections end at once. `silent`: nothing passes any more, and nobody is told. */
  set(state: "open" | "refused" | "silent"): void;
  close(): Promise<void>;
}

/**
 * Listens on a free port of this machine and passes everything on to `target`. `gathersMs`: what a client sends passes once
 * it has said nothing for so long, so that what was sent together is one piece, however busy the machine.
 */
async function startWire(target: NetConnectOpts, gathersMs = 0): Promise<Wire> {
  const sockets = new Set<Socket>();
  let state: "open" | "refused" | "silent" = "open";
  let roundTrips = 0;
  const frozen = new WeakSet<Socket>();
  const said = new Map<Socket, string>();
  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    if (state === "refused") {
      client.destroy();
      return;
    }
    const upstream = connect(target);
    let isAnswering = true;
    let isUnanswered = false;
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      const pass = (chunk: Buffer) => {
        if (state === "silent" || frozen.has(client)) return;
        if (from === client && isAnswering) roundTrips += 1;
        isAnswering = from === upstream;
        if (from === client) said.set(client, (said.get(client) ?? "") + chunk.toString("latin1"));
        if (from === upstream) wire.onAnswer?.(chunk);
        if (from === upstream && wire.drops?.(chunk) === true) return;
        const end = from === client ? wire.fate?.(chunk) : undefined;
        if (end === "unanswered") isUnanswered = true;
        if (end === "lost" || (isUnanswered && isAnswering)) {
          client.destroy();
          return;
        }
        to.write(chunk);
      };
      from.on("data", from === client && gathersMs > 0 ? gathered(pass, gathersMs) : pass);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        said.delete(client);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the wire has no port");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const { port } = address;
  const wire: Wire = {
    port,
    get roundTrips() {
      return roundTrips;
    },
    fate: undefined,
    drops: undefined,
    onAnswer: undefined,
    cut,
    freeze(text = "") {
      for (const [client, all] of said) if (all.includes(text)) frozen.add(client);
    },
    set(next) {
      state = next;
    },
    async close() {
      cut();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return wire;
}

/** Hands on what came together, once nothing more has come for so long. */
function gathered(pass: (chunk: Buffer) => void, ms: number): (chunk: Buffer) => void {
  let pieces: Buffer[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (chunk) => {
    pieces.push(chunk);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const all = Buffer.concat(pieces);
      pieces = [];
      pass(all);
    }, ms);
  };
}

/** A wire to the database of a world, and the connection that goes through it. */
export async function databaseWire(
  world: World,
  gathersMs = 0,
): Promise<{ wire: Wire; connection: World["connection"] }> {
  const { host, port } = inject("cluster");
  const wire = await startWire(host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }, gathersMs);
  return { wire, connection: { ...world.connection, host: "127.0.0.1", port: wire.port } };
}

/** A wire to a server at this address, and the address that goes through it. */
export async function serverWire(url: string): Promise<{ wire: Wire; url: string }> {
  const { hostname, port } = new URL(url);
  const wire = await startWire({ host: hostname, port: Number(port) });
  return { wire, url: `http://127.0.0.1:${wire.port}` };
}
