import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";
import { z } from "zod";
import { codeOf } from "../embedded/error.ts";
import { exists, syncDirectory } from "../embedded/publish.ts";
import { type BackupEnd, BackupError, type Part } from "./parts.ts";

/** The rows of a table end with this line, which no row can be: COPY writes a backslash twice. */
const END_OF_ROWS = "\\.\n";
const LINE_BREAK = 10;
const FORMAT = "trestle-backup-1";
/** The longest line that is not a row: the end names all tables. */
const LONGEST_LINE = 1 << 20;

const HeadLine = z.object({ format: z.literal(FORMAT), at: z.iso.datetime(), migration: z.number() });
const TableLine = z.object({ table: z.string(), columns: z.array(z.string()) });
const EndLine = z.object({ rows: z.record(z.string(), z.number()), heads: z.string() });

/**
 * Writes a backup to a file that is not there yet: lines of JSON for the head, each table and the end, rows as COPY
 * writes them, all of it compressed by zstd, with its checksum. Only its owner may read it. The file appears when it is
 * whole; what fails leaves none. Answers what the backup has.
 */
export async function writeBackup(path: string, parts: AsyncIterable<Part>): Promise<BackupEnd> {
  if (await exists(path).catch(() => false)) throw new BackupError(`${path} is there already: take another name.`);
  // Two at once do not write into the same one.
  const partial = `${path}.partial-${process.pid}`;
  const file = await open(partial, "w", 0o600).catch((error: unknown) => {
    throw new BackupError(`${path} cannot be written (${codeOf(error)}).`, { cause: error });
  });
  try {
    const params = { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 };
    const out = createWriteStream(partial, { fd: file.fd, autoClose: false });
    let end: BackupEnd | undefined;
    const bytes = toBytes(parts, (last) => {
      end = last;
    });
    await pipeline(Readable.from(bytes), createZstdCompress({ params }), out);
    if (!end) throw new Error("a backup has an end");
    await file.sync();
    await file.close();
    await rename(partial, path);
    await syncDirectory(dirname(path));
    return end;
  } catch (error) {
    await file.close().catch(() => {});
    await rm(partial, { force: true });
    if (codeOf(error) !== "ENOSPC") throw error;
    throw new BackupError(`There is no room for ${path}: its disk is full.`, { cause: error });
  }
}

/** Reads what `writeBackup` wrote. Fails with a BackupError when that is not what the file has. */
export async function* readBackup(path: string): AsyncGenerator<Part> {
  const text = createZstdDecompress();
  const reading = pipeline(createReadStream(path), text).catch((error: unknown) => error);
  try {
    let end: Part | undefined;
    for await (const part of toParts(text)) {
      if (part.is === "end") end = part;
      else yield part;
    }
    // Whoever gets it believes the whole: its checksum comes behind it.
    if (end) yield end;
  } catch (error) {
    if (error instanceof BackupError) throw error;
    const code = codeOf(error) ?? codeOf(await reading);
    if (code === "ENOENT") throw new BackupError(`There is no file ${path}.`, { cause: error });
    throw new BackupError(`${path} is no backup, or a damaged one (${code ?? "unknown reason"}).`, { cause: error });
  } finally {
    text.destroy();
  }
}

async function* toBytes(parts: AsyncIterable<Part>, onEnd: (end: BackupEnd) => void): AsyncGenerator<Buffer | string> {
  let inRows = false;
  for await (const part of parts) {
    if (part.is === "rows") {
      yield part.bytes;
      continue;
    }
    if (part.is === "end") onEnd(part.end);
    if (inRows) yield END_OF_ROWS;
    inRows = part.is === "table";
    yield `${JSON.stringify(toLine(part))}\n`;
  }
}

function toLine(part: Exclude<Part, { is: "rows" }>): object {
  switch (part.is) {
    case "head":
      return { format: FORMAT, ...part.head } satisfies z.infer<typeof HeadLine>;
    case "table":
      return { table: part.table.name, columns: [...part.table.columns] } satisfies z.infer<typeof TableLine>;
    case "end":
      return { rows: part.end.rows, heads: part.end.heads } satisfies z.infer<typeof EndLine>;
  }
}

function toPart(line: string): Part {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    throw new BackupError("The file is no backup of Trestle, or a damaged one.", { cause: error });
  }
  const head = HeadLine.safeParse(json);
  if (head.success) return { is: "head", head: head.data };
  const table = TableLine.safeParse(json);
  if (table.success) return { is: "table", table: { name: table.data.table, columns: table.data.columns } };
  const end = EndLine.safeParse(json);
  if (end.success) return { is: "end", end: end.data };
  throw new BackupError("The file is no backup that this Trestle knows: it is damaged, or of a later version.");
}

async function* toParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  // Begins where a line does.
  let rest: Buffer = Buffer.alloc(0);
  let inRows = false;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      if (inRows) {
        const { rows, isEnd } = takeRows(rest);
        if (rows.length > 0) yield { is: "rows", bytes: rows };
        rest = rest.subarray(rows.length + (isEnd ? END_OF_ROWS.length : 0));
        if (!isEnd) break;
        inRows = false;
      }
      const end = rest.indexOf(LINE_BREAK);
      if (end === -1 && rest.length > LONGEST_LINE) throw new BackupError("The file is no backup of Trestle.");
      if (end === -1) break;
      const part = toPart(rest.toString("utf8", 0, end));
      yield part;
      inRows = part.is === "table";
      rest = rest.subarray(end + 1);
    }
  }
}

/** The whole lines of rows that come first, and whether the end of rows comes behind them. */
function takeRows(bytes: Buffer): { rows: Buffer; isEnd: boolean } {
  const isEnd = bytes.subarray(0, END_OF_ROWS.length).toString() === END_OF_ROWS;
  if (isEnd) return { rows: bytes.subarray(0, 0), isEnd };
  const end = bytes.indexOf(`\n${END_OF_ROWS}`);
  if (end !== -1) return { rows: bytes.subarray(0, end + 1), isEnd: true };
  return { rows: bytes.subarray(0, bytes.lastIndexOf(LINE_BREAK) + 1), isEnd: false };
}
