import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { list, words } from "../../../db/columns.ts";
import { BOARD_ROLES, PRIORITIES } from "../../../db/enums.ts";
import { mayDo, type OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { Id, Instant } from "../../fields.contract.ts";
import { asMeant, type Filter, wordsOf } from "./filters/filter.ts";
import { fieldKeySql, filterSql } from "./filters/filter-sql.ts";
import { parseFilter } from "./filters/parse-filter.ts";
import { excerptsOf, type Texts } from "./excerpts.ts";
import { foundTaskJson, taskSource } from "./rows.ts";
import { type FoundTask, type FoundTasks, type SearchTasks, TASK_ORDERS, type TaskCount } from "./search.contract.ts";

/** Fails: FILTER_INVALID, with what is wrong and where. */
export function requireFilter(text: string): Filter {
  const parsed = parseFilter(text);
  if ("wrong" in parsed) throw new AppError("FILTER_INVALID", { filter: parsed.wrong });
  return parsed.filter;
}

interface Order {
  /** What comes first. Every task has a key, so that pages go on wherever one ends. */
  readonly first: "greatest" | "least";
  readonly by: SQL;
  /** How it stands in a cursor, what it is there, and what of. */
  readonly text: SQL;
  readonly key: z.ZodType<string>;
  readonly type: SQL;
}

const byInstant = (by: SQL): Order => ({
  first: "greatest",
  by,
  text: sql`iso(f.key)`,
  key: Instant,
  type: sql`timestamptz`,
});

const ORDERS: Record<(typeof TASK_ORDERS)[number], Order> = {
  relevance: {
    first: "greatest",
    by: sql`s.score`,
    text: sql`f.key::text`,
    key: z.string().regex(/^\d{1,3}(?:\.\d{1,20})?(?:e-\d{1,2})?$/u),
    type: sql`real`,
  },
  created: byInstant(sql`t.created_at`),
  updated: byInstant(sql`t.updated_at`),
  // The soonest is the greatest.
  due: {
    first: "greatest",
    by: sql`-coalesce(extract(epoch from t.due_at), 1e12)`,
    text: sql`f.key::text`,
    key: z.string().regex(/^-?\d{1,13}(?:\.\d{1,6})?$/u),
    type: sql`numeric`,
  },
  priority: {
    first: "greatest",
    by: sql`array_position(${words(PRIORITIES)}, t.priority)`,
    text: sql`f.key::text`,
    key: z.string().regex(/^\d$/u),
    type: sql`int`,
  },
};

/** By a field of projects, by its name. */
function byField(name: string, first: Order["first"], { orgId }: OrgActor): Order {
  const value = sql`(select ${fieldKeySql} from task_field f where f.project_id = t.project_id and t.fields ? f.id::text
    and f.org_id = ${orgId}::uuid and f.state = 'open' and lower(f.name) = lower(${name})
    order by f.id limit 1)`;
  return {
    first,
    // What has no value is beyond them all, or before.
    by: sql`(coalesce('1' || ${value}, ${first === "least" ? "2" : "0"}) collate "C")`,
    text: sql`f.key`,
    key: z.string().regex(/^[012]/u),
    type: sql`text`,
  };
}

/** Who searches, and when. */
export type Searcher = OrgActor & { readonly now: Date };

/**
 * The tasks of an organisation, project or board that a filter means, of the boards where the caller may read tasks, with
 * excerpts of what says its words. Fails: FILTER_INVALID, PROJECT_NOT_FOUND, BOARD_NOT_FOUND.
 */
export async function searchTasks(db: Db, actor: Searcher, input: Search): Promise<FoundTasks> {
  const { said, filter } = wantedOf(input);
  const order = orderOf(actor, input, said);
  const [row] = await db.execute<Found>(sql`
    with seen as materialized (${seenBoards(actor, input)}), said as materialized (${saying(said, order === ORDERS.relevance)})
    select exists (select from seen) as "isSeen", ${isProjectSeen(actor, input)} as "isProjectSeen",
      (select json_agg(search_prefixes(w)) from unnest(${list("text", said)}) w) as prefixes,
      coalesce((
        select json_agg(json_build_object('key', ${order.text}, 'task', x.task, 'texts', x.texts)
          order by f.key ${DIRECTIONS[order.first]}, f.id desc)
        from (${pageOf(actor, input, { filter, order, isSaid: said.length > 0 })}) f
        cross join lateral (select ${foundTaskJson} as task, ${textsOf(said)} as texts from ${taskSource}
          join board_column c on c.id = t.column_id join board b on b.id = t.board_id where t.id = f.id) x),
        '[]'::json) as found`);
  requireSeen(row, input);
  const { items, nextCursor } = toPage(row.found, input.limit, (found) => [found.key, found.task.id]);
  const prefixes = row.prefixes?.flat() ?? [];
  return {
    items: items.map(({ task, texts }) => ({ ...task, excerpts: texts ? excerptsOf(texts, prefixes) : [] })),
    nextCursor,
  };
}

/** What is looked for; `within`: only of these. */
export type Search = SearchTasks & { readonly within?: Filter };

/** How many tasks a filter means. */
export type Count = Omit<Search, "order" | "cursor" | "limit" | "direction">;

/**
 * How many tasks of an organisation, project or board a filter means, of the boards where the caller may read tasks, and
 * which boards these are. Fails: FILTER_INVALID, PROJECT_NOT_FOUND, BOARD_NOT_FOUND.
 */
export async function countTasks(db: Db, actor: Searcher, input: Count): Promise<TaskCount & { boardIds: string[] }> {
  const { said, filter } = wantedOf(input);
  const [row] = await db.execute<Seen & { count: number; boardIds: string[] }>(sql`
    with seen as materialized (${seenBoards(actor, input)}), said as materialized (${saying(said, false)})
    select exists (select from seen) as "isSeen", ${isProjectSeen(actor, input)} as "isProjectSeen",
      (select coalesce(json_agg(id), '[]') from seen) as "boardIds",
      (select count(*)::int ${meantBy(actor, input, { filter, isSaid: said.length > 0 })}) as count`);
  requireSeen(row, input);
  return { count: row.count, boardIds: row.boardIds };
}

/** The words of a filter, and what else it asks for. Fails: FILTER_INVALID. */
function wantedOf({ filter: text, within }: Pick<Search, "filter" | "within">): { said: string[]; filter: Filter } {
  const { words: said, rest } = wordsOf(requireFilter(text));
  const filter = asMeant(rest);
  return { said, filter: within ? { is: "all", of: [filter, within] } : filter };
}

/** Fails: PROJECT_NOT_FOUND, BOARD_NOT_FOUND. */
function requireSeen<Row extends Seen>(row: Row | undefined, { boardId }: Place): asserts row is Row {
  if (!row) throw new Error("a select without a table has one row");
  if (!row.isProjectSeen) throw new AppError("PROJECT_NOT_FOUND");
  if (boardId !== undefined && !row.isSeen) throw new AppError("BOARD_NOT_FOUND");
}

interface Seen extends Record<string, unknown> {
  isSeen: boolean;
  isProjectSeen: boolean;
}

interface Found extends Seen {
  prefixes: string[][] | null;
  found: { key: string; task: Omit<FoundTask, "excerpts">; texts: Texts | null }[];
}

/** Without words nothing is more relevant than the rest. */
function orderOf(actor: OrgActor, { order }: SearchTasks, said: readonly string[]): Order {
  const own = TASK_ORDERS.find((name) => name === order);
  if (own) return ORDERS[own === "relevance" && said.length === 0 ? "created" : own];
  const isLast = order.startsWith("-");
  return byField(order.slice(isLast ? "-cf.".length : "cf.".length), isLast ? "greatest" : "least", actor);
}

/** The tasks that say some words, and how well. */
function saying(said: readonly string[], isRanked: boolean): SQL {
  if (said.length === 0) return sql`select`;
  return sql`select * from search_tasks(array(select id from seen), ${list("text", said)}, ${isRanked}::boolean)`;
}

interface Wanted {
  readonly filter: Filter;
  readonly order: Order;
  readonly isSaid: boolean;
}

/** The tasks of a page, one more than it has, with what they are ordered by. */
function pageOf(actor: Searcher, input: Search, { filter, order, isSaid }: Wanted): SQL {
  const { first, by, key, type } = order;
  const last = decodeCursor(z.tuple([key, Id]), input.cursor);
  const isBehind = (lastKey: string, id: string) => {
    const at = sql`${lastKey}::text::${type}`;
    // The row of both is what an index can find.
    return first === "greatest"
      ? sql`(${by}, t.id) < (${at}, ${id}::uuid)`
      : sql`(${by} > ${at} or ${by} = ${at} and t.id < ${id}::uuid)`;
  };
  return sql`
    select t.id, ${by} as key ${meantBy(actor, input, { filter, isSaid })}
      and ${last ? isBehind(...last) : sql`true`}
    order by key ${DIRECTIONS[first]}, t.id desc limit ${input.limit + 1}::int`;
}

const DIRECTIONS = { greatest: sql`desc`, least: sql`asc` };

/** From which tables, and which of their rows. */
function meantBy(actor: Searcher, { timeZone }: Count, { filter, isSaid }: Omit<Wanted, "order">): SQL {
  return sql`from ${isSaid ? sql`said s join task t on t.id = s.task_id` : sql`task t`}
    join board_column c on c.id = t.column_id join board b on b.id = t.board_id join project p on p.id = t.project_id
    where t.org_id = ${actor.orgId}::uuid and t.board_id = any(array(select id from seen)) and t.state <> 'trashed'
      and ${filterSql(filter, { ...actor, timeZone })}`;
}

/** What a task says that may hold the words: of its comments the newest that holds one. */
function textsOf(said: readonly string[]): SQL {
  if (said.length === 0) return sql`null::json`;
  return sql`json_build_object('title', t.title, 'description', t.description, 'comment', (
    select json_build_object('id', c.id, 'text', c.text) from search_text x
    join comment c on c.id = x.source_id where x.task_id = t.id and x.source_id <> t.id
      and exists (select from unnest(${list("text", said)}) w where x.words @@ search_query(w))
    order by c.created_at desc, c.id desc limit 1))`;
}

interface Place {
  readonly projectId?: string | undefined;
  readonly boardId?: string | undefined;
}

/** The boards where somebody may read tasks: by their role there, and by a custom role or key if there is one. */
export function seenBoards(actor: OrgActor, { projectId, boardId }: Place): SQL {
  const roles = BOARD_ROLES.filter((role) => mayDo({ ...actor, boardId: "", role }, "task:read"));
  return sql`
    select b.id from board b
    left join board_member bm on bm.board_id = b.id and bm.user_id = ${actor.userId}::uuid
    where b.org_id = ${actor.orgId}::uuid and board_role(${actor.role}, b.visibility, bm.role) = any(${words(roles)})
      and (${projectId ?? null}::uuid is null or b.project_id = ${projectId ?? null}::uuid)
      and (${boardId ?? null}::uuid is null or b.id = ${boardId ?? null}::uuid)`;
}

/** Guests know the projects of their boards alone, as in the list of projects. */
export function isProjectSeen({ orgId, role }: OrgActor, { projectId }: Place): SQL {
  if (projectId === undefined) return sql`true`;
  return sql`exists (select from project p where p.org_id = ${orgId}::uuid and p.id = ${projectId}::uuid
    and (${role} <> 'guest' or exists (select from seen)))`;
}
