import { setTimeout as delay } from "node:timers/promises";
import { Cluster } from "./cluster.ts";
import type { Edge } from "./edge.ts";
import { freePort } from "./ports.ts";
import { openProxy, type Proxy, type Route } from "./proxy.ts";
import { ServerProcess } from "./server-process.ts";

const SAMPLE_EVERY_MS = 1_000;
/** A guard, not a promise: so long may a statement go on whose connection was cut. */
const ISOLATED_MS = 60_000;

export interface SystemOptions {
  readonly processes: number;
  /** What every server's Node gets before the program. */
  readonly nodeOptions?: readonly string[];
  /** What becomes of what processes tell each other, when no fault says otherwise. */
  readonly wakeups?: "pass" | "drop";
}

/** The whole of a run: a Postgres, server processes, and a network of edges between them and the clients. */
export class System {
  readonly cluster: Cluster;
  readonly servers: readonly ServerProcess[];
  /** The edges from clients to the balancer, by the client's name. */
  readonly clientEdges = new Map<string, Edge>();
  readonly #databaseProxies: readonly Proxy[];
  readonly #clientProxies: Proxy[] = [];
  readonly #sampler: NodeJS.Timeout;
  #turn = 0;

  private constructor(cluster: Cluster, proxies: readonly Proxy[], servers: readonly ServerProcess[]) {
    this.cluster = cluster;
    this.#databaseProxies = proxies;
    this.servers = servers;
    this.#sampler = setInterval(() => {
      for (const server of servers) void server.sampleMemory();
    }, SAMPLE_EVERY_MS);
  }

  static async start({ processes, nodeOptions = [], wakeups = "pass" }: SystemOptions): Promise<System> {
    const cluster = await Cluster.start();
    const proxies: Proxy[] = [];
    const servers: ServerProcess[] = [];
    for (let index = 1; index <= processes; index += 1) {
      const name = `server ${index}`;
      const way = () => ({ to: { path: cluster.path }, over: [] });
      const database = await openProxy(`${name} to database`, way, { readsFrames: true, wakeups });
      proxies.push(database);
      servers.push(new ServerProcess(name, { port: await freePort(), database, nodeOptions }));
    }
    const system = new System(cluster, proxies, servers);
    try {
      await Promise.all(servers.map((server) => server.start()));
      return system;
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  /** The address at which somebody finds the balancer, over an edge of their own. */
  async openDoor(name: string): Promise<string> {
    const proxy = await openProxy(`${name} to balancer`, () => this.#choose());
    this.#clientProxies.push(proxy);
    this.clientEdges.set(name, proxy.edge);
    return `http://127.0.0.1:${proxy.port}`;
  }

  get edges(): Edge[] {
    return [...this.clientEdges.values(), ...this.servers.flatMap(({ edge, database }) => [edge, database])];
  }

  /** Does something while nothing is sent to the database, and what was sent is over. */
  async whileIsolated(work: () => Promise<void>): Promise<void> {
    for (const { database } of this.servers) database.take();
    try {
      await this.#untilNobodyIsConnected();
      await work();
    } finally {
      for (const { database } of this.servers) database.giveBack();
    }
  }

  async #untilNobodyIsConnected(): Promise<void> {
    const until = performance.now() + ISOLATED_MS;
    await this.cluster.query(async (sql) => {
      for (;;) {
        const connected = await sql<{ name: string; state: string; query: string }[]>`
          select application_name as name, state, query from pg_stat_activity where application_name like 'trestle%'
            and application_name <> 'trestle presence' and pid <> pg_backend_pid()`;
        if (connected.length === 0) return;
        if (performance.now() > until) throw new Error(`still connected: ${JSON.stringify(connected.slice(0, 5))}`);
        await delay(10);
      }
    });
  }

  async close(): Promise<void> {
    clearInterval(this.#sampler);
    await Promise.all(this.servers.map((server) => server.close()));
    await Promise.all([...this.#clientProxies, ...this.#databaseProxies].map((proxy) => proxy.close()));
    await this.cluster.close();
  }

  /** Servers in turn: those that are ready; if none is, those that run, as balancers do when all look ill. */
  #choose(): Route | undefined {
    const ready = this.servers.filter((server) => server.isReady);
    const open = ready.length > 0 ? ready : this.servers.filter((server) => server.isRunning);
    this.#turn += 1;
    const server = open[this.#turn % open.length];
    return server && { to: { host: "127.0.0.1", port: server.port }, over: [server.edge] };
  }
}
