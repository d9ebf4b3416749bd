import { KEY_ACTIONS, type Action } from "../ui/actions.ts";

const READ: readonly Action[] = [
  "org:read",
  "project:list",
  "board:list",
  "board:read",
  "task:read",
  "task:search",
  "task:history",
  "view:read",
  "report:read",
];
const WORK: readonly Action[] = [
  ...READ,
  "board:apply",
  "board:create",
  "column:create",
  "column:update",
  "column:move",
  "label:create",
  "label:update",
  "task:create",
  "task:update",
  "task:move",
  "task:archive",
  "task:restore",
  "comment:create",
  "comment:update",
  "comment:react",
  "attachment:create",
  "time:track",
  "plan:create",
  "plan:update",
];
/** What keys are mostly made for. */
export const PRESETS = { read: READ, work: WORK, all: KEY_ACTIONS } as const;
