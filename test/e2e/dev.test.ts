import { utimesSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { createTrestle } from "../../client/index.ts";
import { createDataDirectory, freePort, ready, run } from "./program.ts";

const SOURCE = "src/app.tsx";
const HotMessage = z.object({ type: z.string(), updates: z.array(z.object({ path: z.string() })).optional() });

/** What Vite tells its pages, from here on: the paths of the modules that they are to load again. */
async function hotUpdates(page: string): Promise<string[]> {
  const client = await (await fetch(`${page}@vite/client`)).text();
  const token = /wsToken = "(?<token>[^"]+)"/u.exec(client)?.groups?.["token"] ?? "";
  const socket = new WebSocket(`${page.replace("http", "ws")}?token=${token}`, "vite-hmr");
  const paths: string[] = [];
  return new Promise((resolve, reject) => {
    socket.addEventListener("error", () => reject(new Error("Vite refuses the socket")));
    socket.addEventListener("message", ({ data }) => {
      const { type, updates = [] } = HotMessage.parse(JSON.parse(String(data)));
      if (type === "connected") resolve(paths);
      paths.push(...updates.map(({ path }) => path));
    });
  });
}

test("npm run dev has the page follow its sources, hands calls to the server, and ends with all that it started", async () => {
  const data = createDataDirectory();
  // Vite colours what it says where `CI` is set.
  const settings = { DATA_DIR: data.path, PORT: await freePort(), DEMO: "false", NO_COLOR: "1" };
  const program = run(["npm", "run", "dev", "--", "--page-port", await freePort()], settings);
  const server = await ready(program);
  const [, page = ""] = await program.says(/Local:\s+(http\S+)/u);

  // Who has the page open has this module.
  expect(await (await fetch(`${page}${SOURCE}`)).text()).toContain("import.meta.hot");
  const updates = await hotUpdates(page);
  const now = new Date();
  utimesSync(join(import.meta.dirname, "../../web", SOURCE), now, now);
  await expect.poll(() => updates).toContain(`/${SOURCE}`);

  const trestle = createTrestle({ url: page });
  const { user } = await trestle.auth.signUp.mutate({
    name: "Ada",
    email: "ada@example.test",
    password: "four unusual words here",
  });
  const home = await new Promise((resolve, reject) => {
    trestle.me.live.subscribe({}, { onData: resolve, onError: reject });
  });
  expect(home).toMatchObject({ data: { type: "snapshot" } });
  expect((await trestle.auth.me.query()).user).toEqual(user);
  await trestle.close();

  await program.end("SIGTERM");
  for (const url of [page, server.url]) {
    await expect
      .poll(() =>
        fetch(url).then(
          () => "answers",
          () => "is gone",
        ),
      )
      .toBe("is gone");
  }
  await expect.poll(data.postgres).toBeUndefined();
});
