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

export type OrgRole = (typeof ORG_ROLES)[number];
export type BoardRole = (typeof BOARD_ROLES)[number];
