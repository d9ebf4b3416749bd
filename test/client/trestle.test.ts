import { expect, expectTypeOf, vi } from "vitest";
import {
  type AppRouter,
  errorKind,
  type Snapshot,
  type Trestle,
  type TrestleMembers,
  type TrestleOptions,
} from "../../client/index.ts";
import { archiveExportWorker } from "../../server/domains/work/archives/export-archive.ts";
import { importWorker } from "../../server/domains/work/imports/import-operation.ts";
import { appRouter } from "../../server/router.ts";
import { test } from "./client-test.ts";
import { recordingSocket } from "./recording-socket.ts";
import { until } from "../setup/clients.ts";

function newAccount(name: string) {
  return { email: `${name}-${crypto.randomUUID()}@example.test`, password: "correct horse battery", name };
}

async function newBoard(trestle: Trestle): Promise<{ orgId: string; projectId: string; boardId: string }> {
  const { id: orgId } = await trestle.orgs.create.mutate({ name: "Workshop" });
  const { id: projectId } = await trestle.projects.create.mutate({ orgId, name: "Project", key: "PRJ" });
  const { id: boardId } = await trestle.boards.create.mutate({ orgId, projectId, name: "Board", columns: ["Todo"] });
  return { orgId, projectId, boardId };
}

test("somebody who signs up outside a browser stays signed in, over HTTP and over WebSocket", async ({ connect }) => {
  const trestle = connect();
  expect(trestle.token).toBeUndefined();
  const { user, token } = await trestle.auth.signUp.mutate(newAccount("ada"));
  expect(trestle.token).toBe(token);
  expect((await trestle.auth.me.query()).user).toEqual(user);
  const { boardId } = await newBoard(trestle);
  expect((await trestle.board(boardId).ready()).board.id).toBe(boardId);
});

test("a token that was kept signs in another client", async ({ world, connect }) => {
  const { id, token } = await world.person();
  const trestle = connect({ token });
  expect((await trestle.auth.me.query()).user.id).toBe(id);
});

test("in a browser the session is a cookie, for calls and boards, and no script holds a token", async ({
  world,
  connect,
}) => {
  vi.stubGlobal("document", {});
  const org = await world.org();
  const { id } = await org.board();
  const trestle = connect(undefined, browser("http://localhost:5173"));
  const { email, password } = org.owner;
  expect((await trestle.auth.signIn.mutate({ email, password })).token).toBeNull();
  expect(trestle.token).toBeUndefined();
  expect((await trestle.auth.me.query()).user.email).toBe(email);
  const board = trestle.board(id);
  await board.ready();
  const { version } = await trestle.columns.create.mutate({ boardId: id, name: "Later" });
  expect((await board.waitForVersion(version)).columns.at(-1)?.name).toBe("Later");
  await trestle.auth.signOut.mutate();
  await until(() => board.status === "revoked");
  vi.unstubAllGlobals();
});

test("who signs out is forgotten, and sees the open boards no more", async ({ connect }) => {
  const trestle = connect();
  await trestle.auth.signUp.mutate(newAccount("ada"));
  const { boardId } = await newBoard(trestle);
  const board = trestle.board(boardId);
  await board.ready();
  await trestle.auth.signOut.mutate();
  expect(trestle.token).toBeUndefined();
  await expect(trestle.auth.me.query()).rejects.toSatisfy((error) => errorKind(error) === "SIGN_IN_REQUIRED");
  await until(() => board.status === "revoked");
  expect(errorKind(board.error)).toBe("SIGN_IN_REQUIRED");
});

test("who signs in as somebody else watches as somebody else", async ({ world, connect }) => {
  const org = await world.org();
  const { id } = await org.board();
  const [member, stranger] = [await org.as("member"), await world.person()];
  const socket = recordingSocket();
  const trestle = connect(org.owner, { WebSocket: socket.WebSocket });
  const board = trestle.board(id);
  await board.ready();

  await trestle.auth.signIn.mutate({ email: member.email, password: member.password });
  await until(() => socket.dials.length === 2);
  const task = await trestle.tasks.create.mutate({ boardId: id, columnId: columnOf(board.state), title: "Mine" });
  const { members } = await board.waitForVersion(task.version);
  expect(members).toEqual((await trestle.boards.get.query({ boardId: id })).members);
  expect(socket.reasons).toEqual(["first"]);

  await trestle.auth.signIn.mutate({ email: stranger.email, password: stranger.password });
  await until(() => board.status === "revoked");
  expect(errorKind(board.error)).toBe("ACCESS_REVOKED");
  expect(socket.dials).toHaveLength(3);
});

