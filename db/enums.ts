/** The closed sets of the data model. Browser-safe: contracts and tables read the same lists. */

/** Highest first. */
export const ORG_ROLES = ["owner", "admin", "member", "guest"] as const;
/** What a custom role may be made of. */
export const BASE_ROLES = ["admin", "member", "guest"] as const satisfies readonly (typeof ORG_ROLES)[number][];
/** Highest first. */
export const BOARD_ROLES = ["manager", "editor", "commenter", "viewer"] as const;
export const VISIBILITIES = ["org", "private"] as const;
export const STATES = ["open", "archived"] as const;
/** `trashed`: deleted, and for 30 days to be had back. */
export const TASK_STATES = [...STATES, "trashed"] as const;
/** What the tasks of a column are, whatever it is called: reports compare boards by it. */
export const STATE_GROUPS = ["backlog", "unstarted", "started", "completed", "cancelled"] as const;
/** Of a limit: `hard` refuses what would exceed it, `soft` lets it be seen. */
export const WIP_MODES = ["hard", "soft"] as const;
/** What a way into a column may demand of a task. */
export const TRANSITION_FIELDS = ["assignees", "description", "due", "estimate", "labels", "priority"] as const;
/** What a task is to another one: read from the first to the second. */
export const RELATION_KINDS = ["blocks", "relates", "duplicates"] as const;
/** By what, that all tasks have, a board may be cut into lanes. */
export const LANE_KINDS = ["assignee", "label", "priority", "due", "parent", "estimate"] as const;
/** Of what tasks of a project may have besides what all tasks have. */
export const FIELD_KINDS = ["text", "number", "date", "select", "multi-select", "person", "checkbox", "url"] as const;
/** How a saved view shows what it finds. */
export const VIEW_KINDS = ["list", "board", "calendar", "timeline"] as const;
export const PRIORITIES = ["none", "low", "medium", "high", "urgent"] as const;
/** `deleted`: what is left of one that has answers. */
export const COMMENT_STATES = ["open", "deleted"] as const;
/** Whether its author wrote it here, or a file that somebody imported says that they wrote it. */
export const COMMENT_ORIGINS = ["written", "imported"] as const;
export const LABEL_COLORS = [
  "gray",
  "red",
  "orange",
  "yellow",
  "lime",
  "green",
  "sky",
  "blue",
  "purple",
  "pink",
  "black",
] as const;
/** Whether there is a small picture of an attachment: `waiting` until a job has made it. */
export const THUMBNAILS = ["none", "waiting", "ready"] as const;
/**
 * What somebody wants to hear of something: `watching` all of it, `involved` what is addressed to them (assigned,
 * mentioned, due), `muted` nothing.
 */
export const WATCH_LEVELS = ["watching", "involved", "muted"] as const;
/** Why somebody is told of something; of several reasons the first. */
export const NOTIFICATION_REASONS = [
  "assigned",
  "mentioned",
  "due",
  "moved",
  "watched",
  "rule",
  "rule-stopped",
] as const;
/** How long before a task is due somebody may be reminded of it, in minutes. */
export const REMINDER_LEADS = [0, 5, 10, 15, 30, 60, 120, 1_440, 2_880, 4_320, 10_080] as const;
export const SWITCHES = ["on", "off"] as const;
export const PLAN_KINDS = ["milestone", "sprint"] as const;
export const PLAN_STATES = ["open", "closed"] as const;
/** When the next task of a recurrence is made: at its date, or once the last one is done. */
export const RECURRENCE_MODES = ["schedule", "completion"] as const;
/** `ended`: it has no date any more. */
export const RECURRENCE_STATES = ["active", "paused", "ended"] as const;
/** `stopped`: by Trestle, until somebody turns it on again. */
export const RULE_STATES = [...SWITCHES, "stopped"] as const;
/** Rules that trigger each other; one that runs too often; one whose owner is not in the organisation any more. */
export const RULE_STOPS = ["loop", "too-often", "owner-gone"] as const;
export const RULE_OUTCOMES = ["waiting", "done", "partly", "refused", "skipped"] as const;
/** Of an item of a checklist. */
export const CHECK_STATES = ["open", "done"] as const;
/** A service account is a program in one organisation: it has API keys, and nothing to sign in with. */
export const ACCOUNT_KINDS = ["person", "service"] as const;
export const STREAM_KINDS = ["board", "org", "inbox", "channel", "control"] as const;
/** What is imported: an export of Trello's, a table, Jira's table of issues, or GitHub's issues as JSON. */
export const IMPORT_SOURCES = ["trello", "csv", "jira", "github"] as const;
/** `running`: the file is arriving. `received`: its rows wait for somebody to start. `importing`: an operation writes them. */
export const IMPORT_STATES = ["waiting", "running", "received", "importing", "done", "failed", "cancelled"] as const;
/** What became of a row. `unchanged`: it was on the board before. */
export const ROW_OUTCOMES = ["created", "unchanged", "refused"] as const;
/** What long work that somebody started is for. */
export const OPERATION_KINDS = ["archive-export", "archive-import", "import"] as const;
/** `cancelling`: whoever does it has not seen yet that it is not wanted any more. */
export const OPERATION_STATES = ["waiting", "running", "cancelling", "done", "failed", "cancelled"] as const;
/**
 * `sending`: its contents are on their way to a server, or were when a process ended. `refused`: for good. `unknown`: the
 * server may have it, so it is not sent again. `dropped`: it was of no use any more.
 */
export const MAIL_STATES = ["waiting", "sending", "sent", "refused", "unknown", "dropped"] as const;

/** `seal`: to encrypt fields by. `index`: to find them again by. */
export const DATA_KEY_PURPOSES = ["seal", "index"] as const;

/** What somebody proves by a passkey. */
export const CHALLENGE_PURPOSES = ["create", "sign-in", "second-factor", "reauthenticate"] as const;
/** What proves somebody besides their password. */
export const SECOND_FACTORS = ["passkey", "authenticator", "recovery-code"] as const;

/** What somebody goes to a provider of identities for. */
export const TRIP_PURPOSES = ["sign-in", "link", "reauthenticate"] as const;

export type TripPurpose = (typeof TRIP_PURPOSES)[number];
export type ChallengePurpose = (typeof CHALLENGE_PURPOSES)[number];
export type SecondFactor = (typeof SECOND_FACTORS)[number];
export type ThumbnailState = (typeof THUMBNAILS)[number];
export type WatchLevel = (typeof WATCH_LEVELS)[number];
export type NotificationReason = (typeof NOTIFICATION_REASONS)[number];
export type Priority = (typeof PRIORITIES)[number];
export type StateGroup = (typeof STATE_GROUPS)[number];
export type TransitionField = (typeof TRANSITION_FIELDS)[number];
export type PlanKind = (typeof PLAN_KINDS)[number];
export type WipMode = (typeof WIP_MODES)[number];
export type OrgRole = (typeof ORG_ROLES)[number];
export type BaseRole = (typeof BASE_ROLES)[number];
export type BoardRole = (typeof BOARD_ROLES)[number];
export type MailState = (typeof MAIL_STATES)[number];

/** How what the audit log records ended. */
export const AUDIT_OUTCOMES = ["done", "refused"] as const;
