import { request } from "node:http";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import { expect } from "vitest";
import { z } from "zod";
import { newId } from "../../server/core/ids.ts";
import { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { ask } from "../setup/ask.ts";
import { test } from "../live/live-test.ts";
import { versionOf } from "../setup/model.ts";
import type { Person, TestOrg } from "../setup/world.ts";

const Answer = z.object({ result: z.object({ data: z.object({ json: z.unknown() }) }) });
const JSON_TYPE = { "content-type": "application/json" };

function bearer({ token }: { token: string }): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function addressOf(boardId: string): string {
  return `/trpc/boards.get?input=${encodeURIComponent(JSON.stringify({ json: { boardId } }))}`;
}

/** The board as somebody gets it by HTTP. Fails with the kind of the refusal. */
async function open(url: string, person: { token: string }, boardId: string): Promise<Snapshot> {
  const { text, kind } = await ask(url, addressOf(boardId), { headers: bearer(person) });
  if (kind !== undefined) throw new Error(kind);
  return Snapshot.parse(Answer.parse(JSON.parse(text)).result.data.json);
}

/** A board with everything that a board can show, and enough of it to be a large answer. */
async function fullBoard(org: TestOrg) {
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ['Ünïcode ☃ \u2028 "quoted" \\ 🎉'] });
  const { caller } = org.owner;
  const label = await caller.labels.create({ boardId: board.id, name: "Urgent", color: "red" });
  const changes = Array.from({ length: 50 }, (_, index) => ({
    procedure: "tasks.create" as const,
    id: newId(),
    columnId: board.column("Done"),
    title: `Task ${index}`,
    labelIds: index % 2 === 0 ? [label.id] : [],
    assigneeIds: index % 3 === 0 ? [org.owner.id] : [],
    dueAt: index % 4 === 0 ? "2030-01-31T12:00:00.000Z" : null,
  }));
  await caller.boards.applyChanges({ boardId: board.id, changes });
  return board;
}

test("a board by HTTP is what its contract says and nothing more, and the same as by every other way", async ({
  world,
}) => {
  const { url } = await world.app();
  const org = await world.org();
  const { id } = await fullBoard(org);
  const { text } = await ask(url, addressOf(id), { headers: bearer(org.owner) });
  const raw = Answer.parse(JSON.parse(text)).result.data.json;
  // Parsing leaves out what the contract does not name.
  expect(Snapshot.parse(raw)).toEqual(raw);
  expect(await org.owner.caller.boards.get({ boardId: id })).toEqual(raw);
  for (let again = 0; again < 2; again += 1) expect(await open(url, org.owner, id)).toEqual(raw);
});

test("a board in a batch stands among the other answers, refused ones too", async ({ world }) => {
  const { url } = await world.app();
  const org = await world.org();
  const { id } = await fullBoard(org);
  const input = { 0: { json: { boardId: id } }, 1: { json: { boardId: newId() } }, 3: { json: { boardId: id } } };
  const paths = "boards.get,boards.get,auth.me,boards.get";
  const path = `/trpc/${paths}?batch=1&input=${encodeURIComponent(JSON.stringify(input))}`;
  const { status, text } = await ask(url, path, { headers: bearer(org.owner) });
  const board = await open(url, org.owner, id);
  expect(status).toBe(207);
  expect(JSON.parse(text)).toMatchObject([
    { result: { data: { json: board } } },
    { error: { json: { data: { kind: "BOARD_NOT_FOUND" } } } },
    { result: { data: { json: { user: { id: org.owner.id } } } } },
    { result: { data: { json: board } } },
  ]);
});

test("whoever changed a board sees the change on every process, however many read and write", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board();
  const servers = [await live.serve(), await live.serve()];
  const writers = [org.owner, await org.another("member"), await org.another("member")];
  const expected: string[] = [];
  const write = async (person: Person, turn: number) => {
    const [here, there] = turn % 2 === 0 ? servers : servers.toReversed();
    const task = { boardId: board.id, columnId: board.column("Todo"), title: `${person.name} ${turn}` };
    const asked = {
      method: "POST",
      headers: { ...JSON_TYPE, ...bearer(person) },
      body: JSON.stringify({ json: task }),
    };
    const { text } = await ask(here?.url ?? "", "/trpc/tasks.create", asked);
    const made = z.object({ id: z.string(), version: z.int() }).parse(Answer.parse(JSON.parse(text)).result.data.json);
    expected.push(made.id);
    for (const url of [here?.url ?? "", there?.url ?? ""]) {
      const seen = await open(url, person, board.id);
      expect(versionOf(seen)).toBeGreaterThanOrEqual(made.version);
      expect(seen.tasks.map(({ id }) => id)).toContain(made.id);
    }
  };
  const writeAll = async (person: Person) => {
    for (let turn = 0; turn < 15; turn += 1) await write(person, turn);
  };
  await Promise.all(writers.map(writeAll));
  const { tasks } = await open(servers[0]?.url ?? "", org.owner, board.id);
  expect(tasks.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
});

