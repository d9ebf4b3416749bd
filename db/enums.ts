/** The closed sets of the data model. Browser-safe: contracts and tables read the same lists. */

/** Highest first. */
export const ORG_ROLES = ["owner", "admin", "member", "guest"] as const;
/** Highest first. */
export const BOARD_ROLES = ["manager", "editor", "commenter", "viewer"] as const;
export const VISIBILITIES = ["org", "private"] as const;
export const STATES = ["open", "archived"] as const;
export const PRIORITIES = ["none", "low", "medium", "high", "urgent"] as const;
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
export const STREAM_KINDS = ["board", "org", "inbox", "channel", "control"] as const;
export const IMPORT_STATES = ["waiting", "running", "done", "failed"] as const;
/**
 * `sending`: its contents are on their way to a server, or were when a process ended. `refused`: for good. `unknown`: the
 * server may have it, so it is not sent again. `dropped`: it was of no use any more.
 */
export const MAIL_STATES = ["waiting", "sending", "sent", "refused", "unknown", "dropped"] as const;

/** `seal`: to encrypt fields by. `index`: to find them again by. */
export const DATA_KEY_PURPOSES = ["seal", "index"] as const;

export type OrgRole = (typeof ORG_ROLES)[number];
export type BoardRole = (typeof BOARD_ROLES)[number];
export type MailState = (typeof MAIL_STATES)[number];
export type DataKeyPurpose = (typeof DATA_KEY_PURPOSES)[number];
