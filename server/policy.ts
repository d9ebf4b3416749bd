import { type BoardRole, ORG_ROLES, type OrgRole } from "../db/enums.ts";

/**
 * Who may: action → roles. An action is allowed by a role in the organisation or by a role on the board, never by a
 * mixture. `archived: true` marks what may be done to an archived board.
 */
export type Rule =
  | { on: "org"; roles: readonly OrgRole[] }
  | { on: "board"; roles: readonly BoardRole[]; archived?: true };

export const POLICY = {
  "org:read": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "org:watch": { on: "org", roles: ["owner", "admin", "member"] },
  "org:update": { on: "org", roles: ["owner", "admin"] },
  "org:delete": { on: "org", roles: ["owner"] },
  "member:list": { on: "org", roles: ["owner", "admin", "member"] },
  "member:invite": { on: "org", roles: ["owner", "admin"] },
  "member:set-role": { on: "org", roles: ["owner", "admin"] },
  "member:remove": { on: "org", roles: ["owner", "admin"] },
  "member:leave": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "invitation:list": { on: "org", roles: ["owner", "admin"] },
  "invitation:revoke": { on: "org", roles: ["owner", "admin"] },
  "key:list": { on: "org", roles: ["owner", "admin", "member"] },
  "key:create": { on: "org", roles: ["owner", "admin", "member"] },
  "key:revoke": { on: "org", roles: ["owner", "admin", "member"] },
  "audit:read": { on: "org", roles: ["owner", "admin"] },
  "audit:export": { on: "org", roles: ["owner", "admin"] },
  "project:list": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "project:create": { on: "org", roles: ["owner", "admin", "member"] },
  "project:update": { on: "org", roles: ["owner", "admin"] },
  "project:archive": { on: "org", roles: ["owner", "admin"] },
  "project:delete": { on: "org", roles: ["owner", "admin"] },
  "board:list": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "board:create": { on: "org", roles: ["owner", "admin", "member"] },
  "import:create": { on: "org", roles: ["owner", "admin", "member"] },
  "import:read": { on: "org", roles: ["owner", "admin", "member"] },

  "board:read": { on: "board", roles: ["manager", "editor", "commenter", "viewer"] },
  "board:update": { on: "board", roles: ["manager"] },
  "board:share": { on: "board", roles: ["manager"], archived: true },
  "board:archive": { on: "board", roles: ["manager"], archived: true },
  "board:restore": { on: "board", roles: ["manager"], archived: true },
  "board:delete": { on: "board", roles: ["manager"], archived: true },
  "board:apply": { on: "board", roles: ["manager", "editor"] },
  "column:create": { on: "board", roles: ["manager", "editor"] },
  "column:update": { on: "board", roles: ["manager", "editor"] },
  "column:move": { on: "board", roles: ["manager", "editor"] },
  "column:archive": { on: "board", roles: ["manager", "editor"] },
  "column:restore": { on: "board", roles: ["manager", "editor"] },
  "label:create": { on: "board", roles: ["manager", "editor"] },
  "label:update": { on: "board", roles: ["manager", "editor"] },
  "label:delete": { on: "board", roles: ["manager", "editor"] },
  "task:read": { on: "board", roles: ["manager", "editor", "commenter", "viewer"] },
  "task:create": { on: "board", roles: ["manager", "editor"] },
  "task:update": { on: "board", roles: ["manager", "editor"] },
  "task:move": { on: "board", roles: ["manager", "editor"] },
  "task:archive": { on: "board", roles: ["manager", "editor"] },
  "task:restore": { on: "board", roles: ["manager", "editor"] },
} as const satisfies Record<`${string}:${string}`, Rule>;

export type Action = keyof typeof POLICY;

/** What an API key may be allowed: everything but to make others, and what cannot be undone to an organisation. */
export const KEY_ACTIONS: readonly Action[] = Object.keys(POLICY).filter(isKeyAction);

function isKeyAction(action: string): action is Action {
  return !action.startsWith("key:") && action !== "org:delete" && action !== "member:leave";
}
export type OrgAction = { [A in Action]: (typeof POLICY)[A]["on"] extends "org" ? A : never }[Action];
export type BoardAction = { [A in Action]: (typeof POLICY)[A]["on"] extends "board" ? A : never }[Action];

/** Whether a role allows an action, by the table alone. */
export function allows(action: Action, role: OrgRole | BoardRole | null): boolean {
  const roles: readonly string[] = POLICY[action].roles;
  return role !== null && roles.includes(role);
}

/** Whether a role in the organisation is above another one. */
export function outranks(role: OrgRole, other: OrgRole): boolean {
  return ORG_ROLES.indexOf(role) < ORG_ROLES.indexOf(other);
}

/** Whether an action may be done to an archived board. */
export function allowsArchived(action: BoardAction): boolean {
  const rule: Rule = POLICY[action];
  return rule.on === "board" && rule.archived === true;
}

/** The actions that a board role allows: what `boards.access` answers. */
export function actionsOf(role: BoardRole): BoardAction[] {
  return BOARD_ACTIONS.filter((action) => allows(action, role));
}

function isBoardAction(action: string): action is BoardAction {
  return Object.entries(POLICY).some(([name, rule]) => name === action && rule.on === "board");
}

export const BOARD_ACTIONS: readonly BoardAction[] = Object.keys(POLICY).filter(isBoardAction);
