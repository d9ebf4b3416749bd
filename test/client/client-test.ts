import { createTrestle, type Trestle, type TrestleOptions } from "../../client/index.ts";
import { serverWire, type Wire } from "../setup/proxy.ts";
import { test as base } from "../setup/world.ts";

interface ClientTest {
  /** What lies between the clients and the world's server. */
  wire: Wire & { readonly url: string };
  /** A client, of somebody if they are named, which is closed at the end of the test. */
  connect: (person?: { token: string }, options?: Partial<TrestleOptions>) => Trestle;
}

export const test = base.extend<ClientTest>({
  wire: async ({ world }, use) => {
    const { wire, url } = await serverWire((await world.app()).url);
    await use(Object.assign(wire, { url }));
    await wire.close();
  },
  connect: async ({ wire }, use) => {
    const clients: Trestle[] = [];
    await use((person, options) => {
      const client = createTrestle({ url: wire.url, token: person?.token, ...options });
      clients.push(client);
      return client;
    });
    await Promise.all(clients.map((client) => client.close()));
  },
});