test("the socket is dialed at the first watch, and shared by all of them", async ({ world, connect }) => {
  const org = await world.org();
  const boards = [await org.board(), await org.board()];
  const socket = recordingSocket();
  const trestle = connect(org.owner, { WebSocket: socket.WebSocket });
  await trestle.auth.me.query();
  expect(socket.dials).toHaveLength(0);
  await Promise.all(boards.map(({ id }) => trestle.board(id).ready()));
  expect(socket.dials).toHaveLength(1);
});

test("calls of one moment share a request, ten at most", async ({ world, connect }) => {
  const { token } = await world.person();
  const urls: string[] = [];
  const trestle = connect(undefined, {
    token,
    fetch: (input, init) => {
      urls.push(urlOf(input));
      return fetch(input, init);
    },
  });
  await Promise.all(Array.from({ length: 12 }, () => trestle.auth.me.query()));
  expect(urls.map((url) => url.split("auth.me").length - 1)).toEqual([10, 2]);
});

test("a refusal has its kind, a server that does not answer has none", async ({ world, connect, wire }) => {
  const { token } = await world.person();
  const trestle = connect({ token });
  const refused = await trestle.boards.get.query({ boardId: crypto.randomUUID() }).catch((error: unknown) => error);
  expect(errorKind(refused)).toBe("BOARD_NOT_FOUND");
  wire.set("refused");
  wire.cut();
  const failed = await trestle.auth.me.query().catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  expect(errorKind(failed)).toBeUndefined();
});

test("a client without a server dials again after a while, ever later, and never all at once", async ({
  world,
  connect,
  wire,
}) => {
  const { token } = await world.person();
  wire.set("refused");
  const gaps = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { WebSocket, dials } = recordingSocket();
      connect({ token }, { WebSocket }).board(crypto.randomUUID());
      await until(() => dials.length === 4);
      return dials.slice(1).map((dial, index) => dial - (dials[index] ?? 0));
    }),
  );
  for (const [first = 0, second = 0, third = 0] of gaps) {
    expect(first).toBeGreaterThan(140);
    expect(second).toBeGreaterThan(290);
    expect(third).toBeGreaterThan(590);
  }
  expect(new Set(gaps.map(([first]) => Math.round(first ?? 0))).size).toBeGreaterThan(1);
});

test("a connection that died without a word is given up soon", async ({ world, connect, wire }) => {
  const org = await world.org();
  const { id } = await org.board();
  const { url } = await world.app();
  const socket = recordingSocket();
  const trestle = connect(org.owner, {
    WebSocket: socket.WebSocket,
    // Calls go past the wire.
    fetch: (input, init) => fetch(urlOf(input).replace(wire.url, url), init),
  });
  const board = trestle.board(id);
  await board.ready();
  wire.freeze();
  const { email, password } = org.owner;
  await trestle.auth.signIn.mutate({ email, password });
  const task = await trestle.tasks.create.mutate({ boardId: id, columnId: columnOf(board.state), title: "Later" });
  await board.waitForVersion(task.version, { signal: AbortSignal.timeout(8_000) });
  expect(socket.dials).toHaveLength(2);
});

test("a closed client leaves nothing open, and can watch again", async ({ world, connect }) => {
  const org = await world.org();
  const { id } = await org.board();
  const trestle = connect(org.owner);
  const board = trestle.board(id);
  await board.ready();
  await trestle.close();
  await expect(board.waitForVersion(1_000)).rejects.toMatchObject({ name: "AbortError" });
  expect((await trestle.board(id).ready()).board.id).toBe(id);
});

const EXPORT = JSON.stringify({
  id: "5f0000000000000000000001",
  name: "Imported",
  lists: [{ id: "5f0000000000000000000002", name: "To do", closed: false, pos: 1 }],
  cards: [{ id: "5f0000000000000000000003", idList: "5f0000000000000000000002", name: "First", closed: false, pos: 1 }],
  labels: [],
  members: [],
  actions: [],
  checklists: [],
});

test("a Trello export becomes a board, from text, bytes, a file or a stream", async ({ connect, world }) => {
  const { services } = world;
  await services.jobs.start([importWorker(services)]);
  const trestle = connect();
  await trestle.auth.signUp.mutate(newAccount("ada"));
  const { orgId, projectId } = await newBoard(trestle);
  const input = { orgId, projectId, fileName: "export.json" };
  const heard: string[] = [];
  const onProgress = ({ state }: { state: string }) => void heard.push(state);
  const { boardId, report } = await trestle.importTrello(input, EXPORT, { onProgress });
  expect(heard.at(-1)).toBe("done");
  expect((await trestle.boards.get.query({ boardId })).board.name).toBe("Imported");
  expect(report.created).toMatchObject({ columns: 1, tasks: 1 });
  const blob = new Blob([EXPORT]);
  for (const file of [new TextEncoder().encode(EXPORT), blob, blob.stream()]) {
    const again = await trestle.importTrello(input, file);
    expect(again.boardId).toBe(boardId);
    expect(again.report.unchanged).toMatchObject({ columns: 1, tasks: 1 });
  }
});