test("a board that many have open is shown to nobody who may not see it, from the moment of their removal", async ({
  world,
}) => {
  const { url } = await world.app();
  const org = await world.org();
  const board = await org.board({ visibility: "private" });
  const [guest, stranger] = [await board.as("viewer"), await world.person()];
  const openAll = () => Promise.allSettled([org.owner, guest, stranger].map((who) => open(url, who, board.id)));
  const outcomes = async () => (await openAll()).map(({ status }) => status);
  for (let again = 0; again < 3; again += 1) expect(await outcomes()).toEqual(["fulfilled", "fulfilled", "rejected"]);
  await org.owner.caller.boards.unshare({ boardId: board.id, userId: guest.id });
  for (let again = 0; again < 3; again += 1) expect(await outcomes()).toEqual(["fulfilled", "rejected", "rejected"]);
  await expect(open(url, guest, board.id)).rejects.toThrow("BOARD_NOT_FOUND");
});

/** A large answer as it comes for an `Accept-Encoding`. */
async function encoded(url: string, path: string, headers: Record<string, string>, body?: string) {
  const { hostname, port } = new URL(url);
  const method = body === undefined ? "GET" : "POST";
  return new Promise<{ encoding: string | undefined; vary: string; bytes: Buffer }>((resolve, reject) => {
    const asking = request({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const { "content-encoding": encoding, vary = "" } = response.headers;
        resolve({ encoding, vary, bytes: Buffer.concat(chunks) });
      });
    });
    asking.on("error", reject);
    asking.end(body);
  });
}

test("a large answer is compressed as its client likes it, and a small one is not", async ({ world }) => {
  const { url } = await world.app();
  const org = await world.org();
  const { id } = await fullBoard(org);
  const as = bearer(org.owner);
  const plain = await encoded(url, addressOf(id), as);
  expect(plain.encoding).toBeUndefined();
  expect(plain.vary).toContain("Accept-Encoding");
  const unpack = {
    zstd: zstdDecompressSync,
    br: brotliDecompressSync,
    gzip: gunzipSync,
    "": (bytes: Buffer) => bytes,
  } as const;
  const liked: [string, keyof typeof unpack][] = [
    ["gzip, deflate, br, zstd", "zstd"],
    ["gzip, deflate, br", "br"],
    ["GZIP;q=0.5, identity", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["gzip;q=0.000", ""],
    ["deflate, identity, *", ""],
    ["", ""],
  ];
  for (const [accepted, name] of [...liked, ...liked]) {
    const { encoding, vary, bytes } = await encoded(url, addressOf(id), { ...as, "accept-encoding": accepted });
    expect([accepted, encoding ?? ""]).toEqual([accepted, name]);
    expect(vary).toBe(plain.vary);
    expect(unpack[name](bytes).equals(plain.bytes)).toBe(true);
    expect(bytes.length < plain.bytes.length).toBe(name !== "");
  }
  const accepting = { ...as, "accept-encoding": "br" };
  expect(await encoded(url, "/trpc/auth.me", accepting)).toMatchObject({ encoding: undefined });
  // In a batch, and where the envelope is long: what many share does not get mixed up.
  const input = encodeURIComponent(JSON.stringify({ 0: { json: { boardId: id } }, 1: { json: { boardId: id } } }));
  for (const path of ["boards.get", "boards.get,auth.me", "auth.me,boards.access", "boards.get,boards.get"]) {
    const address = `/trpc/${path}?batch=1&input=${input}`;
    const { bytes } = await encoded(url, address, as);
    const packed = await encoded(url, address, accepting);
    const unpacked = packed.encoding === "br" ? brotliDecompressSync(packed.bytes) : packed.bytes;
    expect(unpacked.toString()).toBe(bytes.toString());
  }
});

test("what may hold a secret, an answer to a mutation, is not compressed", async ({ world }) => {
  const { url } = await world.app();
  const org = await world.org();
  const board = await org.board();
  const headers = { ...JSON_TYPE, ...bearer(org.owner), "accept-encoding": "gzip, br, zstd" };
  const title = "x".repeat(200);
  const change = { procedure: "tasks.create", columnId: board.column("Todo"), title };
  const json = { boardId: board.id, changes: Array.from({ length: 50 }, () => change) };
  const answer = await encoded(url, "/trpc/boards.applyChanges", headers, JSON.stringify({ json }));
  expect(answer.bytes.length).toBeGreaterThan(8_192);
  expect(answer.encoding).toBeUndefined();
  expect(answer.vary).not.toContain("Accept-Encoding");
});
