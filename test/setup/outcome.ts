import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { newId } from "../../server/core/ids.ts";
import { BOARD_EVENTS, INBOX_EVENTS, ORG_EVENTS } from "../../server/events.ts";
import { refusal } from "./refusal.ts";

/** What a mutation announced on a stream. */
export interface Announced {
  readonly on: "board" | "inbox" | "org";
  /** Whose inbox it is. */
  readonly to?: string;
  readonly type: string;
  readonly version: number;
  readonly data: unknown;
}

const CATALOGUES = { board: BOARD_EVENTS, inbox: INBOX_EVENTS, org: ORG_EVENTS };

/** What is remembered of a mutation for its repeats: the one row that a change of nothing adds. */
const MEMORY = "mutation";
/** Everything that mutations write. */
const TABLES = [
  "app_user",
  "api_key",
  "org",
  "org_role",
  "membership",
  "service_account",
  "invitation",
  "project",
  "board",
  "board_member",
  "board_column",
  "label",
  "task",
  "task_assignee",
  "task_label",
  "comment",
  "comment_reaction",
  "search_text",
  "attachment",
  "attachment_upload",
  "stored_file",
  "checklist",
  "check_item",
  "task_relation",
  "former_number",
  "task_field",
  "plan",
  "task_plan",
  "recurrence",
  "occurrence",
  "board_import",
  "import_row",
  "saved_view",
  "time_entry",
  "rule",
  "rule_run",
  "watch",
  "digest",
  "calendar_link",
  "operation",
  "reminder_setting",
  "task_reminder",
  "notification",
  "stream",
  "event",
  MEMORY,
];

/**
 * Does something once and then again under the same mutation id: the repeat answers the same and writes nothing.
 * Answers what was announced, on whatever stream: each event the next of its stream, by this person, of its shape.
 */
export async function outcomeOf<Answer>(
  db: Database,
  by: { id: string },
  call: (mutationId: string) => Promise<Answer>,
): Promise<{ answer: Answer; announced: Announced[] }> {
  const mutationId = newId();
  const heads = await headsOf(db);
  const answer = await call(mutationId);
  const announced = await announcedSince(db, heads, { actorId: by.id, mutationId });
  expect(await changedBy(db, async () => expect(await call(mutationId)).toEqual(answer))).toEqual([]);
  return { answer, announced };
}

/** A call that finds everything as it would have it: it writes neither row nor event. */
export async function idle<Answer>(db: Database, call: () => Promise<Answer>): Promise<Answer> {
  const answers: Answer[] = [];
  const changed = await changedBy(db, async () => answers.push(await call()));
  expect(changed.filter((table) => table !== MEMORY)).toEqual([]);
  const [answer] = answers;
  if (answer === undefined) throw new Error("the call had no answer");
  return answer;
}

/** Why a call is refused. Fails when it succeeds, or when it wrote anything. */
export async function refusedIdle(db: Database, call: () => Promise<unknown>): Promise<string> {
  const kinds: string[] = [];
  const changed = await changedBy(db, async () => kinds.push(await refusal(call())));
  expect(changed).toEqual([]);
  return kinds.join();
}

/** The tables in which a call changed anything. */
export async function changedBy(db: Database, call: () => Promise<unknown>): Promise<string[]> {
  const before = await contentsOf(db);
  await call();
  const after = await contentsOf(db);
  return TABLES.filter((table) => before[table] !== after[table]);
}

/** A digest of all rows of each table: the database is this test file's own, and its tests run one after the other. */
async function contentsOf(db: Database): Promise<Record<string, string>> {
  const parts = TABLES.map(
    (table) =>
      `select '${table}' as name, count(*) || ' ' || sum(hashtextextended(x::text, 0)) as digest from ${table} x`,
  );
  const rows = await db.execute<{ name: string; digest: string }>(sql.raw(parts.join(" union all ")));
  return Object.fromEntries(rows.map(({ name, digest }) => [name, digest]));
}

async function headsOf(db: Database): Promise<Map<string, number>> {
  const rows = await db.execute<{ id: string; version: string }>(sql`select id, version from stream`);
  return new Map(rows.map(({ id, version }) => [id, Number(version)]));
}

async function announcedSince(
  db: Database,
  heads: ReadonlyMap<string, number>,
  signature: { actorId: string; mutationId: string },
): Promise<Announced[]> {
  type Row = Announced & { id: string; actorId: string; mutationId: string };
  const rows = await db.execute<{ event: Row }>(sql`
    select json_build_object('on', s.kind, 'id', s.id, 'type', e.type, 'version', e.version, 'data', e.data,
      'actorId', e.actor_id, 'mutationId', e.mutation_id) as event
    from event e join stream s on s.id = e.stream_id order by s.kind, s.id, e.version`);
  const events = rows.map(({ event }) => event).filter(({ id, version }) => version > (heads.get(id) ?? 0));
  const next = new Map(heads);
  for (const { id, on, type, version, data, ...by } of events) {
    next.set(id, (next.get(id) ?? 0) + 1);
    expect({ type, version, ...by }).toEqual({ type, version: next.get(id), ...signature });
    if (isForProcesses({ on })) continue;
    expect(parsed(on, type, data)).toEqual(data);
  }
  const after = await headsOf(db);
  expect([...after].filter(([id, version]) => version !== (next.get(id) ?? 0))).toEqual([]);
  const told = events.filter((event) => !isForProcesses(event));
  return told.map(({ on, id, type, version, data }) => ({
    on,
    ...(on === "inbox" ? { to: id } : {}),
    type,
    version,
    data,
  }));
}

/** A control stream tells no people: what comes of its events, tests of what has ended show (rule L15). */
function isForProcesses({ on }: { on: string }): boolean {
  return on === "control";
}

/** The data of an event as its schema has it, without what the schema does not name. */
function parsed(on: Announced["on"], type: string, data: unknown): unknown {
  const catalogue: Readonly<Record<string, { parse(data: unknown): unknown }>> = CATALOGUES[on];
  return catalogue[type]?.parse(data);
}