test("what the server does is waited for, and cancelled by who gives up", async ({ connect, world }) => {
  const trestle = connect();
  await trestle.auth.signUp.mutate(newAccount("eve"));
  const { orgId } = await newBoard(trestle);
  const { id: operationId } = await trestle.archives.export.mutate({ orgId });
  const giveUp = new AbortController();
  const reason = new Error("too long");
  const onProgress = () => giveUp.abort(reason);
  await expect(trestle.waitForOperation(operationId, { onProgress, signal: giveUp.signal })).rejects.toBe(reason);
  expect(await trestle.operations.get.query({ operationId })).toMatchObject({ state: "cancelling" });
  const { services } = world;
  await archiveExportWorker(services).run({ orgId, operationId }, new AbortController().signal, { isLastTry: true });
  await expect(trestle.waitForOperation(operationId)).rejects.toMatchObject({ name: "AbortError" });
});

test("who gives an archive up while it is sent cancels what would become of it", async ({ connect }) => {
  const trestle = connect();
  await trestle.auth.signUp.mutate(newAccount("zoe"));
  const { orgId } = await newBoard(trestle);
  const giveUp = new AbortController();
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(1_000));
      giveUp.abort(new Error("too long"));
    },
  });
  const sent = trestle.importArchive({ orgId, fileName: "a.zip" }, endless, { signal: giveUp.signal });
  await expect(sent).rejects.toThrow("too long");
  const { items } = await trestle.operations.list.query({ orgId });
  expect(items).toMatchObject([{ kind: "archive-import", state: "cancelling" }]);
});

test("a table is sent, seen as the tasks that it would become, and started", async ({ connect }) => {
  const trestle = connect();
  await trestle.auth.signUp.mutate(newAccount("ada"));
  const { orgId, projectId } = await newBoard(trestle);
  const input = { orgId, projectId, source: "csv", fileName: "tasks.csv" } as const;
  const { importId, rowCount } = await trestle.sendTable(input, "Title,Due\nOne,2030-01-01\n");
  expect(rowCount).toBe(1);
  const { mapping, rows } = await trestle.imports.preview.query({ orgId, importId });
  expect(rows).toMatchObject([{ title: "One", dueAt: "2030-01-01T23:59:59.999Z" }]);
  const { boardId } = await trestle.imports.start.mutate({ orgId, importId, mapping });
  expect((await trestle.boards.get.query({ boardId })).board.name).toBe("tasks");
  const file = trestle.sendTable({ ...input, source: "github" }, "no JSON at all");
  await expect(file).rejects.toMatchObject({ data: { kind: "IMPORT_NOT_JSON" } });
});

test("an upload is refused as a call is", async ({ connect }) => {
  const trestle = connect();
  await trestle.auth.signUp.mutate(newAccount("ada"));
  const { orgId, projectId } = await newBoard(trestle);
  const upload = trestle.importTrello({ orgId, projectId, fileName: "notes.txt" }, "no JSON at all");
  await expect(upload).rejects.toMatchObject({ name: "TRPCClientError", data: { kind: "IMPORT_NOT_JSON" } });
});

test("no noun of the router has the name of a member of the client", () => {
  const members = [
    "board",
    "close",
    "importArchive",
    "importTrello",
    "token",
    "waitForOperation",
  ] as const satisfies (keyof TrestleMembers)[];
  expect(Object.keys(appRouter._def.record)).not.toEqual(expect.arrayContaining([expect.toBeOneOf([...members])]));
  expectTypeOf<Extract<keyof AppRouter["_def"]["record"], keyof TrestleMembers>>().toBeNever();
});

function columnOf(state: Snapshot | undefined): string {
  return state?.columns[0]?.id ?? "";
}

function urlOf(input: string | URL | Request): string {
  return input instanceof Request ? input.url : input.toString();
}

/** What a page's `fetch` and `WebSocket` add by themselves: its origin, and the cookie that the server set. */
function browser(origin: string): Partial<TrestleOptions> {
  let cookie = "";
  class BrowserSocket extends WebSocket {
    constructor(url: string | URL) {
      super(...withHeaders(url, { origin, cookie }));
    }
  }
  return {
    WebSocket: BrowserSocket,
    fetch: async (input, init) => {
      expect(init?.credentials).toBe("include");
      const headers = new Headers(init?.headers);
      headers.set("origin", origin);
      headers.set("cookie", cookie);
      const response = await fetch(input, { ...init, headers });
      cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
      return response;
    },
  };
}

// Node's WebSocket takes headers in place of protocols.
function withHeaders(url: string | URL, headers: Record<string, string>): ConstructorParameters<typeof WebSocket>;
function withHeaders(url: string | URL, headers: Record<string, string>): unknown[] {
  return [url, { headers }];
}
