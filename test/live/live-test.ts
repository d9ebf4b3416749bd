import { type App, type AppConfig, createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { stockClient, type StockClient, type Transport } from "../setup/clients.ts";
import { databaseWire, serverWire, type Wire } from "../setup/proxy.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Person, test as base } from "../setup/world.ts";

type ServerOptions = Partial<
  Pick<
    AppConfig,
    "connection" | "drainGraceMs" | "headEveryMs" | "auditSealMs" | "pollMs" | "poolSize" | "port" | "log" | "wakeUps"
  >
>;

/** What tests of live boards need besides a world. All of it is closed at the end of the test. */
export interface Live {
  /** One more server on the world's database, which hears of the others by its polls alone unless told otherwise. */
  serve(options?: ServerOptions): Promise<App>;
  /** Somebody's stock client, of the world's server unless `url` says another one. */
  client(person: Person, options?: { transport?: Transport; url?: string }): Promise<StockClient>;
  /** A wire to a server, the world's unless `url` says another one. */
  wireTo(url?: string): Promise<{ wire: Wire; url: string }>;
  /** A server whose database can be taken away. */
  serveOnWire(options?: ServerOptions): Promise<{ app: App; wire: Wire }>;
}

export const test = base.extend<{ live: Live }>({
  live: async ({ world }, use) => {
    const closers: (() => Promise<void>)[] = [];
    const serve = async (options: ServerOptions = {}) => {
      const log = createLogger("silent");
      const defaults = {
        connection: world.connection,
        poolSize: 8,
        rootKeys: TEST_ROOT_KEYS,
        log,
        pollMs: 200,
        wakeUps: false,
      };
      const app = await createApp({ port: 0, ...defaults, ...options, host: "127.0.0.1" });
      closers.push(() => app.close());
      return app;
    };
    await use({
      serve,
      async client({ token }, { transport, url } = {}) {
        const client = stockClient(url ?? (await world.app()).url, token, transport);
        closers.push(() => client.close());
        return client;
      },
      async wireTo(url) {
        const through = await serverWire(url ?? (await world.app()).url);
        closers.push(() => through.wire.close());
        return through;
      },
      async serveOnWire(options) {
        const { wire, connection } = await databaseWire(world);
        // Only what is asked for goes over the wire.
        const app = await serve({ connection, auditSealMs: 3_600_000, ...options });
        closers.push(() => wire.close());
        return { app, wire };
      },
    });
    for (const close of closers.toReversed()) await close();
  },
});
