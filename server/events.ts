import { z } from "zod";
import { ACCOUNT_KINDS, BOARD_ROLES, ORG_ROLES, PLAN_KINDS, SWITCHES, WATCH_LEVELS } from "../db/enums.ts";
import { type Home, HomeInvitation, HomeOrg } from "./domains/home/me.contract.ts";
import { NotificationNews } from "./domains/home/notifications.contract.ts";
import { Operation } from "./domains/home/operations.contract.ts";
import { ReminderLeads } from "./domains/home/reminders.contract.ts";
import { WatchSubject } from "./domains/home/watches.contract.ts";
import type { OrgSnapshot } from "./domains/orgs/orgs.contract.ts";
import { CustomRole, HeldCustomRole } from "./domains/orgs/roles.contract.ts";
import { Attachment } from "./domains/work/attachments.contract.ts";
import { Board, BoardMember, type Snapshot } from "./domains/work/boards.contract.ts";
import { CheckItem, Checklist } from "./domains/work/checklists.contract.ts";
import { Column } from "./domains/work/columns.contract.ts";
import { Comment, Reaction } from "./domains/work/comments.contract.ts";
import { Field, FieldChanges } from "./domains/work/fields.contract.ts";
import { BoardLanes } from "./domains/work/lanes.contract.ts";
import { Label } from "./domains/work/labels.contract.ts";
import { Project } from "./domains/work/projects.contract.ts";
import { Recurrence } from "./domains/work/recurrences.contract.ts";
import { Blocked, BoardRelation } from "./domains/work/relations.contract.ts";
import { Card } from "./domains/work/tasks.contract.ts";
import { TimeEntry } from "./domains/work/time.contract.ts";
import { Transition } from "./domains/work/transitions.contract.ts";
import { View } from "./domains/work/views.contract.ts";
import { Id, Instant, Version } from "./fields.contract.ts";

/** What a card shows of its task's checklists. */
const Counts = { taskId: Id, itemsDone: z.int(), itemsTotal: z.int() };

/** What of a card became another than it was. */
export const CardChanges = z.object({
  parentId: Card.shape.parentId.exactOptional(),
  title: Card.shape.title.exactOptional(),
  hasDescription: Card.shape.hasDescription.exactOptional(),
  priority: Card.shape.priority.exactOptional(),
  startAt: Card.shape.startAt.exactOptional(),
  startOn: Card.shape.startOn.exactOptional(),
  dueAt: Card.shape.dueAt.exactOptional(),
  dueOn: Card.shape.dueOn.exactOptional(),
  timeZone: Card.shape.timeZone.exactOptional(),
  estimate: Card.shape.estimate.exactOptional(),
  coverColor: Card.shape.coverColor.exactOptional(),
  assigneeIds: Card.shape.assigneeIds.exactOptional(),
  assigneeNames: Card.shape.assigneeNames.exactOptional(),
  labelIds: Card.shape.labelIds.exactOptional(),
});

/**
 * What is announced: type → data. Data holds new values (post-images): the whole row when it comes into view, its id
 * when it goes. A row's own `version` is that of the event, and a card's `updatedAt` is the event's `at`. Cards in older
 * events lack what cards have got since (`LATER` in `evolve.ts`).
 */
