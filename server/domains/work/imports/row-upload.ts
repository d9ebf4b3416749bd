import { setImmediate } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import { AppError } from "../../../core/app-error.ts";
import type { AppServices } from "../../../core/context.ts";
import type { ImportReceived } from "./imports.contract.ts";
import { type ClaimedImport, isRun } from "./imports.service.ts";
import { GithubIssue } from "./github-issue.ts";
import type { RowSource } from "./row-drafts.ts";
import { emptyReport } from "./rows-report.ts";
import { readTable, ROWS_PER_FILE } from "./table-reader.ts";
import { createJsonReader } from "./trello-json.ts";
import { toStorable } from "./trello-texts.ts";

/** One statement writes so many rows, or so much text. */
const BATCH_ROWS = 500;
const BATCH_CHARACTERS = 1 << 20;
const PIECE_BYTES = 64 << 10;

/**
 * Keeps the rows of a file as they arrive: they wait for `imports.start`. What an upload before has left goes first.
 * Fails: IMPORT_NOT_CSV, IMPORT_NOT_JSON, IMPORT_WRONG_SHAPE, BOARD_FULL, IMPORT_RUNNING; what the body itself throws
 * comes through.
 */
export async function receiveRows(
  { db }: AppServices,
  { run, source }: { run: ClaimedImport; source: RowSource },
  body: AsyncIterable<Uint8Array>,
): Promise<ImportReceived> {
  const inOrg = db.within({ orgId: run.orgId });
  await forgetRows(inOrg, run);
  try {
    const found = source === "github" ? await keepIssues(inOrg, run, body) : await keepTable(inOrg, run, body);
    if (found.rowCount === 0) throw new AppError("IMPORT_WRONG_SHAPE", { fields: { file: "There is nothing in it." } });
    const report = emptyReport(found.skipped > 0 ? [{ what: "pull requests", count: found.skipped }] : []);
    const rows = await inOrg.execute(sql`
      update board_import set state = 'received', headers = ${JSON.stringify(found.headers)}::jsonb,
        row_count = ${found.rowCount}::int, rows_done = 0, report = ${JSON.stringify(report)}::jsonb
      where ${isRun(run)} returning id`);
    if (rows.length === 0) throw new AppError("IMPORT_RUNNING");
    return { importId: run.id, rowCount: found.rowCount };
  } catch (error) {
    await forgetRows(inOrg, run);
    throw error;
  }
}

interface Kept {
  readonly headers: readonly string[];
  readonly rowCount: number;
  /** What is no issue. */
  readonly skipped: number;
}

async function forgetRows(db: Db, run: ClaimedImport): Promise<void> {
  await db.execute(sql`
    delete from import_row r using board_import i
    where r.org_id = ${run.orgId}::uuid and r.import_id = ${run.id}::uuid and i.org_id = r.org_id and i.id = r.import_id
      and i.state = 'running' and i.started_at = ${run.startedAt}::timestamptz`);
}

async function keepTable(db: Db, run: ClaimedImport, body: AsyncIterable<Uint8Array>): Promise<Kept> {
  const kept = new KeptRows(db, run);
  let headers: string[] | undefined;
  for await (const cells of readTable(body)) {
    if (headers) kept.add(cells);
    else headers = cells;
    await kept.settle("batches");
  }
  await kept.settle("all");
  return { headers: headers ?? [], rowCount: kept.count, skipped: 0 };
}

async function keepIssues(db: Db, run: ClaimedImport, body: AsyncIterable<Uint8Array>): Promise<Kept> {
  const kept = new KeptRows(db, run);
  let skipped = 0;
  const reader = createJsonReader(
    {
      begun(kind) {
        if (kind !== "array") throw new AppError("IMPORT_WRONG_SHAPE", { fields: { file: "Issues are a JSON list." } });
      },
      item(_, value) {
        if (isPullRequest(value)) skipped += 1;
        else kept.add(toKnown(value));
      },
    },
    { items: "of a list" },
  );
  for await (const chunk of body) {
    for (let from = 0; from < chunk.byteLength; from += PIECE_BYTES) {
      reader.write(chunk.subarray(from, from + PIECE_BYTES));
      await kept.settle("batches");
      await setImmediate();
    }
  }
  reader.end();
  await kept.settle("all");
  return { headers: [], rowCount: kept.count, skipped };
}

/** The API lists pull requests among the issues. */
function isPullRequest(value: unknown): boolean {
  return typeof value === "object" && value !== null && Boolean(Reflect.get(value, "pull_request"));
}

/** Of an issue what is read, else what it is: its row says then that it is none. */
function toKnown(value: unknown): unknown {
  const issue = GithubIssue.safeParse(value);
  return issue.success ? issue.data : null;
}

/** Rows on their way into the database, in batches. */
class KeptRows {
  readonly #db: Db;
  readonly #run: ClaimedImport;
  #pending: { row: number; content: unknown }[] = [];
  #characters = 0;
  count = 0;

  constructor(db: Db, run: ClaimedImport) {
    this.#db = db;
    this.#run = run;
  }

  add(content: unknown): void {
    if (this.count >= ROWS_PER_FILE) {
      throw new AppError("BOARD_FULL", { fields: { file: `The file holds more than ${ROWS_PER_FILE} rows.` } });
    }
    this.count += 1;
    const text = toStorableJson(content);
    this.#pending.push({ row: this.count, content: text });
    this.#characters += text.length;
  }

  async settle(amount: "batches" | "all"): Promise<void> {
    const isBatch = this.#pending.length >= BATCH_ROWS || this.#characters >= BATCH_CHARACTERS;
    if (this.#pending.length === 0 || (amount === "batches" && !isBatch)) return;
    const rows = this.#pending;
    this.#pending = [];
    this.#characters = 0;
    const { id, orgId } = this.#run;
    await this.#db.execute(sql`
      insert into import_row (org_id, import_id, row, content)
      select ${orgId}::uuid, ${id}::uuid, n.row, n.content::jsonb
      from json_to_recordset(${JSON.stringify(rows)}::json) n(row int, content text)
      where exists (select from board_import where ${isRun(this.#run)})`);
  }
}

/** JSON that Postgres takes: its strings without NUL and halves of surrogate pairs. */
function toStorableJson(content: unknown): string {
  return JSON.stringify(content, (_, value: unknown) => (typeof value === "string" ? toStorable(value) : value));
}
