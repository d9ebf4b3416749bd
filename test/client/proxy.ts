import { connect, createServer, type Socket } from "node:net";

/** A wire between clients and a server, to be cut. */
export interface Proxy {
  readonly url: string;
  /** How many connections were made so far. */
  readonly connections: number;
  /** Ends every connection at once, as a lost network does that is noticed. */
  cut(): void;
  /** Every connection there is stays open and says nothing more, as a lost network does that is not noticed. */
  freeze(): void;
  /** Whether new connections get through. */
  setOpen(isOpen: boolean): void;
  close(): Promise<void>;
}

export async function startProxy(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let connections = 0;
  let isOpen = true;
  const server = createServer((client) => {
    connections += 1;
    client.on("error", () => client.destroy());
    if (!isOpen) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(port), hostname);
    const pair = [client, upstream] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, pair.toReversed()]) {
      from?.pipe(to ?? upstream);
      from?.on("error", () => to?.destroy());
      from?.on("close", () => {
        to?.destroy();
        pairs.delete(pair);
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the proxy does not listen");
  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.destroy();
      upstream.destroy();
    }
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    get connections() {
      return connections;
    },
    cut,
    freeze() {
      for (const pair of pairs) {
        for (const socket of pair) socket.unpipe().pause();
      }
    },
    setOpen(open) {
      isOpen = open;
    },
    async close() {
      cut();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