export const BOARD_EVENTS = {
  "board.updated": z.object({ board: Board }),
  /** May have ended somebody's access. */
  "board.visibility-changed": z.object({ board: Board }),
  "board.archived": z.object({ board: Board }),
  "board.restored": z.object({ board: Board }),
  "board.lanes-set": BoardLanes,
  /**
   * Stands for a bulk change: watchers get a snapshot in its place (rule L9). What it brought back, if it did that; older
   * events do not say it.
   */
  "board.reset": z.object({ restoredTaskIds: z.array(Id).exactOptional(), restoredColumnId: Id.exactOptional() }),
  "board.shared": z.object({ member: BoardMember }),
  /** `member` is what the board still knows of the person: null when nothing. */
  "board.unshared": z.object({ userId: Id, member: BoardMember.nullable() }),
  /** Somebody whom it knows calls themselves so now. */
  "board.member-renamed": BoardMember.pick({ userId: true, name: true }),
  "column.created": z.object({ column: Column }),
  /** Older events have neither `stateGroup` nor `wipMode`. */
  "column.updated": Column.pick({ name: true, wipLimit: true }).extend({
    columnId: Id,
    stateGroup: Column.shape.stateGroup.exactOptional(),
    wipMode: Column.shape.wipMode.exactOptional(),
  }),
  "column.moved": z.object({ columnId: Id, rank: z.string() }),
  "column.archived": z.object({ columnId: Id }),
  "column.restored": z.object({ column: Column, tasks: z.array(Card) }),
  /** New ranks for all open tasks of a column, in order; nothing else about them changed. */
  "column.reranked": z.object({ columnId: Id, ranks: z.array(z.object({ taskId: Id, rank: z.string() })) }),
  "label.created": z.object({ label: Label }),
  "label.updated": z.object({ label: Label }),
  /** Goes from the tasks that had it, too. */
  "label.deleted": z.object({ labelId: Id }),
  /** Of the board's project. One that is archived goes from the board. */
  "field.created": z.object({ field: Field }),
  "field.updated": z.object({ field: Field }),
  "transition.created": z.object({ transition: Transition }),
  "transition.updated": z.object({ transition: Transition }),
  "transition.deleted": z.object({ transitionId: Id }),
  /** `members`: the people that the task's assignment made known to the board. */
  "task.created": z.object({ task: Card, description: z.string(), members: z.array(BoardMember) }),
  "task.updated": z.object({
    taskId: Id,
    changes: CardChanges,
    /** Of the fields of the project; null: it has none any more. */
    fields: FieldChanges.exactOptional(),
    description: z.string().optional(),
    members: z.array(BoardMember),
    /** Who came and who went, when `assigneeIds` changed. Older events do not say it. */
    assignedIds: z.array(Id).exactOptional(),
    unassignedIds: z.array(Id).exactOptional(),
  }),
  "checklist.created": z.object({ checklist: Checklist, ...Counts }),
  "checklist.updated": z.object({ checklist: Checklist, ...Counts }),
  "checklist.moved": z.object({ checklist: Checklist, ...Counts }),
  /** With its items. */
  "checklist.deleted": z.object({ checklistId: Id, ...Counts }),
  /** New ranks for the checklists of a task, or for the items of one; nothing else about them changed. */
  "checklist.reranked": z.object({ taskId: Id, ranks: z.array(z.object({ id: Id, rank: z.string() })) }),
  /** `members`: as in `task.updated`. */
  "check-item.created": z.object({ item: CheckItem, members: z.array(BoardMember), ...Counts }),
  /** `assignedId`: who is newly assigned to it. Older events do not say it. */
  "check-item.updated": z.object({
    item: CheckItem,
    members: z.array(BoardMember),
    assignedId: Id.exactOptional(),
    ...Counts,
  }),
  /** Also from another checklist of the task. */
  "check-item.moved": z.object({ item: CheckItem, ...Counts }),
  "check-item.deleted": z.object({ itemId: Id, ...Counts }),
  /** Older events do not say where it came from. */
  "task.moved": z.object({ taskId: Id, columnId: Id, rank: z.string(), fromColumnId: Id.exactOptional() }),
  "task.archived": z.object({ taskId: Id }),
  /** Many at once: what became the same of several is said once. Who came and went, and `members`: as in `task.updated`. */
  "tasks.updated": z.object({
    changes: z.array(
      z.object({
        taskIds: z.array(Id),
        changes: CardChanges,
        fields: FieldChanges.exactOptional(),
        assignedIds: z.array(Id).exactOptional(),
        unassignedIds: z.array(Id).exactOptional(),
      }),
    ),
    members: z.array(BoardMember),
  }),
  /** Many at once, none of them out of an archived column. `from`: where they were; older events do not say it. */
  "tasks.moved": z.object({
    to: z.array(z.object({ columnId: Id, ranks: z.array(z.object({ taskId: Id, rank: z.string() })) })),
    from: z.array(z.object({ columnId: Id, taskIds: z.array(Id) })).exactOptional(),
  }),
  "tasks.archived": z.object({ taskIds: z.array(Id) }),
  "tasks.restored": z.object({ tasks: z.array(Card) }),
  /** One or many: they are in the trash from now on. */
  "tasks.deleted": z.object({ taskIds: z.array(Id) }),
  /** Out of the trash: back on the board, or back in the archive. */
  "tasks.recovered": z.object({ tasks: z.array(Card), archived: z.array(Card) }),
  /** Deleted for good. What events said of them is empty from then on. */
  "tasks.purged": z.object({ taskIds: z.array(Id) }),
  /** To another board of the organisation, which not everybody may see. */
  "task.left": z.object({ taskId: Id, toBoardId: Id }),
  /** From another board, with all that is on it. `fromKey`: what it was called there, which finds it still. */
  "task.arrived": z.object({
    task: Card,
    description: z.string(),
    members: z.array(BoardMember),
    fromBoardId: Id,
    fromKey: z.string(),
  }),
  /** Also a task that came back into view by leaving an archived column. */
  "task.restored": z.object({ task: Card }),
  /** `leftIds`: the plans of that kind that some of them were for before. */
  "tasks.planned": z.object({
    taskIds: z.array(Id),
    kind: z.enum(PLAN_KINDS),
    planId: Id.nullable(),
    leftIds: z.array(Id),
  }),
  /** Also when it has made a task, waits or is paused. */
  "recurrence.created": z.object({ recurrence: Recurrence }),
  "recurrence.updated": z.object({ recurrence: Recurrence }),
  "recurrence.deleted": z.object({ recurrenceId: Id }),
  /** `blocked`: what blocks the second task by now, when it is of this board and the relation is `blocks`. */
  "relation.created": z.object({ relation: BoardRelation, blocked: Blocked.nullable() }),
  "relation.deleted": z.object({ relation: BoardRelation, blocked: Blocked.nullable() }),
  /** Something of another board blocks it no longer, or again. */
  "task.blockers-counted": Blocked,
  /** `members`: its author, and those whom it mentions. The text of one that is deleted goes from here, too. */
  "comment.created": z.object({
    comment: Comment,
    commentCount: Card.shape.commentCount,
    members: z.array(BoardMember),
  }),
  "comment.updated": z.object({ comment: Comment, members: z.array(BoardMember) }),
  /** `left`: what stays of it while it has answers. */
  "comment.deleted": z.object({
    taskId: Id,
    commentId: Id,
    left: Comment.nullable(),
    commentCount: Card.shape.commentCount,
  }),
  "comment.reacted": z.object({ taskId: Id, commentId: Id, ...Reaction.shape, members: z.array(BoardMember) }),
  /** Somebody's timer on a task, or time that was worked on it: `seconds` is null while it runs. */
  "time.changed": z.object({
    taskId: Id,
    entryId: Id,
    userId: Id,
    change: z.enum(["started", "stopped", "added", "corrected", "deleted"]),
    seconds: z.int().nullable(),
  }),
  "attachment.created": z.object({ attachment: Attachment, attachmentCount: Card.shape.attachmentCount }),
  /** Also when there is a small picture of it. */
  "attachment.updated": z.object({ attachment: Attachment }),
  "attachment.deleted": z.object({
    taskId: Id,
    attachmentId: Id,
    attachmentCount: Card.shape.attachmentCount,
  }),
  "comment.unreacted": z.object({ taskId: Id, commentId: Id, ...Reaction.shape }),
} as const satisfies Record<`${string}.${string}`, z.ZodType>;

