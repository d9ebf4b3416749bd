import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, vi } from "vitest";
import { createTrestle, errorKind, type LiveMessage, type Trestle } from "../../client/index.ts";
import { importWorker } from "../../server/domains/work/imports/import-operation.ts";
import { cardId, smallExport } from "../setup/trello.ts";
import { type Person, test as base } from "../setup/world.ts";

const SCRIPT = join(import.meta.dirname, "../../scripts/import-trello.ts");

const test = base.extend<{ folder: string; connect: (person: Person) => Promise<Trestle> }>({
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "trestle-test-"));
    await use(folder);
    await rm(folder, { recursive: true });
  },
  connect: async ({ world }, use) => {
    await world.services.jobs.start([importWorker(world.services)]);
    const clients: Trestle[] = [];
    await use(async ({ token }) => {
      const client = createTrestle({ url: (await world.app()).url, token });
      clients.push(client);
      return client;
    });
    await Promise.all(clients.map((client) => client.close()));
  },
});

/** Runs the program as npm does, in a folder without a demo but the one given. */
function run(folder: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { DATA_DIR: folder, PATH: "" };
    const child = execFile(process.execPath, [SCRIPT, ...args], { env }, (_, out, err) => {
      resolve({ code: child.exitCode ?? -1, out, err });
    });
  });
}

describe("over HTTP", () => {
  test("watchers of a board get a snapshot when an import added to it", async ({ world, connect }) => {
    const org = await world.org();
    const { id: projectId } = await org.project();
    const trestle = await connect(org.owner);
    const input = { orgId: org.id, projectId, fileName: "board.json" };
    const file = smallExport();
    const { boardId } = await trestle.importTrello(input, JSON.stringify(file));

    const messages: LiveMessage[] = [];
    const watch = trestle.boards.live.subscribe({ boardId }, { onData: ({ data }) => messages.push(data) });
    const snapshots = () => messages.flatMap((message) => (message.type === "snapshot" ? [message] : []));
    await vi.waitUntil(() => snapshots().length === 1, { timeout: 60_000 });
    const cards = [...file.cards, { id: cardId(8), name: "Added", idList: "todo", pos: 900, idShort: 8 }];
    const again = new Blob([JSON.stringify({ ...file, cards })]);
    const { report } = await trestle.importTrello(input, again);
    expect(report.created).toEqual({ columns: 0, labels: 0, tasks: 1, checklists: 0, comments: 0 });
    await vi.waitUntil(() => snapshots().length === 2, { timeout: 60_000 });
    watch.unsubscribe();
    expect(snapshots().map(({ reason }) => reason)).toEqual(["first", "reset"]);
    expect(messages.filter(({ type }) => type !== "head" && type !== "snapshot")).toEqual([]);
    expect(snapshots()[1]?.snapshot).toEqual(await trestle.boards.get.query({ boardId }));
  });

  test("a refusal arrives also when most of the file is still to be sent", async ({ world, connect }) => {
    const org = await world.org();
    const { id: projectId } = await org.project();
    const trestle = await connect(org.owner);
    const input = { orgId: org.id, projectId, fileName: "board.json" };
    const size = 20 << 20;
    for (const file of [new Uint8Array(size), new Blob(["[1,", new Uint8Array(size)])]) {
      const error: unknown = await trestle.importTrello(input, file).catch((refused: unknown) => refused);
      expect(errorKind(error)).toBe("IMPORT_NOT_JSON");
    }
    const stranger = await connect(await world.person());
    const { uploadUrl } = await trestle.imports.create.mutate({ ...input, source: "trello" });
    const response = await fetch(new URL(uploadUrl, (await world.app()).url), {
      method: "PUT",
      headers: { authorization: `Bearer ${stranger.token}` },
      body: new Uint8Array(size),
    });
    expect(response.status).toBe(404);
    expect(JSON.stringify(await response.json())).toContain("IMPORT_NOT_FOUND");
  });

  test("a file over 100 MiB is refused, whether it says its size before or not", async ({ world, connect }) => {
    const org = await world.org();
    const { id: projectId } = await org.project();
    const trestle = await connect(org.owner);
    const input = { orgId: org.id, projectId, fileName: "board.json" };
    const mebibyte = Buffer.from(`"${"x".repeat((1 << 20) - 3)}",`);
    const sized = new Blob(['{"x":[', ...Array.from({ length: 101 }, () => mebibyte)]);
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('{"x":[')),
      pull: (controller) => controller.enqueue(mebibyte),
    });
    for (const file of [sized, endless]) {
      const error: unknown = await trestle.importTrello(input, file).catch((refused: unknown) => refused);
      expect(errorKind(error)).toBe("BODY_TOO_LARGE");
    }
  });
});

