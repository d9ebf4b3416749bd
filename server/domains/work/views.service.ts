import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import { mayDo, type OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { requireRoom } from "../../core/room.ts";
import { announceToInbox, announceToOrg, type Tx } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import type { Filter } from "./filters/filter.ts";
import { viewJson } from "./rows.ts";
import type { FoundTasks, TaskCount } from "./search.contract.ts";
import { countTasks, requireFilter, type Searcher, searchTasks, seenBoards } from "./search.service.ts";
import type {
  CountView,
  CreateView,
  DeleteView,
  ListViews,
  UpdateView,
  View,
  ViewPage,
  ViewRows,
} from "./views.contract.ts";

/** Of one person, and shared in one organisation. */
const MOST_PRIVATE = 200;
const MOST_SHARED = 500;
const ViewKey = z.tuple([line(100), Id]);

/** The views of the caller, and those that are shared with them, by name; of one project or board, if it is named. */
export async function listViews(db: Db, actor: OrgActor, input: ListViews): Promise<ViewPage> {
  const after = decodeCursor(ViewKey, input.cursor);
  const rows = await db.execute<{ view: View }>(sql`
    select ${viewJson} as view from saved_view v where ${isVisible(actor)}
      and (${input.projectId ?? null}::uuid is null or v.project_id = ${input.projectId ?? null}::uuid)
      and (${input.boardId ?? null}::uuid is null or v.board_id = ${input.boardId ?? null}::uuid)
      ${after ? sql`and (v.name collate "C", v.id) > (${after[0]}, ${after[1]}::uuid)` : sql``}
    order by v.name collate "C", v.id limit ${input.limit + 1}::int`);
  const views = rows.map(({ view }) => view);
  return toPage(views, input.limit, ({ name, id }) => [name, id]);
}

/**
 * Saves a filter under a name. Announces `view.created` when it is shared, and else `view.saved` to its owner.
 * Fails: FILTER_INVALID, PROJECT_NOT_FOUND, BOARD_NOT_FOUND, ACTION_FORBIDDEN (to share it), VIEWS_TOO_MANY.
 */
export async function createView(tx: Tx, actor: OrgActor, input: CreateView): Promise<View> {
  const { orgId, projectId = null, boardId = null, name, kind, filter, order, groupBy, visibility } = input;
  const at = tx.now.toISOString();
  const place = { orgId, projectId, boardId };
  const made = { createdBy: actor.userId, createdAt: at, updatedAt: at };
  const view: View = { id: newId(), ...place, name, kind, filter, order, groupBy, visibility, ...made };
  requireFilter(filter);
  if (visibility === "shared") requireShare(actor);
  await Promise.all([requirePlace(tx.db, actor, view), requireRoomFor(tx.db, actor, view)]);
  tx.send(
    tx.db.execute(sql`
      insert into saved_view (id, org_id, owner_id, project_id, board_id, name, kind, filter, ordering, group_by, created_by,
        created_at, updated_at)
      values (${view.id}::uuid, ${orgId}::uuid, ${ownerOf(view)}::uuid, ${projectId}::uuid, ${boardId}::uuid, ${name}, ${kind},
        ${filter}, ${order}, ${groupBy}, ${actor.userId}::uuid, ${at}::timestamptz, ${at}::timestamptz)`),
  );
  if (visibility === "shared") announceToOrg(tx, actor, { type: "view.created", data: { view } });
  else announceToInbox(tx, { ...actor, inboxId: actor.userId }, { type: "view.saved", data: { view } });
  return view;
}

/**
 * Changes a view of one's own; those who manage shared ones change those of others. Announces `view.updated`, or
 * `view.created` when it becomes shared and `view.deleted` when it is not any more; of a private one `view.saved` to its
 * owner; and nothing when nothing changed.
 * Fails: VIEW_NOT_FOUND, VIEW_NOT_OWN, FILTER_INVALID, ACTION_FORBIDDEN (to share it), VIEWS_TOO_MANY.
 */
export async function updateView(tx: Tx, actor: OrgActor, input: UpdateView): Promise<View> {
  const before = await getView(tx.db, actor, input.viewId);
  requireOwn(actor, before);
  const { name, kind, filter, order, groupBy, visibility } = input;
  const wanted = Object.entries({ name, kind, filter, order, groupBy, visibility }).filter(
    ([, value]) => value !== undefined,
  );
  const changed: View = { ...before, ...Object.fromEntries(wanted) };
  if (JSON.stringify(changed) === JSON.stringify(before)) return before;
  const view: View = { ...changed, updatedAt: tx.now.toISOString() };
  requireFilter(view.filter);
  if (view.visibility !== before.visibility) {
    if (view.visibility === "shared") requireShare(actor);
    // It would be out of the sight of who did it.
    else if (view.createdBy !== actor.userId) throw new AppError("VIEW_NOT_OWN");
    await requireRoomFor(tx.db, actor, view);
  }
  tx.send(
    tx.db.execute(sql`
      update saved_view set owner_id = ${ownerOf(view)}::uuid, name = ${view.name}, kind = ${view.kind},
        filter = ${view.filter}, ordering = ${view.order}, group_by = ${view.groupBy},
        updated_at = ${view.updatedAt}::timestamptz
      where org_id = ${actor.orgId}::uuid and id = ${view.id}::uuid`),
  );
  tellChange(tx, actor, before, view);
  return view;
}

/**
 * Deletes a view of one's own; those who manage shared ones delete those of others. Announces `view.deleted`, to all or to
 * its owner. Fails: VIEW_NOT_FOUND, VIEW_NOT_OWN.
 */
export async function deleteView(tx: Tx, actor: OrgActor, { viewId }: DeleteView): Promise<null> {
  const before = await getView(tx.db, actor, viewId);
  requireOwn(actor, before);
  tx.send(tx.db.execute(sql`delete from saved_view where org_id = ${actor.orgId}::uuid and id = ${viewId}::uuid`));
  const news = { type: "view.deleted", data: { viewId } } as const;
  if (before.visibility === "shared") announceToOrg(tx, actor, news);
  else announceToInbox(tx, { ...actor, inboxId: actor.userId }, news);
  return null;
}

/**
 * The tasks that a view means, of what the caller sees; of a calendar or timeline those of the days that are named.
 * Fails: VIEW_NOT_FOUND, PROJECT_NOT_FOUND, BOARD_NOT_FOUND, INPUT_INVALID.
 */
export async function listViewRows(db: Db, actor: Searcher, input: ViewRows): Promise<FoundTasks> {
  const { cursor, limit } = input;
  const search = await searchOf(db, actor, input);
  return searchTasks(db, actor, { ...search, cursor, limit });
}

/** How many tasks a view means. Fails: VIEW_NOT_FOUND, PROJECT_NOT_FOUND, BOARD_NOT_FOUND, INPUT_INVALID. */
export async function countView(db: Db, actor: Searcher, input: CountView): Promise<TaskCount> {
  const { count } = await countTasks(db, actor, await searchOf(db, actor, input));
  return { count };
}

/** A view as the search that it is. */
async function searchOf(db: Db, actor: Searcher, { viewId, timeZone, from, to }: CountView) {
  const { orgId, projectId, boardId, kind, filter, order } = await getView(db, actor, viewId);
  const within = kind === "calendar" || kind === "timeline" ? daysOf(kind, from, to) : undefined;
  if (!within && (from ?? to) !== undefined) {
    throw new AppError("INPUT_INVALID", { fields: { from: "Only calendars and timelines show days." } });
  }
  const place = { ...(projectId !== null && { projectId }), ...(boardId !== null && { boardId }) };
  return { orgId, ...place, filter, timeZone, order, ...(within && { within }) };
}

/** The most days that are shown at once. */
const MOST_DAYS = 400;
const DAY_MS = 86_400_000;

/**
 * What is on these days: in a calendar what begins or is due, in a timeline also what is under way. What has one of these
 * dates alone is there on that day.
 */
function daysOf(kind: "calendar" | "timeline", from: string | undefined, to: string | undefined): Filter {
  const length = from === undefined || to === undefined ? Number.NaN : (Date.parse(to) - Date.parse(from)) / DAY_MS;
  if (from === undefined || to === undefined || !(length >= 0 && length < MOST_DAYS)) {
    const fields = { from: `Say the days from and to, at most ${MOST_DAYS}.` };
    throw new AppError("INPUT_INVALID", { fields });
  }
  const date = (field: "start" | "due", by: ">=" | "<=", day: string): Filter => {
    return { is: "date", field, by, date: { unit: "day", day } };
  };
  const on = (field: "start" | "due"): Filter => ({ is: "all", of: [date(field, ">=", from), date(field, "<=", to)] });
  const underWay: Filter = { is: "all", of: [date("start", "<=", to), date("due", ">=", from)] };
  return { is: "any", of: [on("start"), on("due"), ...(kind === "timeline" ? [underWay] : [])] };
}

/** Fails: VIEW_NOT_FOUND, also for what is not shared with the actor. */
async function getView(db: Db, actor: OrgActor, viewId: string): Promise<View> {
  const [row] = await db.execute<{ view: View }>(sql`
    select ${viewJson} as view from saved_view v where v.id = ${viewId}::uuid and ${isVisible(actor)}`);
  if (!row) throw new AppError("VIEW_NOT_FOUND");
  return row.view;
}

/** One's own, or shared with whoever sees what it is of; what is of the organisation is not for guests. */
function isVisible(actor: OrgActor): SQL {
  const isGuest = actor.role === "guest";
  return sql`v.org_id = ${actor.orgId}::uuid and (v.owner_id = ${actor.userId}::uuid or (v.owner_id is null and case
    when v.board_id is not null then v.board_id in (${seenBoards(actor, {})})
    when ${isGuest}::boolean then v.project_id in (select x.project_id from board x where x.id in (${seenBoards(actor, {})}))
    else true end))`;
}

/** Fails: PROJECT_NOT_FOUND, BOARD_NOT_FOUND. */
async function requirePlace(db: Db, actor: OrgActor, { projectId, boardId }: View): Promise<void> {
  if (projectId === null && boardId === null) return;
  const [seen] = await db.execute<{ isBoardSeen: boolean; isProjectSeen: boolean }>(sql`
    select ${boardId}::uuid is null or ${boardId}::uuid in (${seenBoards(actor, {})}) as "isBoardSeen",
      ${projectId}::uuid is null or exists (
        select from project p where p.org_id = ${actor.orgId}::uuid and p.id = ${projectId}::uuid
          and (${actor.role} <> 'guest' or exists (
            select from board x where x.project_id = p.id and x.id in (${seenBoards(actor, {})})))) as "isProjectSeen"`);
  if (seen?.isProjectSeen !== true) throw new AppError("PROJECT_NOT_FOUND");
  if (!seen.isBoardSeen) throw new AppError("BOARD_NOT_FOUND");
}

/** Fails: VIEWS_TOO_MANY. */
async function requireRoomFor(db: Db, actor: OrgActor, view: View): Promise<void> {
  const isShared = view.visibility === "shared";
  const whose = isShared ? sql`owner_id is null` : sql`owner_id = ${actor.userId}::uuid`;
  const rows = sql`select from saved_view where org_id = ${actor.orgId}::uuid and ${whose}`;
  await requireRoom(db, "VIEWS_TOO_MANY", { most: isShared ? MOST_SHARED : MOST_PRIVATE, rows });
}

/** Fails: VIEW_NOT_OWN. */
function requireOwn(actor: OrgActor, { createdBy }: View): void {
  if (createdBy !== actor.userId && !mayDo(actor, "view:moderate")) throw new AppError("VIEW_NOT_OWN");
}

/** Fails: ACTION_FORBIDDEN. */
function requireShare(actor: OrgActor): void {
  if (!mayDo(actor, "view:share")) throw new AppError("ACTION_FORBIDDEN");
}

function ownerOf({ visibility, createdBy }: View): string | null {
  return visibility === "shared" ? null : createdBy;
}

/** To those who see it by now, and to those who saw it. */
function tellChange(tx: Tx, actor: OrgActor, before: View, view: View): void {
  const [was, is] = [before.visibility, view.visibility];
  if (is === "private") {
    if (was === "shared") announceToOrg(tx, actor, { type: "view.deleted", data: { viewId: view.id } });
    announceToInbox(tx, { ...actor, inboxId: actor.userId }, { type: "view.saved", data: { view } });
  } else announceToOrg(tx, actor, { type: was === "private" ? "view.created" : "view.updated", data: { view } });
}
