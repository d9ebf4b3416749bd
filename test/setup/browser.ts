import { createTRPCClient, httpLink, type TRPCClient } from "@trpc/client";
import superjson from "superjson";
import type { AppRouter } from "../../server/router.ts";

/** A browser as far as going from page to page takes one: cookies by origin, redirects, and calls of the page. */
export class Browser {
  readonly #home: string;
  readonly #cookies = new Map<string, Map<string, string>>();
  readonly trpc: TRPCClient<AppRouter>;

  /** `home`: the origin of the front end. */
  constructor(home: string) {
    this.#home = new URL(home).origin;
    const link = httpLink({
      url: `${home}/trpc`,
      transformer: superjson,
      headers: () => ({ origin: this.#home, cookie: this.#cookiesFor(this.#home) }),
      fetch: async (input, init) => {
        const response = await fetch(input, { ...init, signal: init?.signal ?? null });
        this.#keep(this.#home, response);
        return response;
      },
    });
    this.trpc = createTRPCClient<AppRouter>({ links: [link] });
  }

  /** Goes to an address and wherever that leads; answers the last one, or the first that `until` stops at. */
  async go(to: string, until: (url: string) => boolean = () => false): Promise<string> {
    let url = to;
    for (let hops = 0; hops < 20; hops += 1) {
      if (until(url)) return url;
      const { origin } = new URL(url);
      const response = await fetch(url, { redirect: "manual", headers: { cookie: this.#cookiesFor(origin) } });
      await response.arrayBuffer();
      this.#keep(origin, response);
      const location = response.headers.get("location");
      if (location === null) return url;
      url = new URL(location, url).href;
    }
    throw new Error("this leads nowhere");
  }

  /** What the pages of home have as cookies, name → value. */
  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies.get(this.#home) ?? new Map<string, string>();
  }

  /** Takes away what an origin has as cookies. */
  forget(origin: string): void {
    this.#cookies.delete(origin);
  }

  #cookiesFor(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  #keep(origin: string, response: Response): void {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>();
    this.#cookies.set(origin, jar);
    for (const line of response.headers.getSetCookie()) {
      const { name = "", value = "" } = /^(?<name>[^=]+)=(?<value>[^;]*)/u.exec(line)?.groups ?? {};
      const isGone = value === "" || /;\s*(?:max-age=0|expires=Thu, 01 Jan 1970)/iu.test(line);
      if (isGone) jar.delete(name);
      else jar.set(name, value);
    }
  }
}
