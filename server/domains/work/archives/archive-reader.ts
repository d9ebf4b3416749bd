import type { Readable } from "node:stream";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import type { z } from "zod";
import { AppError } from "../../../core/app-error.ts";
import { faultCode } from "../../../core/faults.ts";
import {
  FILES,
  FORMAT_VERSION,
  type LineOf,
  MANIFEST,
  Manifest,
  type Table,
  TABLE_NAMES,
  tableFile,
  TABLES,
} from "./archive-format.ts";

/** The largest that a line may be: most of it is the longest text, in JSON. */
const LINE_BYTES = 4 << 20;
/** All tables together, as they are when they are not compressed. */
const TABLE_BYTES = 4 * 2 ** 30;
const LINES_BETWEEN = 200;
const MOST_ENTRIES = 200_000;

export interface ArchiveLimits {
  /** The largest that one file may be, and all of them together. */
  readonly fileBytes: number;
  readonly filesBytes: number;
}

/** What is wrong with an archive, and where: a name in it, with the line behind a colon. */
export function invalid(where: string, says: string): AppError {
  return new AppError("ARCHIVE_INVALID", { fields: { [where]: says } });
}

/**
 * An archive that somebody sends, on this machine: read piece by piece, never whole in memory. Names, sizes and numbers of
 * what is in it are looked at before anything of it is, and no more comes out of it than it says.
 */
export class ArchiveReader {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;

  readonly #onLines: () => Promise<void>;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>, onLines: () => Promise<void>) {
    this.#zip = zip;
    this.#entries = entries;
    this.#onLines = onLines;
  }

  /** `onLines` is asked now and then while lines are read: what it throws ends that. Fails: ARCHIVE_INVALID. */
  static async open(path: string, limits: ArchiveLimits, onLines: () => Promise<void>): Promise<ArchiveReader> {
    const options = { lazyEntries: true, autoClose: false, strictFileNames: true, validateEntrySizes: true };
    const zip = await openPromise(path, options).catch((error: unknown) => refuse("", error));
    try {
      return new ArchiveReader(zip, await entriesOf(zip, limits), onLines);
    } catch (error) {
      zip.close();
      return refuse("", error);
    }
  }

  close(): void {
    this.#zip.close();
  }

  /** Fails: ARCHIVE_INVALID, ARCHIVE_TOO_NEW. */
  async manifest(): Promise<Manifest> {
    for await (const { text } of this.#textLines(MANIFEST)) {
      const manifest = parsed(Manifest, text, MANIFEST);
      if (manifest.version > FORMAT_VERSION) throw new AppError("ARCHIVE_TOO_NEW");
      return manifest;
    }
    throw invalid(MANIFEST, "It is empty.");
  }

  /** The lines of a table, each with where it is. Fails: ARCHIVE_INVALID. */
  async *lines<T extends Table>(table: T): AsyncGenerator<{ line: LineOf<T>; where: string }> {
    for await (const { text, where } of this.#textLines(tableFile(table))) {
      yield { line: lineOf(table, text, where), where };
    }
  }

  hasFile(sha256: string): boolean {
    return this.#entries.has(FILES + sha256);
  }

  /** Fails: ARCHIVE_INVALID, also while it is read. */
  async *file(sha256: string): AsyncGenerator<Uint8Array> {
    const name = FILES + sha256;
    const chunks = (await this.#open(name)).iterator();
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => refuse(name, error));
      if (next.done === true) return;
      yield toBuffer(next.value);
    }
  }

  async #open(name: string): Promise<Readable> {
    const entry = this.#entries.get(name);
    if (!entry) throw invalid(name, "It is missing.");
    return this.#zip.openReadStreamPromise(entry).catch((error: unknown) => refuse(name, error));
  }

  async *#textLines(name: string): AsyncGenerator<{ text: string; where: string }> {
    const texts = split(await this.#open(name));
    for (let number = 1; ; number += 1) {
      const where = `${name}:${number}`;
      const next = await texts.next().catch((error: unknown) => refuse(where, error));
      if (next.done === true) return;
      const text = next.value;
      if (number % LINES_BETWEEN === 0) await this.#onLines();
      yield { text, where };
    }
  }
}

/** Throws what is wrong with what somebody sent as that, and what is wrong with this machine as it is. */
function refuse(where: string, error: unknown): never {
  if (error instanceof AppError || /^E[A-Z]+$/u.test(faultCode(error) ?? "")) throw error;
  throw new AppError("ARCHIVE_INVALID", {
    fields: { [where]: "It cannot be read." },
    cause: error,
  });
}

async function entriesOf(zip: ZipFile, { fileBytes, filesBytes }: ArchiveLimits): Promise<Map<string, Entry>> {
  if (zip.entryCount > MOST_ENTRIES) throw invalid("", "It has too many parts.");
  const entries = new Map<string, Entry>();
  const left = { tables: TABLE_BYTES, files: filesBytes };
  for await (const entry of zip.eachEntry()) {
    const { fileName: name, uncompressedSize: size } = entry;
    // What packs them again adds folders.
    if (name.endsWith("/")) continue;
    if (!isKnown(name)) throw invalid(name, "It is no part of an archive.");
    if (entries.has(name)) throw invalid(name, "It is there twice.");
    if (entry.isEncrypted() || !entry.canDecodeFileData()) throw invalid(name, "It cannot be read.");
    const isFile = name.startsWith(FILES);
    left[isFile ? "files" : "tables"] -= size;
    if ((isFile && size > fileBytes) || left.files < 0 || left.tables < 0) throw invalid(name, "It is too large.");
    entries.set(name, entry);
  }
  return entries;
}

const PARTS = new Set([MANIFEST, ...TABLE_NAMES.map(tableFile)]);

function isKnown(name: string): boolean {
  return PARTS.has(name) || /^files\/[0-9a-f]{64}$/u.test(name);
}

function lineOf<T extends Table>(table: T, text: string, where: string): LineOf<T>;
function lineOf(table: Table, text: string, where: string): unknown {
  return parsed<unknown>(TABLES[table], text, where);
}

function parsed<Line>(schema: z.ZodType<Line>, text: string, where: string): Line {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid(where, "This is not JSON.");
  }
  const line = schema.safeParse(json);
  if (line.success) return line.data;
  const [issue] = line.error.issues;
  throw invalid(where, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "It is not as it should be."}`);
}

async function* split(stream: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    let piece: Buffer = Buffer.concat([rest, toBuffer(chunk)]);
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10)) {
      yield decoder.decode(piece.subarray(0, end));
      piece = piece.subarray(end + 1);
    }
    if (piece.byteLength > LINE_BYTES) throw new Error("a line is too long");
    rest = piece;
  }
  if (rest.byteLength > 0) yield decoder.decode(rest);
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError("a file is read as bytes");
}
