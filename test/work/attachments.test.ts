import { createHash, randomBytes } from "node:crypto";
import { readdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { sql } from "drizzle-orm";
import sharp from "sharp";
import { describe, expect, onTestFinished } from "vitest";
import { createTrestle, errorKind, foldAttachments, type TaskAttachments } from "../../client/index.ts";
import { createServices } from "../../server/app.ts";
import { readEvents } from "../../server/core/event-log.ts";
import type { FilesConfig } from "../../server/core/files/files.ts";
import { createLogger } from "../../server/core/log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import type { BoardEvent } from "../../server/events.ts";
import type { Attachment } from "../../server/domains/work/attachments.contract.ts";
import { deleteUnreferencedFiles } from "../../server/domains/work/attachments.service.ts";
import { thumbnailWorker } from "../../server/domains/work/thumbnails.ts";
import { attachFile, pieces } from "../setup/attachments.ts";
import { ask } from "../setup/ask.ts";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { startS3Server } from "../setup/s3-server.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { type Person, test, type TestBoard, type World } from "../setup/world.ts";

const HOUR_MS = 3_600_000;
const PIECE_BYTES = 1 << 20;
const LARGE_BYTES = 64 * PIECE_BYTES;

async function scene(world: World) {
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  return { org, board, owner: org.owner, at: { boardId: board.id, taskId: board.task("One") } };
}

/** The same process with other limits, or another store. */
function processWith(world: World, files: Partial<FilesConfig>): Pick<World, "services"> {
  const { services, close } = createServices({
    connection: world.connection,
    poolSize: 2,
    rootKeys: TEST_ROOT_KEYS,
    log: createLogger("silent"),
    clock: world.clock,
    secure: false,
    files: { ...world.services.files.config, ...files },
  });
  onTestFinished(close);
  return { services };
}

/** All that lies in the folder of files. */
async function stored({ services }: World): Promise<string[]> {
  const { folder } = services.files.config;
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return names.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function rowsOf({ db }: World, orgId: string): Promise<number> {
  const rows = await db.execute(sql`select from stored_file where org_id = ${orgId}::uuid`);
  return rows.length;
}

async function addressOf(world: World, { id: boardId }: Pick<TestBoard, "id">, path: string): Promise<string> {
  return `${(await world.app()).url}/boards/${boardId}/attachments/${path}`;
}

const bearer = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });

