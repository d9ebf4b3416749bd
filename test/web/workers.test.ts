import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { expect } from "vitest";
import { test as base } from "./chromium.ts";

const CLIENT = join(import.meta.dirname, "../../client/index.ts");

/** Opens the board that it is told of, adds a task of its own, and says the titles whenever they change. */
const IN_WORKER = `
import { createTrestle, indexedDbPending } from ${JSON.stringify(CLIENT)};

const begin = async ({ data: { url, boardId, columnId }, ports: [page] }) => {
  const board = createTrestle({ url, pending: indexedDbPending() }).board(boardId);
  const say = () => page.postMessage(board.confirmed?.tasks.map(({ title }) => title).toSorted());
  board.subscribe(say);
  await board.ready();
  await board.createTask({ columnId, title: "From here" }).done;
  say();
};
self.onmessage = begin;
self.onconnect = ({ ports: [port] }) => (port.onmessage = begin);
`;

/** What the page does to have one. */
const KINDS = {
  worker: `new Worker("/worker.js", { type: "module" })`,
  "shared worker": `new SharedWorker("/worker.js", { type: "module" }).port`,
  "service worker": `navigator.serviceWorker.register("/worker.js", { type: "module" })
    .then(() => navigator.serviceWorker.ready).then(({ active }) => active)`,
} as const;

const test = base.extend<{ $file: { page: { url: string } } }>({
  /** A page of another origin, whose workers run the client. */
  page: [
    async ({}, use) => {
      const entry = { name: "entry", load: (id: string) => (id === "worker" ? IN_WORKER : null) };
      const resolve = { name: "resolve", resolveId: (id: string) => (id === "worker" ? id : null) };
      const bundle = await rolldown({ input: "worker", platform: "browser", plugins: [resolve, entry] });
      const { output } = await bundle.generate();
      await bundle.close();
      const server = createServer((request, response) => {
        const isWorker = request.url === "/worker.js";
        response.setHeader("Content-Type", isWorker ? "text/javascript" : "text/html");
        response.end(isWorker ? output[0].code : "<!doctype html><title>Workers</title>");
      });
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      if (address === null || typeof address === "string") throw new Error("the server of the page has no port");
      await use({ url: `http://127.0.0.1:${address.port}/` });
      server.close();
    },
    { scope: "file" },
  ],
});

test.for(["worker", "shared worker", "service worker"] as const)(
  "a board is live in a %s, by the cookie of who is signed in",
  async (kind, { web, world, page: { url } }) => {
    const org = await world.org();
    const board = await org.board({ columns: ["Todo"], tasks: ["Before"] });
    const page = await web.open(org.owner);
    await page.goto(url);
    const input = { url: web.url, boardId: board.id, columnId: board.column("Todo") };
    const heard = await page.evaluateHandle<unknown[]>(`(async () => {
      const worker = await ${KINDS[kind]};
      const heard = [];
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => heard.unshift(data);
      worker.postMessage(${JSON.stringify(input)}, [port2]);
      return heard;
    })()`);
    const last = () => heard.evaluate(([titles]) => titles);
    await expect.poll(last).toEqual(["Before", "From here"]);
    const another = await board.as("editor");
    const task = { boardId: board.id, columnId: board.column("Todo"), title: "By another" };
    await another.caller.tasks.create(task);
    await expect.poll(last).toEqual(["Before", "By another", "From here"]);
  },
);
