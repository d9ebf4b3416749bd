import { sql } from "drizzle-orm";
import { expect, inject, vi } from "vitest";
import { z } from "zod";
import { SERVER_ROLE } from "../../db/rights.ts";
import { until } from "../setup/clients.ts";
import { ask } from "../setup/ask.ts";
import { openRawSocket } from "../setup/raw-socket.ts";
import { test } from "../setup/world.ts";
import { createDataDirectory, freePort, startServer } from "./program.ts";

vi.setConfig({ testTimeout: 90_000 });

const { host: PGHOST } = inject("cluster");
const PGUSER = SERVER_ROLE;
const SECRET = 'a title that only its board may see\n{"level":60}';
const REQUEST_ID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/u;
const Line = z.object({ level: z.number(), time: z.number(), msg: z.string() }).loose();

test("a fault of ours shows a request id and nothing else, and the log has it without anybody's text or secret", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board();
  const data = createDataDirectory();
  const server = await startServer({
    PGHOST,
    PGUSER,
    DATABASE_URL: `postgres:///${world.connection.database}`,
    DATA_DIR: data.path,
    PORT: await freePort(),
    LOG_LEVEL: "debug",
  });
  await world.db.execute(sql`alter table task rename column description to described`);
  const input = { json: { boardId: board.id, columnId: board.column("Todo"), title: "Seen", description: SECRET } };
  const headers = { "content-type": "application/json", authorization: `Bearer ${org.owner.token}` };
  const asked = { method: "POST", headers, body: JSON.stringify(input) };
  const startedAt = Date.now();
  const { status, kind, text } = await ask(server.url, "/trpc/tasks.create", asked);
  expect([status, kind]).toEqual([500, "INTERNAL"]);
  const said: unknown = JSON.parse(text);
  const requestId = REQUEST_ID.exec(text)?.[0] ?? "";
  const shown = {
    message: `Something went wrong on the server. (${requestId})`,
    code: -32603,
    data: { code: "INTERNAL_SERVER_ERROR", httpStatus: 500, kind: "INTERNAL", path: "tasks.create", requestId },
  };
  expect(said).toEqual({ error: { json: shown } });

  const socket = await openRawSocket({ ...(await world.app()), url: server.url }, org.owner);
  socket.send(JSON.stringify({ id: 1, method: "mutation", params: { path: "tasks.create", input } }));
  await until(() => socket.answers.has(1));
  expect(JSON.stringify(socket.answers.get(1))).toMatch(REQUEST_ID);
  expect(JSON.stringify(socket.answers.get(1))).not.toMatch(/describe|column|\.ts|stack/u);
  socket.close();

  await server.says(new RegExp(requestId, "u"));
  await server.end("SIGTERM");
  const lines = server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => Line.parse(JSON.parse(line)));
  const logged = lines.find((line) => line["requestId"] === requestId);
  expect(logged).toMatchObject({ level: 50, path: "tasks.create", err: { code: "42703" } });
  // Milliseconds since 1970, in UTC.
  expect(Math.abs((logged?.time ?? 0) - startedAt)).toBeLessThan(60_000);
  expect(lines.some(({ msg, ...line }) => msg === "call" && line["path"] === "tasks.create")).toBe(true);
  expect(server.output()).not.toContain("only its board may see");
  expect(server.output()).not.toContain(org.owner.token);
});
