import { SQL, type SQLWrapper, StringChunk } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type { Parameter } from "./lane.ts";
import type { Statement } from "./pool.ts";

const dialect = new PgDialect();

/**
 * The text of a statement and its parameters, as Drizzle's dialect makes them. Ours are made of texts, parameters and
 * more of the same: one walk writes them down, in a fifteenth of the time (3 in place of 40 µs for the longest of a move).
 * Whatever else a template may hold, such as a table, is left to Drizzle.
 */
export function toStatement(query: SQLWrapper): Statement {
  const sql = query.getSQL();
  const statement = { text: "", params: new Array<Parameter>() };
  if (write(sql, statement)) return statement;
  const { sql: text, params } = dialect.sqlToQuery(sql);
  return { text, params: params.map(toParameter) };
}

/** False: there is something else in it. */
function write(sql: SQL, into: { text: string; params: Parameter[] }): boolean {
  for (const chunk of sql.queryChunks) {
    if (chunk instanceof StringChunk) {
      for (const text of chunk.value) into.text += text;
    } else if (chunk instanceof SQL) {
      if (!write(chunk, into)) return false;
    } else if (isParameter(chunk)) {
      into.text += `$${into.params.push(chunk)}`;
    } else {
      return false;
    }
  }
  return true;
}

/** What we put into statements is text, numbers, booleans and null. */
function toParameter(value: unknown): Parameter {
  if (isParameter(value)) return value;
  throw new Error(`a parameter of a statement is a ${typeof value}`);
}

function isParameter(value: unknown): value is string | number | boolean | null {
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
