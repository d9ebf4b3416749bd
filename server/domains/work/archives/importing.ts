import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import type { Tx } from "../../../core/tx.ts";
import { withoutReferences } from "./archive-format.ts";
import { type ArchiveMap, at, type Somebody } from "./archive-map.ts";
import type { ArchiveReader } from "./archive-reader.ts";

/** The version of the one event of an imported board, with which everything on it is saved. */
export const VERSION = 1;
/** So many rows are inserted at once. */
const ROWS_AT_ONCE = 200;

/** An archive that is written into the database, in one transaction. */
export interface Importing {
  readonly tx: Tx;
  readonly archive: ArchiveReader;
  readonly map: ArchiveMap;
  readonly orgId: string;
  /** Who imports: what nobody else is known to have made is theirs, and they manage what comes. */
  readonly userId: string;
  /** Its boards come into a project that there was. */
  readonly isGiven: boolean;
  readonly leftOut: LeftOut;
  /** So many rows more are there. */
  readonly progress: (rows: number) => Promise<void>;
}

/** What of an archive has no place here → how many there are. */
export class LeftOut {
  readonly counts: Record<string, number> = {};

  add(what: string, count = 1): void {
    if (count > 0) this.counts[what] = (this.counts[what] ?? 0) + count;
  }
}

/** Rows in batches, each of which is inserted before the next one is read. */
export async function inBatches<Row>(
  { progress }: Pick<Importing, "progress">,
  rows: AsyncIterable<Row>,
  insert: (batch: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  let batch: Row[] = [];
  const settle = async () => {
    const full = batch;
    batch = [];
    await insert(full);
    await progress(full.length);
  };
  for await (const row of rows) if (batch.push(row) === ROWS_AT_ONCE) await settle();
  if (batch.length > 0) await settle();
}

/** Rows as one parameter, for `json_to_recordset`. */
export function rowsJson(rows: readonly object[]): SQL {
  return sql`${JSON.stringify(rows)}::json`;
}

/** Somebody by their number, or who imports. */
export function personOr({ map, userId }: Pick<Importing, "map" | "userId">, number: number, where: string): string {
  return at(map.people, number, where).userId ?? userId;
}

/** Nothing comes from the future. */
export function past(instant: string, { now }: Pick<Tx, "now">): string {
  const latest = now.toISOString();
  return Date.parse(instant) < now.getTime() ? instant : latest;
}

/** Whether somebody sees a board once it is there. */
export function sees(
  { map, userId }: Pick<Importing, "map" | "userId">,
  person: Somebody,
  board: number,
): person is Somebody & { userId: string } {
  if (person.userId === null) return false;
  const isOpen = map.boards[board - 1]?.visibility === "org";
  return person.userId === userId || person.seesAll || (isOpen && person.seesBoards);
}

/** The people whom boards know, by who is named on them. */
export async function meet(
  { db }: { db: Db },
  orgId: string,
  met: readonly { readonly boardId: string; readonly userId: string }[],
): Promise<void> {
  if (met.length === 0) return;
  await db.execute(sql`
    insert into board_member (org_id, board_id, user_id, role)
    select distinct ${orgId}::uuid, n."boardId", n."userId", null from json_to_recordset(${rowsJson(met)})
      as n("boardId" uuid, "userId" uuid) on conflict do nothing`);
}

/** A text with ids in place of names; undefined: it names what is not here. */
export function resolved(text: string, map: ArchiveMap): string | undefined {
  let isWhole = true;
  const found = withoutReferences(text, (name) => {
    const id = map.idOf(name);
    isWhole &&= id !== undefined;
    return id ?? "";
  });
  return isWhole ? found : undefined;
}
