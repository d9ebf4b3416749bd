import { join } from "node:path";
import { Readable } from "node:stream";
import { sql } from "drizzle-orm";
import type { Database, Db } from "../../../db/client.ts";
import { AppError } from "../app-error.ts";
import type { Clock } from "../clock.ts";
import { newId } from "../ids.ts";
import type { Logger } from "../log.ts";
import type { Tx } from "../tx.ts";
import type { ByteRange, FileStore } from "./file-store.ts";
import { folderStore } from "./folder-store.ts";
import { deleteLeftBehind, discard, type ReceivedFile, receiveFile } from "./received-file.ts";
import { type S3Config, s3Store } from "./s3-store.ts";

export interface FilesConfig {
  /** Of this machine: what is being received, and, without a store elsewhere, all files. */
  readonly folder: string;
  readonly s3?: S3Config | undefined;
  /** The largest that one may be. */
  readonly maxBytes: number;
  /** The largest archive that is imported. */
  readonly maxArchiveBytes: number;
  /** What those of an organisation may take together; 0: as much as they like. */
  readonly maxBytesPerOrg: number;
  /** What may be in them, such as `image/*`; empty: anything. */
  readonly types: readonly string[];
}

/** A file in the store that nothing refers to yet. */
export interface NewFile extends FileKey, Omit<ReceivedFile, "path"> {}

/** What it is called in the store. */
type FileKey = { readonly id: string; readonly orgId: string };

/** How long a file may wait for something that refers to it. */
const WAITS_MS = 86_400_000;
/** Nothing refers to one that may go within this time: whoever tidies may be at it. */
const MARGIN_MS = 3_600_000;
const DELETED_AT_ONCE = 100;

/** Files of organisations. A row says that a file is there before its first byte is, and until its last one has gone. */
export class Files {
  readonly #config: FilesConfig | undefined;
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #openStore: FileStore | undefined;

  constructor({ db, clock, log }: { db: Database; clock: Clock; log: Logger }, config: FilesConfig | undefined) {
    this.#config = config;
    this.#db = db;
    this.#clock = clock;
    this.#log = log;
    if (config) this.#openStore = config.s3 ? s3Store(config.s3) : folderStore(config.folder);
  }

  get config(): FilesConfig {
    if (!this.#config) throw new Error("this process was not told where files are");
    return this.#config;
  }

  get #store(): FileStore {
    if (!this.#openStore) throw new Error("this process was not told where files are");
    return this.#openStore;
  }

  get #incoming(): string {
    return join(this.config.folder, "incoming");
  }

