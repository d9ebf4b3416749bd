import { connect, createServer, type NetConnectOpts } from "node:net";
import { Connection, Edge } from "./edge.ts";
import { closeServer, listen } from "./ports.ts";
import { FrameFilter, type Wakeups } from "./wakeups.ts";

/** Where a connection goes, and over which further edges. */
export interface Route {
  readonly to: NetConnectOpts;
  readonly over: readonly Edge[];
}

export interface Proxy {
  readonly port: number;
  readonly edge: Edge;
  close(): Promise<void>;
}

/**
 * Listens on loopback and passes every connection on, over its own edge and those of the route that is chosen for it.
 * Without a route the connection ends at once. `readsFrames`: the far end is Postgres, whose notifications can be kept.
 */
export async function openProxy(
  name: string,
  choose: () => Route | undefined,
  { readsFrames = false, wakeups = "pass" }: { readsFrames?: boolean; wakeups?: Wakeups } = {},
): Promise<Proxy> {
  const edge = new Edge(name, wakeups);
  const server = createServer((near) => {
    const route = choose();
    near.on("error", () => near.destroy());
    if (!route || [edge, ...route.over].some(({ refuses }) => refuses)) {
      near.destroy();
      return;
    }
    const filter = readsFrames ? new FrameFilter() : undefined;
    new Connection(near, connect(route.to), [edge, ...route.over], filter).update();
  });
  const port = await listen(server);
  return {
    port,
    edge,
    async close() {
      edge.take();
      await closeServer(server);
    },
  };
}