describe("npm run import:trello", () => {
  test("imports a file and says what came of it", async ({ world, folder }) => {
    const org = await world.org();
    await org.project();
    const { url } = await world.app();
    const file = join(folder, "kitchen.json");
    await writeFile(file, JSON.stringify(smallExport()));
    const first = await run(folder, file, "--url", url, "--token", org.owner.token, "--project", "prj");
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toContain('The board is "Kitchen"');
    expect(first.out).toContain("created    3 columns, 2 labels, 5 tasks, 2 checklists, 2 comments");
    expect(first.out).toContain("kept by name: Unknown Cook, nobody");
    const second = await run(folder, file, "--url", url, "--token", org.owner.token);
    expect(second.out).toContain("unchanged  3 columns, 2 labels, 5 tasks, 2 checklists, 2 comments");
  });

  test("signs in to the demo of its data directory when it is told nothing", async ({ world, folder }) => {
    const org = await world.org();
    const { key } = await org.project();
    const { caller, email, password } = org.owner;
    const { slug } = await caller.orgs.get({ orgId: org.id });
    const { url } = await world.app();
    const demo = {
      url,
      orgSlug: slug,
      projectKey: key,
      boardId: "",
      users: [{ name: "", role: "owner", email, password }],
    };
    await writeFile(join(folder, "demo.json"), JSON.stringify(demo));
    await writeFile(join(folder, "kitchen.json"), JSON.stringify(smallExport()));
    await expect(run(folder, join(folder, "kitchen.json"))).resolves.toMatchObject({ code: 0, err: "" });
    const { items } = await caller.boards.list({ orgId: org.id });
    expect(items.map(({ name }) => name)).toEqual(["Kitchen"]);
  });

  test("ends with one sentence when something is wrong", async ({ world, folder }) => {
    const org = await world.org();
    await org.project();
    const { url } = await world.app();
    const { slug } = await org.owner.caller.orgs.get({ orgId: org.id });
    const good = join(folder, "kitchen.json");
    const bad = join(folder, "picture.json");
    await writeFile(good, JSON.stringify(smallExport()));
    await writeFile(bad, Buffer.from("89504e470d0a1a0a", "hex"));
    const there = ["--url", url, "--token", org.owner.token];
    const sentences: [string[], string][] = [
      [[], "Which file?"],
      [[good, good], "One file at a time"],
      [[good, "--nonsense"], "--nonsense"],
      [[join(folder, "none.json"), ...there], "There is no file"],
      [[folder, ...there], "is not a file"],
      [[good, "--url", "nowhere"], "no address of a server"],
      [[good, "--url", "http://127.0.0.1:1", "--token", "x"], "No Trestle answers at http://127.0.0.1:1"],
      [[good, "--url", url], "--token"],
      [[good, "--url", url, "--token", "wrong"], "not, or no longer, that of a session"],
      [[good, ...there, "--org", "nobody"], `no organisation called nobody, but there is ${slug}`],
      [[good, ...there, "--project", "NONE"], "no project in"],
      [[bad, ...there], "picture.json was not imported: The file is not JSON."],
    ];
    const outcomes = await Promise.all(sentences.map(([args]) => run(folder, ...args)));
    for (const [index, { code, err }] of outcomes.entries()) {
      expect(err).toContain(sentences[index]?.[1]);
      expect([code, err.trim().split("\n").length]).toEqual([1, 1]);
    }
    const help = await run(folder, "--help");
    expect(help.code).toBe(0);
    expect(help.out).toContain("Usage: npm run import:trello");
  });
});
