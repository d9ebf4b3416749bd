import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import { words } from "../../../../db/columns.ts";
import { type BoardActor, mayDo, type OrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import { decodeCursor, toPage } from "../../../core/page.ts";
import { Id, Instant } from "../../../fields.contract.ts";
import { seenBoards } from "../search.service.ts";
import type {
  ActivityEntry,
  ActivityOfBoard,
  ActivityOfPerson,
  ActivityOfTask,
  ActivityPage,
} from "./activity.contract.ts";
import { loadNames, type Names, refsIn } from "./names.ts";
import { counted, readEvent, type ReadEvent, UNTOLD } from "./read-data.ts";
import { sentenceOf } from "./sentences.ts";
import { tell } from "./tell.ts";
import { ref, type Ref, type Telling } from "./words.ts";

/** Where a feed of one board goes on: before this version. */
const BoardKey = z.tuple([z.int()]);

/**
 * What was done to a task, newest first, from the events of its board. What an import brought is not among it, and of what
 * was deleted for good no text is left. Fails: TASK_NOT_FOUND.
 */
export async function listActivityOfTask(db: Db, actor: BoardActor, input: ActivityOfTask): Promise<ActivityPage> {
  const before = decodeCursor(BoardKey, input.cursor)?.[0] ?? Number.MAX_SAFE_INTEGER;
  const [board, task] = [sql`${actor.boardId}::uuid`, sql`${input.taskId}::uuid`];
  const [found] = await db.execute<{ events: ReadEvent[] }>(sql`
    select coalesce((
      select json_agg(${readEvent(input.taskId)} order by e.version desc)
      from task_events(${board}, ${task}, ${before}::bigint, ${input.limit + 1}::int) v(version)
      join event e on e.stream_id = ${board} and e.version = v.version ${counted}), '[]'::json) as events
    from task t where t.org_id = ${actor.orgId}::uuid and t.board_id = ${board} and t.id = ${task}`);
  if (!found) throw new AppError("TASK_NOT_FOUND");
  return pageOf(db, actor.orgId, found.events, { limit: input.limit, keyOf: ({ version }) => [version] });
}

/** What was done on a board, newest first. */
export async function listActivityOfBoard(db: Db, actor: BoardActor, input: ActivityOfBoard): Promise<ActivityPage> {
  const before = decodeCursor(BoardKey, input.cursor)?.[0] ?? Number.MAX_SAFE_INTEGER;
  const events = await readFeed(db, {
    where: sql`e.stream_id = ${actor.boardId}::uuid and e.version < ${before}::bigint`,
    order: sql`e.version desc`,
    limit: input.limit,
  });
  return pageOf(db, actor.orgId, events, { limit: input.limit, keyOf: ({ version }) => [version] });
}

/** Where a feed of many boards goes on: before this event. */
const PersonKey = z.tuple([Instant, Id, z.int()]);

/**
 * What somebody did in an organisation, newest first: on the boards where the caller may read tasks now, and, for who may
 * watch it, in the organisation itself. Fails: MEMBER_NOT_FOUND, for somebody of whom the caller knows nothing.
 */
export async function listActivityOfPerson(db: Db, actor: OrgActor, input: ActivityOfPerson): Promise<ActivityPage> {
  const last = decodeCursor(PersonKey, input.cursor);
  const isBefore = last
    ? sql`(e.at, e.stream_id, e.version) < (${last[0]}::timestamptz, ${last[1]}::uuid, ${last[2]}::bigint)`
    : sql`true`;
  const seesOrg = mayDo(actor, "org:watch");
  const events = await readFeed(db, {
    where: sql`e.org_id = ${actor.orgId}::uuid and e.actor_id = ${input.userId}::uuid and ${isBefore}
      and e.stream_id = any(array(${seenBoards(actor, {})} ${seesOrg ? sql`union all select ${actor.orgId}::uuid` : sql``}))`,
    order: sql`e.at desc, e.stream_id desc, e.version desc`,
    limit: input.limit,
  });
  if (events.length === 0 && !last) await requireKnown(db, actor, input.userId);
  const keyOf = ({ at, streamId, version }: ReadEvent) => [at, streamId, version];
  return pageOf(db, actor.orgId, events, { limit: input.limit, keyOf });
}

/** A guest knows nobody by the organisation but themself. Fails: MEMBER_NOT_FOUND. */
async function requireKnown(db: Db, actor: OrgActor, userId: string): Promise<void> {
  if (userId === actor.userId) return;
  const [member] = await db.execute(sql`
    select from membership m where m.org_id = ${actor.orgId}::uuid and m.user_id = ${userId}::uuid
      and ${mayDo(actor, "member:list")}::boolean`);
  if (!member) throw new AppError("MEMBER_NOT_FOUND");
}

/** One event more than the page has. */
async function readFeed(db: Db, { where, order, limit }: { where: SQL; order: SQL; limit: number }) {
  const rows = await db.execute<{ event: ReadEvent }>(sql`
    with found as materialized (
      select e.* from event e where ${where} and e.type <> all(${words(UNTOLD)})
      order by ${order} limit ${limit + 1}::int)
    select ${readEvent(null)} as event from found e ${counted} order by ${order}`);
  return rows.map(({ event }) => event);
}

interface Paging {
  readonly limit: number;
  readonly keyOf: (event: ReadEvent) => (string | number)[];
}

/** Events as entries of a feed. Who asks may see their boards. */
async function pageOf(db: Db, orgId: string, events: ReadEvent[], { limit, keyOf }: Paging): Promise<ActivityPage> {
  const { items, nextCursor } = toPage(events, limit, keyOf);
  const entries = items.map((event) => ({ event, telling: tell(event), named: named(orgId, event) }));
  const refs = entries.flatMap(({ telling, named: { actor, board, task } }) => {
    return [...refsIn(telling), actor, ...(board ? [board] : []), ...(task ? [task] : [])];
  });
  const boardIds = items.map(({ streamId }) => streamId).filter((id) => id !== orgId);
  const names = await loadNames(db, orgId, { ids: refs.map(({ id }) => id), boardIds });
  return { items: entries.map((entry) => toEntry(entry, names)), nextCursor };
}

/** What every entry names. */
function named(orgId: string, { streamId, actorId, taskId }: ReadEvent) {
  return {
    actor: ref("person", actorId),
    board: streamId === orgId ? null : ref("board", streamId),
    task: taskId === null ? null : ref("task", taskId),
  };
}

interface Read {
  readonly event: ReadEvent;
  readonly telling: Telling;
  readonly named: { readonly actor: Ref; readonly board: Ref | null; readonly task: Ref | null };
}

function toEntry({ event, telling, named: { actor, board, task } }: Read, names: Names): ActivityEntry {
  const by = names.of(actor);
  return {
    board: board && names.of(board),
    version: event.version,
    at: event.at,
    actor: by,
    type: event.type,
    task: task && names.of(task),
    taskCount: event.taskCount,
    parts: telling.parts.map((part) => names.part(part)),
    says: sentenceOf(telling, by, names),
  };
}
