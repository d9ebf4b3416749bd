import type { Readable } from "node:stream";
import type { Sql } from "postgres";
import { type ConnectionOptions, opener } from "../client.ts";
import { BackupError, type Part } from "./parts.ts";
import { countRows, readHeads, readMigration, readTables, type Table } from "./tables.ts";

/**
 * Everything in the database as it is at one moment, beside whoever works with it. The rows of a table come in the order
 * of its key, so that the same state makes the same text. Fails with a BackupError when it is no database of Trestle.
 */
export async function* dump(connection: ConnectionOptions): AsyncGenerator<Part> {
  const sql = opener(connection)({ max: 1 });
  try {
    await sql.unsafe("begin isolation level repeatable read read only");
    // Whoever takes the parts may be slow, and the text must not depend on how this database is set up.
    await sql.unsafe("set local idle_in_transaction_session_timeout = 0; set local timezone = 'UTC'");
    await sql.unsafe("set local datestyle = 'ISO'; set local bytea_output = 'hex'; set local extra_float_digits = 1");
    yield* parts(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function* parts(sql: Sql): AsyncGenerator<Part> {
  const migration = await readMigration(sql);
  if (migration === undefined) throw new BackupError("There is nothing to back up: no Trestle has used this database.");
  const [now] = await sql<{ at: Date }[]>`select now() as at`;
  yield { is: "head", head: { at: (now?.at ?? new Date()).toISOString(), migration } };
  const rows: Record<string, number> = {};
  for (const table of await readTables(sql)) {
    const { name, columns } = table;
    yield { is: "table", table: { name, columns } };
    rows[name] = 0;
    for await (const bytes of pieces(sql, table)) {
      rows[name] += countRows(bytes);
      yield { is: "rows", bytes };
    }
  }
  yield { is: "end", end: { rows, heads: await readHeads(sql) } };
}

/** About how much of a table is read at once, as it is stored. */
const PIECE_BYTES = 4_000_000;

/**
 * The rows of a table in the order of its key, some megabytes at a time: whoever takes them may be slow, and postgres.js
 * must not be made to wait in the middle of a COPY. It would stop reading, and not begin again when the rest of the rows
 * and their end come in one piece (postgres 3.4.9, pull request 1016 there).
 */
async function* pieces(sql: Sql, { name, columns, key }: Table): AsyncGenerator<Buffer> {
  const keys = list(key.map((column) => column.name));
  const size = columns.map((column) => `coalesce(pg_column_size("${column}"), 0)`).join(" + ");
  const literals = key.map(({ name: column, type }) => `quote_literal("${column}") || '::${type}'`).join(" || ',' || ");
  const ends = await sql.unsafe<{ end: string }[]>(`
    select distinct on (piece) ${literals} as end from (
      select ${keys}, floor(sum(${size}) over (order by ${keys}) / ${PIECE_BYTES}) as piece from public."${name}") t
    order by piece, ${key.map((column) => `"${column.name}" desc`).join(", ")}`);
  let start: string | undefined;
  for (const { end } of ends) {
    const after = start === undefined ? "" : `and (${keys}) > (${start})`;
    const rows = `select ${list(columns)} from public."${name}" where (${keys}) <= (${end}) ${after} order by ${keys}`;
    yield await whole(await sql.unsafe(`copy (${rows}) to stdout`).readable());
    start = end;
  }
}

function list(columns: readonly string[]): string {
  return columns.map((column) => `"${column}"`).join(", ");
}

/** All that a stream has, taken as it comes. */
function whole(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => resolve(Buffer.concat(chunks)));
    stream.on("error", reject);
  });
}
