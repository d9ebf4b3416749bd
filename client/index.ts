export { createTrestle } from "./trestle.ts";
export type { RouterInputs, RouterOutputs, Trestle, TrestleMembers, TrestleOptions } from "./trestle.ts";
export { LiveBoard } from "./live-board.ts";
export type { EventListener, LiveBoardOptions } from "./live-board.ts";
export type { LiveCallbacks, LiveSource, LiveStatus } from "./live-watch.ts";
export type { ChangeOf } from "./board-changes.ts";
export type { PendingChange, Row } from "./pending-change.ts";
export type { NamedChange, PendingStore, StoredChange } from "./pending-store.ts";
export { indexedDbPending } from "./indexed-db.ts";
export { foldInbox, foldLive, foldOrg } from "./fold-live.ts";
export type { Fold, Folded, TrackedMessage } from "./fold-live.ts";
export type { FoldedStream, FoldStream, SnapshotPart, StreamMessage, Tracked } from "./fold-stream.ts";
export type { TaskAttachments } from "../server/domains/work/evolve-attachments.ts";
export type { Thread } from "../server/domains/work/evolve-comments.ts";
export { foldAttachments, foldChecklists, foldComments } from "./opened-task.ts";
export { countBlockers } from "./blockers.ts";
export { countSubtasks } from "./family.ts";
export { fieldFault } from "./field-fault.ts";
export type { Progress } from "./family.ts";
export { groupByLane } from "./lanes.ts";
export type { Lane, LaneOptions } from "./lanes.ts";
export type { OperationOptions } from "./operations.ts";
export { datesOn, dayAt, daysOf } from "./task-days.ts";
export type { DatesChange, TaskDays } from "./task-days.ts";
export type { Presence, PresenceCallbacks } from "./presence.ts";
export { errorFields, errorKind, filterFault, kindSays, taskConflicts } from "./errors.ts";
export type { TaskConflicts, TrestleError } from "./errors.ts";
export type {
  AttachmentFile,
  FileContent,
  NewArchive,
  NewAttachment,
  TableImport,
  TrelloImport,
  UploadOptions,
  TrelloImported,
} from "./upload.ts";

export {
  BOARD_ROLES,
  LABEL_COLORS,
  LANE_KINDS,
  PRIORITIES,
  REMINDER_LEADS,
  STATE_GROUPS,
  WIP_MODES,
} from "./choices.ts";
export type { AppRouter } from "../server/router.ts";
export type { ErrorKind } from "../server/errors.ts";
export type {
  BoardEvent,
  BoardEventType,
  HeadMessage,
  HomeMessage,
  InboxEvent,
  LiveMessage,
  OrgEvent,
  OrgMessage,
  SnapshotMessage,
  SnapshotReason,
} from "../server/events.ts";
export type { Me, User } from "../server/domains/identity/auth.contract.ts";
export type { Operation, OperationDetails } from "../server/domains/home/operations.contract.ts";
export type { Home, HomeBoard, HomeInvitation, HomeOrg } from "../server/domains/home/me.contract.ts";
export type { Org, OrgSnapshot } from "../server/domains/orgs/orgs.contract.ts";
export type { AccessExplanation } from "../server/domains/orgs/access.contract.ts";
export type { CustomRole } from "../server/domains/orgs/roles.contract.ts";
export type { ServiceAccount } from "../server/domains/orgs/service-accounts.contract.ts";
export type { Member } from "../server/domains/orgs/members.contract.ts";
export type { Attachment } from "../server/domains/work/attachments.contract.ts";
export type { ChangeResult } from "../server/domains/work/apply.contract.ts";
export type { Board, BoardMember, Snapshot } from "../server/domains/work/boards.contract.ts";
export type { CheckItem, Checklist, TaskChecklists } from "../server/domains/work/checklists.contract.ts";
export type { Column } from "../server/domains/work/columns.contract.ts";
export type { Comment, CommentHistory, Reaction } from "../server/domains/work/comments.contract.ts";
export type { Field, FieldValue, ProjectFields } from "../server/domains/work/fields.contract.ts";
export type {
  ImportMapping,
  ImportPreview,
  ImportRow,
  ImportTarget,
} from "../server/domains/work/imports/import-tables.contract.ts";
export type {
  Import,
  ImportBegun,
  ImportReceived,
  ImportReport,
} from "../server/domains/work/imports/imports.contract.ts";
export type { Relation, TaskRelations } from "../server/domains/work/relations.contract.ts";
export type { Transition } from "../server/domains/work/transitions.contract.ts";
export type { Label } from "../server/domains/work/labels.contract.ts";
export type { PresenceMessage, PresentPerson } from "../server/domains/work/presence.contract.ts";
export type { Project } from "../server/domains/work/projects.contract.ts";
export type { FoundTask } from "../server/domains/work/search.contract.ts";
export type { FilterFault } from "../server/domains/work/filters/parse-filter.ts";
export type { Card, Task } from "../server/domains/work/tasks.contract.ts";
