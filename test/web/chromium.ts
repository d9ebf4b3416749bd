import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import postgres from "postgres";
import { expect, inject } from "vitest";
import { foundBrowser } from "../../scripts/browser.ts";
import { type Person, test as base, type World } from "../setup/world.ts";

const ROOT = join(import.meta.dirname, "../..");
/** The page as it was built, on a server of its own, in a real browser. */
export interface Web {
  readonly url: string;
  /** A browser of their own for somebody; of nobody it is not signed in. */
  open(person?: Person, options?: Parameters<Browser["newContext"]>[0]): Promise<Page>;
}

/** `test` with a `web` for the file. Every page that was opened must have run nothing that its policy refuses. */
export const test = base.extend<{ $file: { web: Web } }>({
  web: [
    async ({ world }, use) => {
      await buildPage();
      const app = await world.app({ pageFolder: join(ROOT, "web/dist") });
      const browser = await chromium.launch({ executablePath: foundBrowser(), args: ["--no-sandbox"] });
      const troubles: string[] = [];
      await use({
        url: app.url,
        open: async (person, options) => {
          const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
          context.setDefaultTimeout(60_000);
          if (person) await signIn(world, context, person, app.url);
          const page = await context.newPage();
          page.on("pageerror", (error) => troubles.push(error.message));
          page.on("dialog", (dialog) => troubles.push(`a dialog: ${dialog.message()}`));
          page.on("console", (message) => {
            if (/Content Security Policy|Trusted/u.test(message.text())) troubles.push(message.text());
          });
          return page;
        },
      });
      await browser.close();
      if (troubles.length > 0) throw new Error(`what the page must not do: ${troubles.join("; ")}`);
    },
    { scope: "file" },
  ],
});

/** Builds the page, unless it is there: files that run at once wait for each other, in the one database that all can reach. */
async function buildPage(): Promise<void> {
  const sql = postgres({ ...inject("cluster"), max: 1, fetch_types: false });
  try {
    await sql`select pg_advisory_lock(1)`;
    execFileSync(process.execPath, [join(ROOT, "scripts/build-web.ts"), "--if-changed"], { stdio: "inherit" });
  } finally {
    await sql.end();
  }
}

/** Puts a session into the browser, as a sign-in would. */
async function signIn(world: World, context: BrowserContext, person: Person, url: string): Promise<void> {
  const { cookie } = await world.services.sessions.create(person.id, "browser");
  const [name = "", value = ""] = cookie.split(";")[0]?.split("=") ?? [];
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: "Lax" }]);
}

/** Nothing on the page, as it is now, keeps somebody out. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  expect(told).toEqual([]);
}
