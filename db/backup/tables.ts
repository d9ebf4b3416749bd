import type { Sql } from "postgres";
import type { TableHead } from "./parts.ts";

export interface Table extends TableHead {
  /** The columns of its primary key. */
  readonly key: readonly { readonly name: string; readonly type: string }[];
}

/**
 * The tables of Trestle, each behind those that it refers to. Without the columns that hold numbers of transactions:
 * another server has numbers of its own, and rows that are put back are written by one transaction there. Nor unlogged
 * ones, which count what passes.
 */
export async function readTables(sql: Sql): Promise<Table[]> {
  const rows = await sql<{ name: string; columns: string[]; key: Table["key"]; refersTo: string[] }[]>`
    select c.relname as name,
      (select json_agg(a.attname order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
          and a.atttypid <> 'xid8'::regtype) as columns,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
        order by array_position(i.indkey::int2[], a.attnum)) from pg_index i
        join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary) as key,
      (select coalesce(json_agg(distinct f.relname), '[]') from pg_constraint k join pg_class f on f.oid = k.confrelid
        where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid) as "refersTo"
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and c.relpersistence = 'p' order by c.relname`;
  const tables: Table[] = [];
  let left = [...rows];
  while (left.length > 0) {
    const known = new Set(tables.map(({ name }) => name));
    const next = left.filter(({ refersTo }) => refersTo.every((name) => known.has(name)));
    if (next.length === 0) throw new Error(`these tables refer to each other: ${left.map(({ name }) => name).join()}`);
    tables.push(...next.map(({ name, columns, key }) => ({ name, columns, key })));
    left = left.filter((row) => !next.includes(row));
  }
  return tables;
}

/** The digest of all heads: two databases with the same one are at the same place of the same histories. */
export async function readHeads(sql: Sql): Promise<string> {
  const [row] = await sql<{ heads: string }[]>`
    select encode(sha256(convert_to(coalesce(
      string_agg(concat_ws('.', id, version, nonce), ',' order by id), ''), 'UTF8')), 'hex') as heads from stream`;
  return row?.heads ?? "";
}

/** When the newest migration that the database has was made; undefined: it has none. */
export async function readMigration(sql: Sql): Promise<number | undefined> {
  const [known] = await sql<{ known: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as known`;
  if (known?.known !== true) return undefined;
  const [row] = await sql<{ newest: string | null }[]>`
    select max(created_at)::text as newest from drizzle.__drizzle_migrations`;
  return row && row.newest !== null ? Number(row.newest) : undefined;
}

/** How many rows are in some lines of COPY's text: a line break within a value is escaped. */
export function countRows(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_BREAK); at !== -1; at = bytes.indexOf(LINE_BREAK, at + 1)) count += 1;
  return count;
}
const LINE_BREAK = 10;
