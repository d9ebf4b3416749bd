import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { CsvError, parse } from "csv-parse";
import { AppError } from "../../../core/app-error.ts";
import { COLUMNS_PER_TABLE } from "./import-tables.contract.ts";
import { toStorable } from "./trello-texts.ts";

/** The most rows that a file may have. */
export const ROWS_PER_FILE = 100_000;
/** Past that a row is after our memory: a quote that nobody closes, or a line without an end. */
const ROW_CHARACTERS = 2 << 20;
/** How much of the file is looked at to find out what lies between its columns. */
const HEAD_CHARACTERS = 64 << 10;
/** Parsed in one go: then others get their turn. */
const PIECE_BYTES = 64 << 10;
const DELIMITERS = [",", ";", "\t", "|"] as const;

/**
 * Reads a table as it arrives: its head first, then row by row, each as many cells as it has. UTF-8 with or without a
 * mark, or UTF-16 with one; what lies between the cells is found in the head, unless a line `sep=;` says it.
 * Fails: IMPORT_NOT_CSV, BOARD_FULL; what the body itself throws comes through.
 */
export async function* readTable(body: AsyncIterable<Uint8Array>): AsyncGenerator<string[], void> {
  const { head, rest } = await splitHead(decode(body));
  const said = /^sep=(.)\r?\n/u.exec(head);
  const text = said ? head.slice(said[0].length) : head;
  const parser = parse({
    delimiter: said?.[1] ?? delimiterOf(text),
    record_delimiter: ["\r\n", "\n", "\r"],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: ROW_CHARACTERS,
  });
  const source = Readable.from(joined(text, rest));
  source.on("error", (error) => parser.destroy(error));
  source.pipe(parser);
  let row = 0;
  try {
    for await (const record of parser) {
      if (row > ROWS_PER_FILE) {
        throw new AppError("BOARD_FULL", { fields: { file: `The file holds more than ${ROWS_PER_FILE} rows.` } });
      }
      yield toCells(record, row);
      row += 1;
    }
  } catch (error) {
    // Rows before it may not have been taken yet.
    if (error instanceof CsvError) throw notCsv(recordsBefore(error), SAYS[error.code] ?? "This is no row of a table.");
    throw error;
  } finally {
    source.destroy();
  }
}

const SAYS: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "A quote that begins here is never closed.",
  CSV_MAX_RECORD_SIZE: "This row is longer than any row may be, or a quote in it is never closed.",
  INVALID_OPENING_QUOTE: "A quote stands within a cell that does not begin with one.",
  CSV_INVALID_CLOSING_QUOTE: "Something stands behind the quote that ends a cell.",
};

function recordsBefore(error: CsvError): number {
  const records: unknown = Reflect.get(error, "records");
  return typeof records === "number" ? records : 0;
}

/** `row`: 0 is the head. */
function notCsv(row: number, says: string): AppError {
  return new AppError("IMPORT_NOT_CSV", { fields: { [row === 0 ? "head" : `rows.${row}`]: says } });
}

function toCells(record: unknown, row: number): string[] {
  if (!Array.isArray(record) || record.length > COLUMNS_PER_TABLE) {
    throw notCsv(row, `A table has at most ${COLUMNS_PER_TABLE} columns.`);
  }
  return record.map((cell) => toStorable(String(cell)));
}

/** By the mark at the beginning, else UTF-8. */
async function* decode(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  let decoder: TextDecoder | undefined;
  let first: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of body) {
      const bytes = decoder ? chunk : (first = Buffer.concat([first, chunk]));
      if (bytes.byteLength < 2) continue;
      decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
      for (let from = 0; from < bytes.byteLength; from += PIECE_BYTES) {
        yield decoder.decode(bytes.subarray(from, from + PIECE_BYTES), { stream: true });
        await setImmediate();
      }
    }
    if (decoder) yield decoder.decode();
    else yield first.toString();
  } catch (error) {
    if (!isEncodingFault(error)) throw error;
    throw new AppError("IMPORT_NOT_CSV", { fields: { file: "This is no text in UTF-8 or UTF-16." }, cause: error });
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

function isEncodingFault(error: unknown): boolean {
  return error instanceof TypeError && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}

async function splitHead(texts: AsyncGenerator<string, void>): Promise<{ head: string; rest: typeof texts }> {
  let head = "";
  while (head.length < HEAD_CHARACTERS) {
    const next = await texts.next();
    if (next.done === true) break;
    head += next.value;
  }
  return { head, rest: texts };
}

async function* joined(head: string, rest: AsyncIterable<string>): AsyncGenerator<string, void> {
  yield head;
  yield* rest;
}

/** What stands most often in the first row, outside of quotes. */
function delimiterOf(text: string): string {
  const counts = new Map<string, number>();
  let isQuoted = false;
  for (const character of text) {
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (character === "\n" || character === "\r") break;
    else counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const [first, ...others] = DELIMITERS;
  const count = (delimiter: string) => counts.get(delimiter) ?? 0;
  return others.reduce<string>((best, one) => (count(one) > count(best) ? one : best), first);
}