/** The organisation's stream tells of what every member but guests may see. Never an e-mail address. */
export const ORG_EVENTS = {
  "org.updated": z.object({ name: z.string(), slug: z.string() }),
  /** Members need a second factor from then on, or none. May have ended somebody's access. */
  "org.factor-demanded": z.object({ factorDueAt: Instant.nullable() }),
  /** A custom role is told by its base and its id. Older events have neither `roleId` nor `kind`. */
  "member.joined": z.object({
    userId: Id,
    name: z.string(),
    kind: z.enum(ACCOUNT_KINDS).exactOptional(),
    role: z.enum(ORG_ROLES),
    roleId: Id.nullable().exactOptional(),
  }),
  "member.role-changed": z.object({ userId: Id, role: z.enum(ORG_ROLES), roleId: Id.nullable().exactOptional() }),
  /** They call themselves so now. */
  "member.renamed": z.object({ userId: Id, name: z.string() }),
  "member.removed": z.object({ userId: Id }),
  "invitation.created": z.object({ invitationId: Id, role: z.enum(ORG_ROLES) }),
  "invitation.revoked": z.object({ invitationId: Id }),
  "role.created": z.object({ role: CustomRole }),
  /** May have ended somebody's access. */
  "role.updated": z.object({ role: CustomRole }),
  "role.deleted": z.object({ roleId: Id }),
  "project.created": z.object({ project: Project }),
  "project.updated": z.object({ project: Project }),
  "project.archived": z.object({ project: Project }),
  "project.deleted": z.object({ projectId: Id }),
  /** Shared ones; also one that was private. */
  "view.created": z.object({ view: View }),
  "view.updated": z.object({ view: View }),
  /** Also one that became private. */
  "view.deleted": z.object({ viewId: Id }),
  "board.created": z.object({ board: Board }),
  "board.changed": z.object({ board: Board }),
  /** What it says is for those who list the rules. */
  "rule.created": z.object({ ruleId: Id, projectId: Id }),
  /** Also when Trestle has stopped it. */
  "rule.updated": z.object({ ruleId: Id, projectId: Id }),
  "rule.deleted": z.object({ ruleId: Id, projectId: Id }),
  /** A board turned private or was deleted: gone from the sight of those who had it by the organisation. */
  "board.hidden": z.object({ boardId: Id }),
} as const satisfies Record<`${string}.${string}`, z.ZodType>;

