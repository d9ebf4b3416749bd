import { z } from "zod";
import { ORG_ROLES } from "../db/enums.ts";
import { Board, BoardMember, Snapshot } from "./domains/work/boards.contract.ts";
import { Column } from "./domains/work/columns.contract.ts";
import { Label } from "./domains/work/labels.contract.ts";
import { Project } from "./domains/work/projects.contract.ts";
import { Card } from "./domains/work/tasks.contract.ts";
import { Id, Instant, Version } from "./fields.contract.ts";

/**
 * What is announced: type → data. Data holds new values (post-images): the whole row when it comes into view, its id
 * when it goes. A row's own `version` is that of the event, and a card's `updatedAt` is the event's `at`.
 */
export const BOARD_EVENTS = {
  "board.updated": z.object({ board: Board }),
  /** May have ended somebody's access. */
  "board.visibility-changed": z.object({ board: Board }),
  "board.archived": z.object({ board: Board }),
  "board.restored": z.object({ board: Board }),
  /** Stands for a bulk change: watchers get a snapshot in its place (rule L9). */
  "board.reset": z.object({}),
  "board.shared": z.object({ member: BoardMember }),
  /** `member` is what the board still knows of the person: null when nothing. */
  "board.unshared": z.object({ userId: Id, member: BoardMember.nullable() }),
  "column.created": z.object({ column: Column }),
  "column.updated": z.object({ columnId: Id, name: z.string(), wipLimit: z.int().nullable() }),
  "column.moved": z.object({ columnId: Id, rank: z.string() }),
  "column.archived": z.object({ columnId: Id }),
  "column.restored": z.object({ column: Column, tasks: z.array(Card) }),
  /** New ranks for all open tasks of a column, in order; nothing else about them changed. */
  "column.reranked": z.object({ columnId: Id, ranks: z.array(z.object({ taskId: Id, rank: z.string() })) }),
  "label.created": z.object({ label: Label }),
  "label.updated": z.object({ label: Label }),
  /** Goes from the tasks that had it, too. */
  "label.deleted": z.object({ labelId: Id }),
  /** `members`: the people that the task's assignment made known to the board. */
  "task.created": z.object({ task: Card, description: z.string(), members: z.array(BoardMember) }),
  "task.updated": z.object({
    taskId: Id,
    changes: z.object({
      title: Card.shape.title.exactOptional(),
      hasDescription: Card.shape.hasDescription.exactOptional(),
      priority: Card.shape.priority.exactOptional(),
      dueAt: Card.shape.dueAt.exactOptional(),
      assigneeIds: Card.shape.assigneeIds.exactOptional(),
      assigneeNames: Card.shape.assigneeNames.exactOptional(),
      labelIds: Card.shape.labelIds.exactOptional(),
    }),
    description: z.string().optional(),
    members: z.array(BoardMember),
  }),
  "task.moved": z.object({ taskId: Id, columnId: Id, rank: z.string() }),
  "task.archived": z.object({ taskId: Id }),
  /** Also a task that came back into view by leaving an archived column. */
  "task.restored": z.object({ task: Card }),
} as const satisfies Record<`${string}.${string}`, z.ZodType>;

/** The organisation's stream tells of what every member but guests may see. Never an e-mail address. */
export const ORG_EVENTS = {
  "org.updated": z.object({ name: z.string(), slug: z.string() }),
  "member.joined": z.object({ userId: Id, name: z.string(), role: z.enum(ORG_ROLES) }),
  "member.role-changed": z.object({ userId: Id, role: z.enum(ORG_ROLES) }),
  "member.removed": z.object({ userId: Id }),
  "invitation.created": z.object({ invitationId: Id, role: z.enum(ORG_ROLES) }),
  "invitation.revoked": z.object({ invitationId: Id }),
  "project.created": z.object({ project: Project }),
  "project.updated": z.object({ project: Project }),
  "project.archived": z.object({ project: Project }),
  "project.deleted": z.object({ projectId: Id }),
  "board.created": z.object({ board: Board }),
  "board.changed": z.object({ board: Board }),
  /** A board turned private or was deleted: gone from the sight of those who had it by the organisation. */
  "board.hidden": z.object({ boardId: Id }),
} as const satisfies Record<`${string}.${string}`, z.ZodType>;

export type BoardEventType = keyof typeof BOARD_EVENTS;
export type OrgEventType = keyof typeof ORG_EVENTS;

/** What an event carries whatever its type. `version` counts 1, 2, 3 … within the stream. */
const envelope = { version: Version, at: Instant, actorId: Id, mutationId: Id };

/** What a service hands to `announce`. */
export type BoardNews = { [T in BoardEventType]: { type: T; data: z.infer<(typeof BOARD_EVENTS)[T]> } }[BoardEventType];
export type OrgNews = { [T in OrgEventType]: { type: T; data: z.infer<(typeof ORG_EVENTS)[T]> } }[OrgEventType];

/** An event of a board as watchers get it. */
export type BoardEvent = BoardNews & { version: number; at: string; actorId: string; mutationId: string };

/** Why a watch begins again with a snapshot (rule L8). */
export const SNAPSHOT_REASONS = ["first", "unknown", "ahead", "too-old", "too-far", "access", "reset"] as const;
export type SnapshotReason = (typeof SNAPSHOT_REASONS)[number];

/** A snapshot, or one part of a big one: parts hold slices of its lists, and only the last has a cursor to go on from. */
export const SnapshotMessage = z.object({
  type: z.literal("snapshot"),
  snapshot: Snapshot,
  reason: z.enum(SNAPSHOT_REASONS),
  part: z.int().positive(),
  of: z.int().positive(),
});
export type SnapshotMessage = z.infer<typeof SnapshotMessage>;

/** The heartbeat: the newest version of the stream, and how old that knowledge is. */
export const HeadMessage = z.object({ type: z.literal("head"), version: Version, ageMs: z.int().nonnegative() });
export type HeadMessage = z.infer<typeof HeadMessage>;

/** Everything that `boards.live` sends. */
export type LiveMessage = SnapshotMessage | HeadMessage | BoardEvent;

/** The schema of one board event, for tests and for those who read the log. */
export function boardEventSchema<T extends BoardEventType>(type: T) {
  return z.object({ ...envelope, type: z.literal(type), data: BOARD_EVENTS[type] });
}