describe("over HTTP", () => {
  test("a file comes back as it was sent, whole or in pieces, to be saved and never shown", async ({ world }) => {
    const { board, owner, at } = await scene(world);
    const { url } = await world.app();
    const client = createTrestle({ url, token: owner.token });
    const bytes = new Uint8Array(randomBytes(700_000));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        for (let from = 0; from < bytes.length; from += 90_000) controller.enqueue(bytes.subarray(from, from + 90_000));
        controller.close();
      },
    });
    const attachment = await client.attach({ ...at, name: 'Bau "plan" № 1.pdf' }, body);
    expect(attachment).toMatchObject({ ...at, sizeBytes: bytes.length, contentType: "application/octet-stream" });
    const file = { boardId: board.id, attachmentId: attachment.id };
    const whole = await client.download(file);
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const tag = `"${createHash("sha256").update(bytes).digest("hex")}"`;
    const said = Object.fromEntries(whole.headers);
    expect(said).toMatchObject({
      etag: tag,
      "accept-ranges": "bytes",
      "content-type": "application/octet-stream",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
    expect(said["content-security-policy"]).toMatch(/^sandbox;/u);
    expect(said["content-disposition"]).toMatch(
      /^attachment; .*filename\*=UTF-8''Bau%20%22plan%22%20%E2%84%96%201\.pdf$/u,
    );
    const piece = await client.download(file, { range: "bytes=699990-", "if-range": tag });
    expect(piece.status).toBe(206);
    expect(piece.headers.get("content-range")).toBe("bytes 699990-699999/700000");
    expect(Buffer.from(await piece.arrayBuffer()).equals(bytes.subarray(-10))).toBe(true);
    const statusOf = async (headers: Record<string, string>) => {
      const response = await client.download(file, headers);
      await response.arrayBuffer();
      return response.status;
    };
    expect(await statusOf({ range: "bytes=700000-" })).toBe(416);
    expect(await statusOf({ range: "bytes=0-1", "if-range": '"other"' })).toBe(200);
    expect(await statusOf({ range: "bytes=0-1,5-6" })).toBe(200);
    expect(await statusOf({ "if-none-match": `W/"x", ${tag}` })).toBe(304);
    const head = await fetch(await addressOf(world, board, attachment.id), { method: "HEAD", headers: bearer(owner) });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "700000", ""]);
    await client.close();
  });

  test("what is being sent ends with the session that asked for it", async ({ world }) => {
    const { board, owner, at } = await scene(world);
    // More than what Linux keeps of a connection at most: 32 MiB where it arrives and 4 MiB where it is sent.
    const large = processWith(world, { maxBytes: LARGE_BYTES });
    const attachment = await attachFile(large, owner, { at, body: pieces(Buffer.alloc(LARGE_BYTES)) });
    const { token } = await world.services.sessions.create(owner.id, "another");
    const { body } = await fetch(await addressOf(world, board, attachment.id), { headers: bearer({ token }) });
    const reader = body?.getReader();
    await reader?.read();
    await owner.caller.sessions.revokeOthers();
    const rest = (async () => {
      for (;;) if ((await reader?.read())?.done !== false) return "whole";
    })();
    expect(await rest.catch(() => "cut")).toBe("cut");
  });

  test("nobody reads a file or sends one who may not, also with an address that is good for others", async ({
    world,
  }) => {
    const { org, board, owner, at } = await scene(world);
    const attachment = await attachFile(world, owner, { at, body: pieces("secret") });
    const [stranger, other] = [await world.person(), await world.org()];
    const [guest, viewer] = [await org.another("guest"), await board.as("viewer")];
    const elsewhere = await other.board();
    const keyOf = async (by: Person, orgId: string, actions: ("task:read" | "board:read" | "attachment:create")[]) =>
      (await by.caller.keys.create({ orgId, name: "Key", actions, expiresAt: null })).token;
    const here = await addressOf(world, board, attachment.id);
    const read = async (url: string, token?: string) => {
      const response = await fetch(url, token === undefined ? {} : { headers: bearer({ token }) });
      const text = await response.text();
      return response.ok ? text : /"kind":"(?<kind>\w+)"/u.exec(text)?.groups?.["kind"];
    };
    expect(await read(here)).toBe("SIGN_IN_REQUIRED");
    expect(await read(here, stranger.token)).toBe("BOARD_NOT_FOUND");
    expect(await read(here, guest.token)).toBe("BOARD_NOT_FOUND");
    expect(await read(here, other.owner.token)).toBe("BOARD_NOT_FOUND");
    // Of a board that they may read: the file is not there.
    expect(await read(await addressOf(world, elsewhere, attachment.id), other.owner.token)).toBe(
      "ATTACHMENT_NOT_FOUND",
    );
    expect(await read(await addressOf(world, board, "../../etc/passwd"), owner.token)).toBe("PROCEDURE_NOT_FOUND");
    expect(await read(await addressOf(world, board, "%2e%2e%2fx"), owner.token)).toBe("ATTACHMENT_NOT_FOUND");
    expect(await read(here, viewer.token)).toBe("secret");
    expect(await read(here, await keyOf(owner, org.id, ["task:read"]))).toBe("secret");
    expect(await read(here, await keyOf(owner, org.id, ["board:read"]))).toBe("KEY_FORBIDDEN");
    await owner.caller.boards.unshare({ boardId: board.id, userId: viewer.id });
    expect(await read(here, viewer.token)).toBe("BOARD_NOT_FOUND");

    const { uploadUrl } = await owner.caller.attachments.create({ ...at, name: "x" });
    const send = async (token: string) => {
      const request = { method: "PUT", headers: bearer({ token }), body: "mine" };
      const response = await fetch(`${(await world.app()).url}${uploadUrl}`, request);
      return response.ok ? "done" : /"kind":"(?<kind>\w+)"/u.exec(await response.text())?.groups?.["kind"];
    };
    const [editor, watcher] = [await board.as("editor"), await board.as("viewer")];
    expect(watcher.id).toBe(viewer.id);
    expect(await send(stranger.token)).toBe("BOARD_NOT_FOUND");
    expect(await send(editor.token)).toBe("UPLOAD_NOT_FOUND");
    expect(await send(await keyOf(owner, org.id, ["task:read"]))).toBe("KEY_FORBIDDEN");
    const cookie = { method: "PUT", headers: { cookie: `auth_session=${owner.token}`, origin: "https://evil.test" } };
    const crossSite = await fetch(`${(await world.app()).url}${uploadUrl}`, { ...cookie, body: "x" });
    expect(await crossSite.text()).toContain("ORIGIN_REFUSED");
    expect(await send(await keyOf(owner, org.id, ["attachment:create"]))).toBe("done");
    expect(await send(owner.token)).toBe("ATTACHMENT_UPLOADED");
  });
});