/**
 * What concerns one person alone, on their inbox: what they belong to, what they are invited to, and the boards that are
 * shared with them, which private boards are only so. Never an e-mail address or a token.
 */
export const INBOX_EVENTS = {
  /** Also in place of an earlier one of the same organisation, whose id it has. */
  "invitation.received": z.object({ invitation: HomeInvitation }),
  /** Accepted, revoked, expired, or its organisation was deleted. */
  "invitation.withdrawn": z.object({ invitationId: Id }),
  /** Older events have neither `customRole` nor `factorDueAt`. */
  "org.joined": z.object({ org: HomeOrg.partial({ customRole: true, factorDueAt: true }) }),
  /** To its members and to those who are invited. */
  "org.renamed": z.object({ orgId: Id, name: z.string(), slug: z.string() }),
  /** Its members need a second factor from then on, or none. */
  "org.factor-demanded": z.object({ orgId: Id, factorDueAt: Instant.nullable() }),
  /** They have another role, or their custom role changed. */
  "org.role-changed": z.object({
    orgId: Id,
    role: z.enum(ORG_ROLES),
    customRole: HeldCustomRole.nullable().exactOptional(),
  }),
  /** They left, were removed, or it was deleted: its boards go with it. */
  "org.left": z.object({ orgId: Id }),
  /** Also with another role than before. */
  "share.received": z.object({ board: Board, role: z.enum(BOARD_ROLES) }),
  "share.withdrawn": z.object({ boardId: Id }),
  /** Renamed, archived, restored, or seen by others than before. */
  "board.changed": z.object({ board: Board }),
  "board.deleted": z.object({ boardId: Id }),
  /** They are told of something: by ids, whose names are for those who may see them when they look. Older events do not say `taskCount`. */
  "notification.received": z.object({ notification: NotificationNews.partial({ taskCount: true }) }),
  /** Read, unread, or snoozed: what is absent stays. */
  "notification.changed": z.object({
    notificationIds: z.array(Id),
    readAt: Instant.nullable().exactOptional(),
    snoozedUntil: Instant.nullable().exactOptional(),
  }),
  /** All that came up to one, of an organisation or of all. */
  "notification.all-read": z.object({ upTo: Id, readAt: Instant, orgId: Id.exactOptional() }),
  /** How long before dates they are reminded: of a task, or of all that they are assigned to. Null: as of all others. */
  "reminders.changed": z.object({ taskId: Id.nullable(), leadMinutes: ReminderLeads.nullable() }),
  /** When they get a mail of what they have not read. */
  "digest.changed": z.object({ state: z.enum(SWITCHES), hour: z.int(), timeZone: z.string() }),
  /** What they want to hear of something. */
  "watch.changed": z.object({ subject: WatchSubject, level: z.enum([...WATCH_LEVELS, "default"]) }),
  /** Their timer: null, when it runs no more. */
  "timer.changed": z.object({ entry: TimeEntry.nullable() }),
  /** A view that is theirs alone: made, changed, or no longer shared. */
  "view.saved": z.object({ view: View }),
  "view.deleted": z.object({ viewId: Id }),
  /** Long work of theirs: begun, further on (about once a second), or ended. Without its result. */
  "operation.changed": z.object({ operation: Operation }),
  /** They have had their time. */
  "operation.forgotten": z.object({ operationIds: z.array(Id) }),
  /** Their name, or their address and with it what they are invited to: who folds asks for a snapshot. */
  "account.changed": z.object({}),
} as const satisfies Record<`${string}.${string}`, z.ZodType>;

