import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { sql } from "drizzle-orm";
import { describe, expect } from "vitest";
import { AppError } from "../../server/core/app-error.ts";
import { importWorker } from "../../server/domains/work/imports/import-operation.ts";
import { whileHeld } from "../setup/held.ts";
import { changedBy } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { announceImport, bodyOf, importExport, runImport, smallExport } from "../setup/trello.ts";
import { test } from "../setup/world.ts";

const HOUR_MS = 3_600_000;
const text = JSON.stringify(smallExport());
const bytes = Buffer.from(text);

/** A body that pauses at its middle until it is told to go on. */
function pausingBody(file: string) {
  const half = Promise.withResolvers<null>();
  const goOn = Promise.withResolvers<null>();
  async function* body() {
    yield Buffer.from(file.slice(0, 100));
    half.resolve(null);
    await goOn.promise;
    yield Buffer.from(file.slice(100));
  }
  return { body: body(), half: half.promise, goOn: () => goOn.resolve(null) };
}

/** Spools of imports that lie in the temporary directory under a name. */
async function spools(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("trestle-import-"));
}

const FILES: Record<string, { file: string | Uint8Array; kind: string; blames?: string }> = {
  "an empty file": { file: "", kind: "IMPORT_NOT_JSON" },
  blanks: { file: " \n\t ", kind: "IMPORT_NOT_JSON" },
  "a picture": { file: Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"), kind: "IMPORT_NOT_JSON" },
  "an archive": { file: Buffer.from("504b030414000000080000002100", "hex"), kind: "IMPORT_NOT_JSON" },
  "a web page": { file: "<!doctype html><title>Trello</title>", kind: "IMPORT_NOT_JSON" },
  "two documents": { file: text + text, kind: "IMPORT_NOT_JSON" },
  "something after the end": { file: `${text} x`, kind: "IMPORT_NOT_JSON" },
  "bytes that are not UTF-8": {
    file: Buffer.concat([bytes.subarray(0, 40), Buffer.from([0xff]), bytes.subarray(40)]),
    kind: "IMPORT_NOT_JSON",
  },
  "another encoding": { file: Buffer.from(text, "utf16le"), kind: "IMPORT_NOT_JSON" },
  "a list": { file: "[1, 2, 3]", kind: "IMPORT_WRONG_SHAPE", blames: "file" },
  "a number": { file: "17", kind: "IMPORT_WRONG_SHAPE", blames: "file" },
  null: { file: "null", kind: "IMPORT_WRONG_SHAPE", blames: "file" },
  "another object": { file: '{"name": "trestle", "version": "1.0.0"}', kind: "IMPORT_WRONG_SHAPE", blames: "lists" },
  "cards without lists": { file: '{"id":"a","name":"b","cards":[]}', kind: "IMPORT_WRONG_SHAPE", blames: "lists" },
  "lists without cards": { file: '{"id":"a","name":"b","lists":[]}', kind: "IMPORT_WRONG_SHAPE", blames: "cards" },
  "lists that are none": { file: '{"lists":{"a":1},"cards":[]}', kind: "IMPORT_WRONG_SHAPE", blames: "lists" },
  "no board": { file: '{"lists":[],"cards":[]}', kind: "IMPORT_WRONG_SHAPE", blames: "id, name" },
  "a list that is a text": {
    file: '{"id":"a","name":"b","lists":["x"],"cards":[]}',
    kind: "IMPORT_WRONG_SHAPE",
    blames: "lists.0",
  },
  "a card whose name is a number": {
    file: '{"id":"a","name":"b","lists":[],"cards":[{"id":"c","idList":"l"},{"id":"d","idList":"l","name":1}]}',
    kind: "IMPORT_WRONG_SHAPE",
    blames: "cards.1.name",
  },
  "an id that is none": {
    file: '{"id":"a","name":"b","lists":[{"id":"../x"}],"cards":[]}',
    kind: "IMPORT_WRONG_SHAPE",
    blames: "lists.0.id",
  },
  "a value nested without end": { file: `{"x":${"[".repeat(200)}`, kind: "IMPORT_WRONG_SHAPE", blames: "x" },
};

describe("a file that is no export", () => {
  for (const [what, { file, kind, blames }] of Object.entries(FILES)) {
    test(`such as ${what} is refused and leaves nothing behind`, async ({ world }) => {
      const org = await world.org();
      const { upload, get } = await announceImport(world, org);
      const changed = await changedBy(world.db, async () => {
        const error = await upload(file).then(
          () => undefined,
          (refused: unknown) => (refused instanceof AppError ? refused : undefined),
        );
        expect(error?.kind).toBe(kind);
        expect(Object.keys(error?.fields ?? {})).toEqual(blames === undefined ? [] : [blames]);
      });
      expect(changed).toEqual(["board_import"]);
      await expect(get()).resolves.toMatchObject({ state: "failed", errorKind: kind, boardId: null, report: null });
      await expect.poll(spools).toEqual([]);
    });
  }

  test("because it was cut anywhere is refused and leaves nothing behind", async ({ world }) => {
    const org = await world.org();
    const { upload } = await announceImport(world, org);
    const cuts = Array.from({ length: 60 }, (_, n) => Math.floor(((n + Math.random()) / 60) * bytes.byteLength));
    const changed = await changedBy(world.db, async () => {
      for (const cut of cuts) {
        expect([cut, await refusal(upload(bytes.subarray(0, cut)))]).toEqual([cut, "IMPORT_NOT_JSON"]);
      }
    });
    expect(changed).toEqual(["board_import"]);
    await expect(upload(bytes)).resolves.toMatchObject({ report: { created: { tasks: 5 } } });
  });

  test("because its upload was cut off is refused, and may be sent again", async ({ world }) => {
    const org = await world.org();
    const { send, upload, get } = await announceImport(world, org);
    async function* cutOff() {
      yield bytes.subarray(0, 500);
      throw new Error("aborted");
    }
    expect(await refusal(send(cutOff()))).toBe("IMPORT_INTERRUPTED");
    await expect(get()).resolves.toMatchObject({ state: "failed", errorKind: "IMPORT_INTERRUPTED" });
    async function* tooLong() {
      yield bytes.subarray(0, 500);
      throw new AppError("BODY_TOO_LARGE");
    }
    expect(await refusal(send(tooLong()))).toBe("BODY_TOO_LARGE");
    await upload(bytes);
    await expect(get()).resolves.toMatchObject({ state: "done", errorKind: null });
  });
});

describe("an import runs", () => {
  test("for whoever announced it and nobody else", async ({ world }) => {
    const org = await world.org();
    const { upload, get, importId } = await announceImport(world, org);
    for (const other of [await org.as("admin"), await org.as("guest"), await world.person()]) {
      expect(await refusal(upload(bytes, other))).toBe("IMPORT_NOT_FOUND");
    }
    expect(await refusal((await org.as("admin")).caller.imports.get({ orgId: org.id, importId }))).toBe(
      "IMPORT_NOT_FOUND",
    );
    await expect(get()).resolves.toMatchObject({ state: "waiting" });
  });

  test("while they may import: not as a guest, and not after they left", async ({ world }) => {
    const org = await world.org();
    const member = await org.as("member");
    const guest = await org.as("guest");
    const { upload, projectId } = await announceImport(world, org, member);
    const named = { orgId: org.id, projectId, source: "trello", fileName: "x" } as const;
    expect(await refusal(guest.caller.imports.create(named))).toBe("ACTION_FORBIDDEN");
    await org.owner.caller.members.setRole({ orgId: org.id, userId: member.id, role: "guest" });
    expect(await refusal(upload(bytes))).toBe("ACTION_FORBIDDEN");
    await org.owner.caller.members.remove({ orgId: org.id, userId: member.id });
    expect(await refusal(upload(bytes))).toBe("ORG_NOT_FOUND");
  });

  test("not for a member who is removed while the file waits for its turn", async ({ world }) => {
    const org = await world.org();
    const member = await org.as("member");
    const { upload } = await announceImport(world, org, member);
    const remove = sql`delete from membership where user_id = ${member.id}::uuid`;
    const changed = await changedBy(world.db, async () => {
      const [late] = await whileHeld(world.db, { streamId: org.id, change: (db) => db.execute(remove) }, [
        () => upload(bytes),
      ]);
      expect(late).toMatchObject({ status: "rejected", reason: { kind: "ORG_NOT_FOUND" } });
    });
    // The file goes within the hour.
    expect(changed).toEqual(["membership", "stored_file", "board_import"]);
  });

  test("once: a second upload is refused while it runs and after it", async ({ world }) => {
    const org = await world.org();
    const { send, upload, get } = await announceImport(world, org);
    const first = pausingBody(text);
    const running = send(first.body);
    await first.half;
    await expect(get()).resolves.toMatchObject({ state: "running" });
    expect(await refusal(upload(bytes))).toBe("IMPORT_RUNNING");
    first.goOn();
    await running;
    expect(await refusal(upload(bytes))).toBe("IMPORT_FINISHED");
    await expect(get()).resolves.toMatchObject({ state: "done", errorKind: null });
  });

  test("as an operation, done once whatever dies, and known by it to its owner alone", async ({ world }) => {
    const org = await world.org();
    const { begin, upload, get, importId } = await announceImport(world, org);
    const { operations } = org.owner.caller;
    const operationId = await begin(bodyOf(text));
    await expect(get()).resolves.toMatchObject({ state: "importing" });
    expect(await refusal(upload(bytes))).toBe("IMPORT_RUNNING");
    const run = { orgId: org.id, operationId };
    const dies = importWorker(world.services).run(run, AbortSignal.abort(), { isLastTry: false });
    await expect(dies).rejects.toThrow("abort");
    await Promise.all([runImport(world, org.id, operationId), runImport(world, org.id, operationId)]);
    await runImport(world, org.id, operationId);
    const { boardId } = await get();
    const result = { importId, boardId, created: 5, unchanged: 0 };
    expect(await operations.get({ operationId })).toMatchObject({ kind: "import", state: "done", result });
    expect((await org.owner.caller.boards.list({ orgId: org.id })).items.map(({ id }) => id)).toEqual([boardId]);
    expect(await refusal(upload(bytes))).toBe("IMPORT_FINISHED");
    expect(await refusal((await org.as("admin")).caller.operations.get({ operationId }))).toBe("OPERATION_NOT_FOUND");
  });

  test("until whoever began it cancels it, or leaves, and leaves no board behind", async ({ world }) => {
    const org = await world.org();
    const member = await org.as("member");
    const one = await announceImport(world, org);
    const operationId = await one.begin(bodyOf(text));
    await org.owner.caller.operations.cancel({ operationId });
    await runImport(world, org.id, operationId);
    await expect(one.get()).resolves.toMatchObject({ state: "cancelled", boardId: null });
    const now = world.clock.now().toISOString();
    const kept = sql`select from stored_file where org_id = ${org.id}::uuid and expires_at > ${now}::timestamptz`;
    expect([...(await world.db.execute(kept))]).toEqual([]);
    const other = await announceImport(world, org, member);
    const left = await other.begin(bodyOf(text));
    await org.owner.caller.members.remove({ orgId: org.id, userId: member.id });
    await runImport(world, org.id, left);
    expect((await org.owner.caller.boards.list({ orgId: org.id })).items).toEqual([]);
  });

  test("again an hour after a process left it behind, and the one left behind writes nothing more", async ({
    world,
  }) => {
    const org = await world.org();
    const { send, upload, get } = await announceImport(world, org);
    const first = pausingBody(text);
    const left = send(first.body);
    await first.half;
    world.clock.advance(HOUR_MS + 1_000);
    const done = await upload({ ...smallExport(), name: "The one that took over" });
    first.goOn();
    expect(await refusal(left)).toBe("IMPORT_RUNNING");
    await expect(get()).resolves.toMatchObject({ state: "done", boardId: done.board.id });
  });

  test("within a day of its announcement", async ({ world }) => {
    const org = await world.org();
    const { upload } = await announceImport(world, org);
    world.clock.advance(25 * HOUR_MS);
    expect(await refusal(upload(bytes))).toBe("IMPORT_NOT_FOUND");
  });

  test("into a project of the same organisation that is open", async ({ world }) => {
    const [org, other] = [await world.org(), await world.org()];
    const foreign = await other.project();
    const { id: projectId } = await org.project();
    const named = { orgId: org.id, source: "trello", fileName: "x" } as const;
    const { caller } = org.owner;
    expect(await refusal(caller.imports.create({ ...named, projectId: foreign.id }))).toBe("PROJECT_NOT_FOUND");
    const before = await announceImport(world, org);
    await caller.projects.archive({ orgId: org.id, projectId });
    expect(await refusal(before.upload(bytes))).toBe("PROJECT_ARCHIVED");
    expect(await refusal(caller.imports.create({ ...named, projectId }))).toBe("PROJECT_ARCHIVED");
  });
});

describe("a second import", () => {
  test("is refused to those who may not change the board, and to everybody while it is archived", async ({ world }) => {
    const org = await world.org();
    const { board } = await importExport(world, org, smallExport());
    const boardId = board.id;
    const { caller } = org.owner;
    const member = await org.as("member");
    const owners = await announceImport(world, org);
    const members = await announceImport(world, org, member);

    await caller.boards.update({ boardId, visibility: "private" });
    expect(await refusal(members.upload(bytes))).toBe("BOARD_NOT_FOUND");
    await caller.boards.share({ boardId, userId: member.id, role: "commenter" });
    expect(await refusal(members.upload(bytes))).toBe("ACTION_FORBIDDEN");
    await caller.boards.share({ boardId, userId: member.id, role: "editor" });
    await expect(members.upload(bytes)).resolves.toMatchObject({ report: { unchanged: { tasks: 5 } } });

    await caller.boards.archive({ boardId });
    expect(await refusal(owners.upload(bytes))).toBe("BOARD_ARCHIVED");
    await caller.boards.restore({ boardId });
    await caller.boards.delete({ boardId });
    await expect(owners.upload(text)).resolves.toMatchObject({ report: { created: { tasks: 5 } } });
  });

  test("waits for whoever works on the board, and finds what they did", async ({ world }) => {
    const org = await world.org();
    const { board } = await importExport(world, org, smallExport());
    const { upload } = await announceImport(world, org);
    const archive = sql`update board set state = 'archived' where id = ${board.id}::uuid`;
    const [late] = await whileHeld(world.db, { streamId: board.id, change: (db) => db.execute(archive) }, [
      () => upload(bytes),
    ]);
    expect(late).toMatchObject({ status: "rejected", reason: { kind: "BOARD_ARCHIVED" } });
  });
});