test("whoever has a task open sees its files come, change and go, and cards say how many there are", async ({
  world,
}) => {
  const { board, owner, at } = await scene(world);
  const editor = await board.as("editor");
  const { board: before } = await owner.caller.boards.get({ boardId: board.id });
  const first = await attachFile(world, owner, { at, name: "a.txt", body: pieces("Grüße", Buffer.from([0xc3, 0xa4])) });
  expect(first).toMatchObject({ contentType: "text/plain", sizeBytes: 9, thumbnail: "none", createdBy: owner.id });
  const second = await attachFile(world, editor, {
    at,
    name: "evil.png",
    body: pieces("%PDF-1.7\n%", "x".repeat(100)),
  });
  expect(second.contentType).toBe("application/pdf");
  const change = { boardId: board.id, attachmentId: first.id };
  const renamed = await outcomeOf(world.db, editor, (mutationId) =>
    editor.caller.attachments.update({ ...change, name: "b.txt", mutationId }),
  );
  expect(renamed.announced).toMatchObject([{ type: "attachment.updated", data: { attachment: { name: "b.txt" } } }]);
  const cards = async () => (await owner.caller.boards.get({ boardId: board.id })).tasks;
  expect((await cards()).map(({ attachmentCount }) => attachmentCount)).toEqual([2, 0]);
  const page = await owner.caller.attachments.list({ ...at, limit: 1 });
  const rest = await owner.caller.attachments.list({ ...at, cursor: page.nextCursor });
  const list = [...page.items, ...rest.items];
  expect(list).toEqual([second, renamed.answer]);
  const gone = await outcomeOf(world.db, owner, (mutationId) =>
    owner.caller.attachments.delete({ boardId: board.id, attachmentId: second.id, mutationId }),
  );
  expect(gone.announced).toMatchObject([
    { type: "attachment.deleted", data: { taskId: at.taskId, attachmentCount: 1 } },
  ]);
  const events = (await readEvents(world.db, board.id, before.version, 100)).map((event) => toEvent<BoardEvent>(event));
  const nothing: TaskAttachments = { taskId: at.taskId, attachments: [] };
  const folded = events.reduce(foldAttachments, nothing);
  expect(folded.attachments).toEqual((await owner.caller.attachments.list(at)).items);
  // What the list knew already changes nothing.
  expect(events.reduce(foldAttachments, folded)).toEqual(folded);
  await owner.caller.tasks.archive(at);
  const create = () => owner.caller.attachments.create({ ...at, name: "x" });
  expect(await refusedIdle(world.db, create)).toBe("TASK_ARCHIVED");
  expect(
    await refusedIdle(world.db, () => editor.caller.attachments.delete({ ...change, attachmentId: second.id })),
  ).toBe("ATTACHMENT_NOT_FOUND");
});

