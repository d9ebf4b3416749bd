import { create as contentDisposition } from "content-disposition";
import { type Options, stringify } from "csv-stringify/sync";

/**
 * What begins a formula gets an apostrophe before it: a spreadsheet would run it, whoever wrote it. Values with line breaks
 * of any kind are quoted (RFC 4180). The mark at the beginning tells spreadsheets that it is UTF-8.
 */
const CSV: Options = { escape_formulas: true, record_delimiter: "windows", quoted_match: /[\r\n]/u };
const MARK = "\u{feff}";

type Cell = string | number | null;

/** With what a table is answered that is to be kept under this name. */
export function tableHeaders(fileName: string): Record<string, string> {
  return {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": contentDisposition(fileName),
    "Access-Control-Expose-Headers": "Content-Disposition",
  };
}

/** The first row, with what comes before it. */
export function tableHead(names: readonly string[]): string {
  return MARK + stringify([[...names]], CSV);
}

export function tableRows(rows: readonly (readonly Cell[])[]): string {
  return stringify(
    rows.map((row) => [...row]),
    CSV,
  );
}
