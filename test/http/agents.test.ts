import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { describe, expect, onTestFinished } from "vitest";
import { z } from "zod";
import { isDestructive } from "../../server/api/agent-tools.ts";
import { ask } from "../setup/ask.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { type KeyedGround, keyOf, test } from "../setup/keyed.ts";

interface AgentOptions {
  readonly token: string;
  readonly query?: string;
  /** What whoever sits before the client says when they are asked. */
  readonly says?: { action: "accept"; content: { confirm: boolean } } | { action: "decline" };
}

/** An agent, by the protocol's own client: of this year's revision, or, as most are, of one before. */
async function agent(
  { url }: KeyedGround,
  { token, query = "", says }: AgentOptions,
  mode: "auto" | "legacy" = "auto",
) {
  const questions: string[] = [];
  const capabilities = says ? { elicitation: { form: {} } } : {};
  const client = new Client({ name: "test", version: "1" }, { capabilities, versionNegotiation: { mode } });
  if (says) {
    client.setRequestHandler("elicitation/create", ({ params }) => {
      questions.push(params.message);
      return says;
    });
  }
  const headers = { authorization: `Bearer ${token}` };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp${query}`), { requestInit: { headers } }));
  onTestFinished(() => client.close());
  const call = async (name: string, input: Record<string, unknown>) => {
    const { content, isError = false } = await client.callTool({ name, arguments: input });
    const [first] = z.tuple([z.object({ text: z.string() })]).parse(content);
    const answer: unknown = JSON.parse(first.text);
    return { isError, answer: z.looseObject({}).parse(answer ?? {}) };
  };
  return { client, call, questions };
}

describe.for(["auto", "legacy"] as const)("by the revision of %s", (mode) => {
  test("an agent finds its tools and works on a board", async ({ ground }) => {
    const { board, org } = ground;
    const { client, call } = await agent(ground, { token: ground.token }, mode);
    const { tools } = await client.listTools();
    const byName = new Map(tools.map((tool) => [tool.name, tool]));
    expect(byName.get("tasks_get")).toMatchObject({ annotations: { readOnlyHint: true, destructiveHint: false } });
    expect(byName.get("boards_delete")?.annotations).toMatchObject({ destructiveHint: true, idempotentHint: true });
    expect(byName.get("tasks_create")?.description).toContain("Creates a task");
    expect(byName.get("tasks_create")?.inputSchema).toMatchObject({ required: ["boardId", "columnId", "title"] });
    expect((await call("auth_me", {})).answer).toMatchObject({ orgs: [{ id: org.id }] });
    const input = { boardId: board.id, columnId: board.column("Todo"), title: "By an agent" };
    const created = await call("tasks_create", input);
    expect(created).toMatchObject({ isError: false, answer: { title: "By an agent" } });
    const target = { boardId: board.id, taskId: created.answer["id"] };
    await call("tasks_move", { ...target, columnId: board.column("Done"), after: null });
    await call("comments_create", { ...target, text: "Moved" });
    expect((await call("tasks_get", target)).answer).toMatchObject({ columnId: board.column("Done") });
    expect((await call("tasks_create", { ...input, title: "" })).answer).toMatchObject({
      kind: "INPUT_INVALID",
      procedure: "tasks.create",
    });
  });

  test("what destroys is done when it is called again with the token that it answered, for exactly this", async ({
    ground,
  }) => {
    const { org, token } = ground;
    const [board, other] = [await org.board(), await org.board()];
    const { call } = await agent(ground, { token }, mode);
    const { call: callByOther } = await agent(ground, { token: await keyOf(org) }, mode);
    const first = await call("boards_delete", { boardId: board.id });
    expect(first).toMatchObject({ isError: true, answer: { kind: "CONFIRMATION_REQUIRED", about: ['"Board"'] } });
    const { confirmation } = first.answer;
    const refused = { isError: true, answer: { kind: "CONFIRMATION_REQUIRED" } };
    expect(await call("boards_delete", { boardId: other.id, confirmation })).toMatchObject(refused);
    expect(await callByOther("boards_delete", { boardId: board.id, confirmation })).toMatchObject(refused);
    expect(await call("boards_delete", { boardId: board.id, confirmation: "made up" })).toMatchObject(refused);
    expect((await org.owner.caller.boards.get({ boardId: board.id })).board.id).toBe(board.id);
    expect(await call("boards_delete", { boardId: board.id, confirmation })).toMatchObject({ isError: false });
    expect((await call("boards_get", { boardId: board.id })).answer).toMatchObject({ kind: "BOARD_NOT_FOUND" });
  });
});

describe("a client that can ask somebody", () => {
  test("asks before something is destroyed, and does it then", async ({ ground }) => {
    const board = await ground.org.board();
    const says = { action: "accept", content: { confirm: true } } as const;
    const { call, questions } = await agent(ground, { token: ground.token, says });
    expect(await call("boards_delete", { boardId: board.id })).toMatchObject({ isError: false });
    expect(questions).toHaveLength(1);
    for (const part of ["no way back", "boards.delete", '"Board"', board.id]) expect(questions[0]).toContain(part);
    expect((await call("boards_get", { boardId: board.id })).answer).toMatchObject({ kind: "BOARD_NOT_FOUND" });
  });

  test("is told, as any other, where its revision has no way to be asked", async ({ ground }) => {
    const says = { action: "accept", content: { confirm: true } } as const;
    const { call } = await agent(ground, { token: ground.token, says }, "legacy");
    expect((await call("boards_delete", { boardId: ground.board.id })).answer).toMatchObject({
      kind: "CONFIRMATION_REQUIRED",
    });
  });

  test.for([{ action: "decline" }, { action: "accept", content: { confirm: false } }] as const)(
    "does nothing when that one says %o",
    async (says, { ground }) => {
      const board = await ground.org.board();
      const { call } = await agent(ground, { token: ground.token, says });
      expect((await call("boards_delete", { boardId: board.id })).answer).toMatchObject({
        kind: "CONFIRMATION_DECLINED",
      });
      const { confirmation } = (
        await (await agent(ground, { token: ground.token })).call("boards_delete", { boardId: board.id })
      ).answer;
      const again = await call("boards_delete", { boardId: board.id, confirmation });
      expect(again.answer).toMatchObject({ kind: "CONFIRMATION_DECLINED" });
      expect((await ground.org.owner.caller.boards.get({ boardId: board.id })).board.id).toBe(board.id);
    },
  );

  test("is not asked about what will be refused, or can be restored", async ({ ground }) => {
    const { org, board } = ground;
    const says = { action: "accept", content: { confirm: true } } as const;
    const { call, questions } = await agent(ground, { token: await keyOf(org, ["board:read", "task:delete"]), says });
    expect((await call("boards_delete", { boardId: board.id })).answer).toMatchObject({ kind: "KEY_FORBIDDEN" });
    const taskIds = [board.task("Draft")];
    expect(await call("tasks_delete", { boardId: board.id, taskIds })).toMatchObject({ isError: false });
    expect(questions).toEqual([]);
  });

  test("is asked about one among many changes at once", async ({ ground }) => {
    const { org, board } = ground;
    const { id: labelId } = await org.owner.caller.labels.create({ boardId: board.id, name: "Old", color: "red" });
    const says = { action: "decline" } as const;
    const { call, questions } = await agent(ground, { token: ground.token, says });
    const changes = [{ procedure: "labels.delete", labelId }];
    await call("boards_applyChanges", { boardId: board.id, changes });
    expect(questions).toHaveLength(1);
    expect(questions[0]).toContain('"Board", "Old"');
  });
});

test("a key sees and calls what it allows, and of that what the agent was pointed to", async ({ world, ground }) => {
  const { org, board } = ground;
  const token = await keyOf(org, ["task:read", "task:create", "label:create"]);
  const { client, call } = await agent(ground, { token });
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["auth_me", "tasks_get", "tasks_create", "labels_create"]));
  expect(names.filter((name) => /^(?:boards_get|tasks_move|keys_|sessions_|auth_sign)/u.test(name))).toEqual([]);
  const moved = await call("tasks_move", {
    boardId: board.id,
    taskId: board.task("Draft"),
    columnId: board.column("Done"),
  });
  expect(moved).toMatchObject({ isError: true, answer: { kind: "KEY_FORBIDDEN" } });
  for (const name of ["keys_list", "auth_signOut", "boards_live", "tasks_teleport", "constructor"]) {
    expect((await call(name, { orgId: org.id })).answer).toMatchObject({ kind: "PROCEDURE_NOT_FOUND" });
  }
  const stranger = await agent(ground, { token: await keyOf(await world.org()) });
  const target = { boardId: board.id, taskId: board.task("Draft") };
  expect((await stranger.call("tasks_get", target)).answer).toMatchObject({ kind: "BOARD_NOT_FOUND" });
  const pointed = await agent(ground, { token, query: "?nouns=labels" });
  expect((await pointed.client.listTools()).tools.map(({ name }) => name)).toEqual(["labels_create"]);
});

test("an answer too long for a model is not given", async ({ ground }) => {
  const { org, token } = ground;
  const board = await org.board();
  const title = "x".repeat(500);
  const changes = Array.from({ length: 90 }, () => ({
    procedure: "tasks.create" as const,
    columnId: board.column("Todo"),
    title,
  }));
  await org.owner.caller.boards.applyChanges({ boardId: board.id, changes });
  const { call } = await agent(ground, { token });
  expect((await call("boards_get", { boardId: board.id })).answer).toMatchObject({ kind: "ANSWER_TOO_LARGE" });
  expect(await call("tasks_list", { boardId: board.id, limit: 5 })).toMatchObject({ isError: false });
});

test("who has no key, or another way in, is not let in", async ({ world, ground }) => {
  const { url, org, token } = ground;
  const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  const accept = "application/json, text/event-stream";
  const post = (headers: Record<string, string>, body = message) =>
    ask(url, "/mcp", { method: "POST", headers: { "content-type": "application/json", accept, ...headers }, body });
  const { cookie } = await world.services.sessions.create(org.owner.id, "browser");
  const refused = { status: 401, kind: "KEY_REQUIRED", headers: { "www-authenticate": "Bearer" } };
  expect(await post({})).toMatchObject(refused);
  expect(await post({ authorization: `Bearer ${org.owner.token}` })).toMatchObject(refused);
  expect(await post({ cookie: cookie.split(";")[0] ?? "", origin: "http://localhost:1" })).toMatchObject(refused);
  const authorization = `Bearer ${token}`;
  expect(await post({ authorization })).toMatchObject({ status: 200 });
  expect(await post({ authorization, origin: "https://elsewhere.example" })).toMatchObject({ kind: "ORIGIN_REFUSED" });
  expect(await post({ authorization, "content-type": "text/plain" })).toMatchObject({ kind: "MEDIA_TYPE_UNSUPPORTED" });
  expect(await post({ authorization }, "{")).toMatchObject({ status: 400, kind: "INPUT_INVALID" });
  expect(await post({ authorization }, `[${message}]`)).toMatchObject({ status: 400, kind: "INPUT_INVALID" });
  expect(await post({ authorization }, `"${"x".repeat(1 << 20)}"`)).toMatchObject({
    status: 413,
    kind: "BODY_TOO_LARGE",
  });
  const watched = await ask(url, "/mcp", { headers: { authorization, accept: "text/event-stream" } });
  expect(watched).toMatchObject({ status: 405, headers: { allow: "POST" } });
});

test("all that deletes has to be confirmed, but for what goes into the trash", () => {
  const confirmed = PROCEDURES.flatMap(({ path }) => (isDestructive(path, {}) ? [path] : []));
  expect(confirmed).toEqual(
    expect.arrayContaining(["boards.delete", "projects.delete", "orgs.delete", "members.remove", "trash.delete"]),
  );
  expect(confirmed).not.toContain("tasks.delete");
  const others = PROCEDURES.filter(
    ({ path }) => /delete|remove|purge|erase|empty/iu.test(path) && !confirmed.includes(path),
  );
  expect(others.map(({ path }) => path)).toEqual(["tasks.delete"]);
});