test("what is too much is refused: a file, those of an organisation together, a type; and no more comes than is written", async ({
  world,
}) => {
  const { org, board, owner, at } = await scene(world);
  const { services } = world;
  const { uploadUrl } = await owner.caller.attachments.create({ ...at, name: "x" });
  const headers = { ...bearer(owner), "content-length": String(services.files.config.maxBytes + 1) };
  expect((await ask((await world.app()).url, uploadUrl, { method: "PUT", headers })).kind).toBe("BODY_TOO_LARGE");
  const strict = processWith(world, { types: ["image/*", "application/pdf"] });
  await attachFile(strict, owner, { at, body: pieces("%PDF-1.7\n") });
  expect(await refusal(attachFile(strict, owner, { at, name: "a.pdf", body: pieces("text") }))).toBe(
    "FILE_TYPE_REFUSED",
  );
  const small = processWith(world, { maxBytesPerOrg: 9 + 30 });
  const ends = await Promise.allSettled(
    [1, 2, 3, 4, 5].map(async (count) =>
      attachFile(small, owner, { at, name: `${count}`, body: pieces("0123456789") }),
    ),
  );
  expect(kindsOf(ends).toSorted()).toEqual(["FILES_FULL", "FILES_FULL", "done", "done", "done"]);
  const [first] = (await owner.caller.attachments.list(at)).items;
  await owner.caller.attachments.delete({ boardId: board.id, attachmentId: first?.id ?? "" });
  await attachFile(small, owner, { at, body: pieces("0123456789") });
  // What has come is on the disk before more is asked for.
  const incoming = join(services.files.config.folder, "incoming");
  const ahead: number[] = [];
  async function* counted() {
    for (let count = 0; count < 8; count += 1) {
      const [name] = await readdir(incoming);
      const { size } = name === undefined ? { size: 0 } : await stat(join(incoming, name));
      ahead.push(count * PIECE_BYTES - size);
      yield Buffer.alloc(PIECE_BYTES, "x");
    }
  }
  expect((await attachFile(world, owner, { at, body: counted() })).sizeBytes).toBe(8 * PIECE_BYTES);
  expect(new Set(ahead)).toEqual(new Set([0]));
  expect(await rowsOf(world, org.id)).toBeGreaterThan(4);
});

test("nothing is left of what breaks off, comes in vain, is deleted, or belonged to what was", async ({ world }) => {
  const { services } = world;
  await deleteUnreferencedFiles(services);
  const { org, board, owner, at } = await scene(world);
  async function* broken() {
    yield Buffer.from("half");
    throw new Error("the connection was cut");
  }
  const keptBefore = (await stored(world)).length;
  expect(await refusal(attachFile(world, owner, { at, body: broken() }))).toBe("UPLOAD_INTERRUPTED");
  expect([(await stored(world)).length, await rowsOf(world, org.id)]).toEqual([keptBefore, 0]);
  // A process was killed before the file was its task's, and another one while a file came.
  await services.files.receive(org.id, pieces("nobody's"));
  const left = join(services.files.config.folder, "incoming", "left");
  await writeFile(left, "half");
  await utimes(left, 0, 0);
  // Its task was archived meanwhile.
  const vain = attachFile(world, owner, {
    at: { ...at, taskId: board.task("Two") },
    body: (async function* () {
      yield Buffer.from("x");
      await owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("Two") });
    })(),
  });
  expect(await refusal(vain)).toBe("TASK_ARCHIVED");
  const kept = await attachFile(world, owner, { at, body: pieces("kept") });
  const deleted = await attachFile(world, owner, { at, body: pieces("deleted") });
  const other = await org.board({ tasks: ["There"] });
  await attachFile(world, owner, {
    at: { boardId: other.id, taskId: other.task("There") },
    body: pieces("of a board"),
  });
  await owner.caller.attachments.delete({ boardId: board.id, attachmentId: deleted.id });
  await owner.caller.boards.delete({ boardId: other.id });
  await deleteUnreferencedFiles(services);
  expect((await stored(world)).length).toBe(keptBefore + 2);
  world.clock.advance(25 * HOUR_MS);
  await deleteUnreferencedFiles(services);
  expect([(await stored(world)).length, await rowsOf(world, org.id)]).toEqual([keptBefore + 1, 1]);
  const { body } = await fetch(await addressOf(world, board, kept.id), { headers: bearer(owner) });
  expect(body && (await buffer(body)).toString()).toBe("kept");
  await world.db.execute(sql`delete from org where id = ${org.id}::uuid`);
  await deleteUnreferencedFiles(services);
  expect([(await stored(world)).length, await rowsOf(world, org.id)]).toEqual([keptBefore, 0]);
});