  /**
   * Takes a file piece by piece. Unless something refers to it within a day, or `keptMs`, it goes again. With
   * `isAnything` it may be of any type. Fails: FILE_TYPE_REFUSED.
   */
  async receive(
    orgId: string,
    body: AsyncIterable<Uint8Array>,
    { keptMs = WAITS_MS, isAnything = false }: { keptMs?: number; isAnything?: boolean } = {},
  ): Promise<NewFile> {
    const received = await receiveFile(this.#incoming, body);
    try {
      const { path, ...said } = received;
      if (!isAnything && !isAmong(said.contentType, this.config.types)) throw new AppError("FILE_TYPE_REFUSED");
      const file = { id: newId(), orgId, ...said };
      await this.#announce(file, keptMs);
      await this.#store.keep(keyOf(file), path, file.sizeBytes);
      return file;
    } finally {
      await discard(received);
    }
  }

  async #announce({ id, orgId, sizeBytes, sha256 }: NewFile, keptMs: number): Promise<void> {
    const now = this.#clock.now();
    const expiresAt = new Date(now.getTime() + keptMs);
    await this.#db.within({ orgId }).execute(sql`
      insert into stored_file (id, org_id, size_bytes, sha256, expires_at, created_at)
      values (${id}::uuid, ${orgId}::uuid, ${sizeBytes}::bigint, ${sha256}, ${expiresAt.toISOString()}::timestamptz,
        ${now.toISOString()}::timestamptz)`);
  }

  /**
   * Keeps a file for what refers to it from this transaction on. Whoever keeps another one of the organisation waits, so
   * that they do not exceed the limit together. Fails: FILES_FULL, FILE_MISSING.
   */
  async refer(tx: Tx, { id, orgId, sizeBytes }: NewFile): Promise<void> {
    const safe = new Date(tx.now.getTime() + MARGIN_MS).toISOString();
    const [, used, found] = await Promise.all([
      tx.db.execute(sql`select pg_advisory_xact_lock(hashtextextended('files ' || ${orgId}, 0))`),
      this.#usedBytes(tx.db, orgId),
      tx.db.execute(sql`
        select from stored_file where org_id = ${orgId}::uuid and id = ${id}::uuid and expires_at > ${safe}::timestamptz
        for update`),
    ]);
    if (found.length === 0) throw new AppError("FILE_MISSING");
    const { maxBytesPerOrg = 0 } = this.#config ?? {};
    if (maxBytesPerOrg > 0 && used + sizeBytes > maxBytesPerOrg) throw new AppError("FILES_FULL");
    tx.send(
      tx.db.execute(sql`update stored_file set expires_at = null where org_id = ${orgId}::uuid and id = ${id}::uuid`),
    );
  }

  /** Whether an organisation may have one more. Fails: FILES_FULL. */
  async requireRoom(db: Db, orgId: string): Promise<void> {
    const { maxBytesPerOrg = 0 } = this.#config ?? {};
    if (maxBytesPerOrg > 0 && (await this.#usedBytes(db, orgId)) >= maxBytesPerOrg) throw new AppError("FILES_FULL");
  }

  async #usedBytes(db: Db, orgId: string): Promise<number> {
    const [row] = await db.execute<{ bytes: string }>(sql`
      select coalesce(sum(size_bytes), 0) as bytes from stored_file where org_id = ${orgId}::uuid and expires_at is null`);
    return Number(row?.bytes ?? 0);
  }

  /** Takes a picture that this process made of one: it is gone with it. */
  async addThumbnail(file: FileKey, bytes: Uint8Array): Promise<void> {
    const received = await receiveFile(this.#incoming, Readable.from([bytes]));
    try {
      await this.#store.keep(thumbnailOf(file), received.path, received.sizeBytes);
    } finally {
      await discard(received);
    }
  }

  /** Fails: FILE_MISSING. */
  read(file: FileKey, range?: ByteRange): Promise<Readable> {
    return this.#store.read(keyOf(file), range);
  }

  /** Has a file on this machine for as long as something reads it, in whatever order. Fails: FILE_MISSING. */
  async onDisk<Result>(file: FileKey, use: (path: string) => Promise<Result>): Promise<Result> {
    const copy = await receiveFile(this.#incoming, await this.read(file));
    try {
      return await use(copy.path);
    } finally {
      await discard(copy);
    }
  }

  /** Fails: FILE_MISSING. */
  readThumbnail(file: FileKey, range?: ByteRange): Promise<Readable> {
    return this.#store.read(thumbnailOf(file), range);
  }

  /** Of a file that was deleted meanwhile. */
  deleteThumbnail(file: FileKey): Promise<void> {
    return this.#store.delete(thumbnailOf(file));
  }

  /** The bytes go first, then the row: whoever ends in between is followed by somebody who begins again. */
  async #delete(file: FileKey): Promise<void> {
    const { id, orgId } = file;
    await this.#store.delete(keyOf(file));
    await this.#store.delete(thumbnailOf(file));
    await this.#db
      .within({ orgId })
      .execute(sql`delete from stored_file where org_id = ${orgId}::uuid and id = ${id}::uuid`);
  }

  /** Lets go of a file that came in vain: nothing happens to one that was referred to all the same. */
  async release({ id, orgId }: FileKey): Promise<void> {
    try {
      await this.#db.within({ orgId }).execute(sql`
        update stored_file set expires_at = '-infinity'
        where org_id = ${orgId}::uuid and id = ${id}::uuid and expires_at is not null`);
    } catch (error) {
      this.#log.warn({ err: error, fileId: id }, "a file that came in vain stays until its time is over");
    }
  }

  /** Deletes what has had its time: a chore, which any process may do at any time. */
  async deleteExpired(): Promise<void> {
    if (!this.#config) return;
    const now = this.#clock.now();
    await deleteLeftBehind(this.#incoming, now);
    for (;;) {
      const expired = await this.#db.execute<FileKey>(sql`
        select id, org_id as "orgId" from expired_files(${now.toISOString()}::timestamptz, ${DELETED_AT_ONCE}::int)`);
      for (const file of expired) await this.#delete(file);
      if (expired.length < DELETED_AT_ONCE) return;
    }
  }

  close(): void {
    this.#openStore?.close();
  }
}

function keyOf({ orgId, id }: FileKey): string {
  return `${orgId}/${id}`;
}

function thumbnailOf(file: FileKey): string {
  return `${keyOf(file)}.thumbnail`;
}

/** `image/*` are all pictures. */
function isAmong(contentType: string, types: readonly string[]): boolean {
  const [kind = ""] = contentType.split("/");
  return types.length === 0 || types.includes(contentType) || types.includes(`${kind}/*`);
}