type Catalogue = Readonly<Record<string, z.ZodType>>;
/** What a service announces: a type with its data. */
type NewsOf<Events extends Catalogue> = {
  [T in keyof Events & string]: { type: T; data: z.infer<Events[T]> };
}[keyof Events & string];
export type BoardNews = NewsOf<typeof BOARD_EVENTS>;
export type OrgNews = NewsOf<typeof ORG_EVENTS>;
export type InboxNews = NewsOf<typeof INBOX_EVENTS>;
export type BoardEventType = BoardNews["type"];

/** What an event carries whatever its type. `version` counts 1, 2, 3 … within the stream. */
const Envelope = z.object({ version: Version, at: Instant, actorId: Id, mutationId: Id });
type Envelope = z.infer<typeof Envelope>;

/** An event of a board as watchers get it. */
export type BoardEvent = BoardNews & Envelope;
/** An event of an organisation as watchers get it. */
export type OrgEvent = OrgNews & Envelope;
/** An event of somebody's inbox as they get it. */
export type InboxEvent = InboxNews & Envelope;

/** Why a watch begins again with a snapshot (rule L8). */
export type SnapshotReason = "first" | "unknown" | "ahead" | "too-old" | "too-far" | "access" | "reset";

/**
 * A snapshot, or one part of a big one: parts hold slices of its lists, which are the arrays at its top, and only the
 * last has a cursor to go on from.
 */
export interface SnapshotMessageOf<State> {
  type: "snapshot";
  snapshot: State;
  reason: SnapshotReason;
  part: number;
  of: number;
}
export type SnapshotMessage = SnapshotMessageOf<Snapshot>;

/** The heartbeat: the newest version of the stream, and how old that knowledge is in milliseconds. */
export interface HeadMessage {
  type: "head";
  version: number;
  ageMs: number;
}

/** Everything that a watch sends. */
export type LiveMessageOf<State, Event> = SnapshotMessageOf<State> | HeadMessage | Event;
/** Everything that `boards.live` sends. */
export type LiveMessage = LiveMessageOf<Snapshot, BoardEvent>;
/** Everything that `orgs.live` sends. */
export type OrgMessage = LiveMessageOf<OrgSnapshot, OrgEvent>;
/** Everything that `me.live` sends. */
export type HomeMessage = LiveMessageOf<Home, InboxEvent>;

/** The schema of one event of a catalogue, for tests and for those who read the log. */
export function eventSchema(catalogue: Catalogue, type: string) {
  return Envelope.extend({ type: z.literal(type), data: catalogue[type] ?? z.never() });
}