test("of a picture there is a small one, of one that cannot or must not be drawn there is none", async ({ world }) => {
  const { org, board, owner, at } = await scene(world);
  const draw = async ({ id: attachmentId }: Attachment) => {
    const job = { orgId: org.id, boardId: board.id, attachmentId };
    await thumbnailWorker(world.services).run(job, AbortSignal.timeout(60_000));
    const { items } = await owner.caller.attachments.list(at);
    return items.find(({ id }) => id === attachmentId)?.thumbnail;
  };
  const plain = { width: 900, height: 300, channels: 3, background: "#c33" } as const;
  const png = await sharp({ create: plain })
    .withExif({ IFD0: { Artist: "Somebody" } })
    .png()
    .toBuffer();
  const picture = await attachFile(world, owner, { at, name: "p.png", body: pieces(png) });
  expect(picture).toMatchObject({ contentType: "image/png", thumbnail: "waiting" });
  const thumbnail = await addressOf(world, board, `${picture.id}/thumbnail`);
  expect((await fetch(thumbnail, { headers: bearer(owner) })).status).toBe(404);
  expect(await draw(picture)).toBe("ready");
  const response = await fetch(thumbnail, { headers: bearer(owner) });
  const small = await sharp(await response.arrayBuffer()).metadata();
  expect(small).toMatchObject({ format: "webp", width: 512, height: 171 });
  expect(small.exif).toBeUndefined();
  expect((await fetch(thumbnail, { headers: bearer(await world.person()) })).status).toBe(404);
  const bomb = await sharp({ create: { ...plain, width: 9_000, height: 9_000 } })
    .png()
    .toBuffer();
  expect(await draw(await attachFile(world, owner, { at, body: pieces(bomb) }))).toBe("none");
  expect(await draw(await attachFile(world, owner, { at, body: pieces(png.subarray(0, 200)) }))).toBe("none");
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>';
  expect((await attachFile(world, owner, { at, body: pieces(svg) })).thumbnail).toBe("none");
  // Deleted while it was drawn.
  const late = await attachFile(world, owner, { at, body: pieces(png) });
  await owner.caller.attachments.delete({ boardId: board.id, attachmentId: late.id });
  expect(await draw(late)).toBeUndefined();
});

describe("an S3-compatible store", () => {
  test("has files and their pieces, and loses them when they are deleted", async ({ world }) => {
    const s3 = await startS3Server();
    onTestFinished(s3.close);
    const { board, owner, at, org } = await scene(world);
    const there = processWith(world, { s3: s3.config });
    const bytes = randomBytes(300_000);
    const attachment = await attachFile(there, owner, { at, body: pieces(bytes.subarray(0, 7), bytes.subarray(7)) });
    const [row] = await world.db.execute<{ id: string }>(
      sql`select id from stored_file where org_id = ${org.id}::uuid`,
    );
    const file = { orgId: org.id, id: row?.id ?? "" };
    const { files } = there.services;
    expect((await buffer(await files.read(file))).equals(bytes)).toBe(true);
    expect((await buffer(await files.read(file, { start: 5, end: 9 }))).equals(bytes.subarray(5, 10))).toBe(true);
    await owner.caller.attachments.delete({ boardId: board.id, attachmentId: attachment.id });
    await deleteUnreferencedFiles(there.services);
    expect(await refusal(files.read(file))).toBe("FILE_MISSING");
    expect(await rowsOf(world, org.id)).toBe(0);
  });

  test("that is away fails the upload, and nothing is on the task or left on this machine", async ({ world }) => {
    const s3 = await startS3Server();
    await s3.close();
    const { owner, at } = await scene(world);
    const before = (await stored(world)).length;
    const away = processWith(world, { s3: s3.config });
    const error = await attachFile(away, owner, { at, body: pieces("x") }).catch((failed: unknown) => failed);
    expect(errorKind(error) ?? String(error)).toMatch(/ECONNREFUSED/u);
    expect((await owner.caller.attachments.list(at)).items).toEqual([]);
    expect((await stored(world)).length).toBe(before);
  });
});
