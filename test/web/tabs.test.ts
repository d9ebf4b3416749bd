import type { Page } from "playwright-core";
import { expect } from "vitest";
import { serverWire } from "../setup/proxy.ts";
import { test } from "./chromium.ts";

// Tabs of one browser have one socket, which a worker holds.

/** Another tab of the same browser. */
async function anotherTab(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  tab.on("pageerror", (error) => {
    throw error;
  });
  return tab;
}

test("tabs share one socket, and each has its own boards, also when the socket is lost or a tab is gone", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const [one, two] = [
    await org.board({ columns: ["Todo"], tasks: ["First of one"] }),
    await org.board({ columns: ["Todo"], tasks: ["First of two"] }),
  ];
  const { wire, url } = await serverWire(web.url);
  let sockets = 0;
  wire.onAnswer = (sent) => {
    if (sent.includes("101 Switching Protocols")) sockets += 1;
  };
  const page = await web.open(org.owner);
  const own: string[] = [];
  page.context().on("page", (tab) => tab.on("websocket", (socket) => own.push(socket.url())));
  page.on("websocket", (socket) => own.push(socket.url()));
  await page.goto(`${url}/boards/${one.id}`);
  await page.getByRole("link", { name: "First of one" }).waitFor();
  const tab = await anotherTab(page);
  await tab.goto(`${url}/boards/${two.id}`);
  await tab.getByRole("link", { name: "First of two" }).waitFor();
  const both = await anotherTab(page);
  await both.goto(`${url}/boards/${one.id}`);
  await both.getByRole("link", { name: "First of one" }).waitFor();

  const add = (board: typeof one, title: string) =>
    org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title });
  await add(one, "Second of one");
  await add(two, "Second of two");
  for (const [shown, title] of [
    [page, "Second of one"],
    [both, "Second of one"],
    [tab, "Second of two"],
  ] as const) {
    await shown.getByRole("link", { name: title }).waitFor();
  }
  expect(sockets).toBe(1);
  expect(own).toEqual([]);

  await page.close();
  wire.cut();
  await add(one, "Third of one");
  await add(two, "Third of two");
  await both.getByRole("link", { name: "Third of one" }).waitFor();
  await tab.getByRole("link", { name: "Third of two" }).waitFor();
  expect(sockets).toBe(2);
  await wire.close();
});

test("a tab that is signed in as somebody else has a socket of theirs", async ({ web, world }) => {
  const [org, other] = [await world.org(), await world.org()];
  const board = await org.board({ columns: ["Todo"], tasks: ["Of the first"] });
  const theirs = await other.board({ columns: ["Todo"], tasks: ["Of the second"] });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.getByRole("link", { name: "Of the first" }).waitFor();
  // As a sign-in by a provider does: no client of the page sees it.
  const { cookie } = await world.services.sessions.create(other.owner.id, "browser");
  const [name = "", value = ""] = cookie.split(";")[0]?.split("=") ?? [];
  await page.context().addCookies([{ name, value, url: web.url, httpOnly: true, sameSite: "Lax" }]);
  const tab = await anotherTab(page);
  await tab.goto(`${web.url}/boards/${theirs.id}`);
  await tab.getByRole("link", { name: "Of the second" }).waitFor();
  await other.owner.caller.tasks.create({ boardId: theirs.id, columnId: theirs.column("Todo"), title: "Live" });
  await tab.getByRole("link", { name: "Live" }).waitFor();
  await org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "Also live" });
  await page.getByRole("link", { name: "Also live" }).waitFor();
  expect(await tab.getByRole("link", { name: "Also live" }).count()).toBe(0);
});

test("a browser that cannot start the worker has a socket in each tab", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["First"] });
  const page = await web.open(org.owner);
  await page.route(/tabs-worker/u, (route) => route.abort());
  await page.addInitScript(() => {
    const Base = SharedWorker;
    Object.assign(globalThis, {
      SharedWorker: class extends Base {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          setTimeout(() => this.dispatchEvent(new Event("error")));
        }
      },
    });
  });
  const own: string[] = [];
  page.on("websocket", (socket) => own.push(socket.url()));
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.getByRole("link", { name: "First" }).waitFor();
  await org.owner.caller.tasks.create({ boardId: board.id, columnId: board.column("Todo"), title: "Live" });
  await page.getByRole("link", { name: "Live" }).waitFor();
  expect(own.length).toBeGreaterThan(0);
});

test("a tab whose worker the browser has ended goes on with a socket of its own", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["First"] });
  const page = await web.open(org.owner);
  await page.addInitScript(() => {
    const { port1: port } = new MessageChannel();
    Object.assign(globalThis, {
      SharedWorker: class extends EventTarget {
        readonly port = port;
      },
    });
  });
  const own: string[] = [];
  page.on("websocket", (socket) => own.push(socket.url()));
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.getByRole("link", { name: "First" }).waitFor();
  expect(own).toHaveLength(1);
});
