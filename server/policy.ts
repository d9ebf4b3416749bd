import { type BaseRole, type BoardRole, ORG_ROLES, type OrgRole } from "../db/enums.ts";

/**
 * Who may: action → roles. An action is allowed by a role in the organisation or by a role on the board, never by a
 * mixture. `archived: true` marks what may be done to an archived board. An organisation's own roles name the actions that
 * they allow: they take the place of the table for the organisation, and narrow what a role on a board allows.
 */
export type Rule =
  | { on: "org"; roles: readonly OrgRole[] }
  | { on: "board"; roles: readonly BoardRole[]; archived?: true };

export const POLICY = {
  "org:read": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "org:watch": { on: "org", roles: ["owner", "admin", "member"] },
  "org:update": { on: "org", roles: ["owner", "admin"] },
  "org:demand-factor": { on: "org", roles: ["owner", "admin"] },
  "org:delete": { on: "org", roles: ["owner"] },
  "member:list": { on: "org", roles: ["owner", "admin", "member"] },
  "member:invite": { on: "org", roles: ["owner", "admin"] },
  "member:set-role": { on: "org", roles: ["owner", "admin"] },
  "member:remove": { on: "org", roles: ["owner", "admin"] },
  "member:leave": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "invitation:list": { on: "org", roles: ["owner", "admin"] },
  "invitation:revoke": { on: "org", roles: ["owner", "admin"] },
  "role:list": { on: "org", roles: ["owner", "admin", "member"] },
  "role:create": { on: "org", roles: ["owner", "admin"] },
  "role:update": { on: "org", roles: ["owner", "admin"] },
  "role:delete": { on: "org", roles: ["owner", "admin"] },
  "access:explain": { on: "org", roles: ["owner", "admin"] },
  "service:list": { on: "org", roles: ["owner", "admin"] },
  "service:create": { on: "org", roles: ["owner", "admin"] },
  "service:update": { on: "org", roles: ["owner", "admin"] },
  "service:delete": { on: "org", roles: ["owner", "admin"] },
  "key:list": { on: "org", roles: ["owner", "admin", "member"] },
  "key:create": { on: "org", roles: ["owner", "admin", "member"] },
  "key:revoke": { on: "org", roles: ["owner", "admin", "member"] },
  "key:manage": { on: "org", roles: ["owner", "admin"] },
  "audit:read": { on: "org", roles: ["owner", "admin"] },
  "audit:export": { on: "org", roles: ["owner", "admin"] },
  "project:list": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "project:create": { on: "org", roles: ["owner", "admin", "member"] },
  "project:update": { on: "org", roles: ["owner", "admin"] },
  "project:archive": { on: "org", roles: ["owner", "admin"] },
  "project:delete": { on: "org", roles: ["owner", "admin"] },
  "plan:create": { on: "org", roles: ["owner", "admin", "member"] },
  "plan:update": { on: "org", roles: ["owner", "admin", "member"] },
  "plan:delete": { on: "org", roles: ["owner", "admin", "member"] },
  /** Of the boards where they may read tasks. */
  "report:read": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "board:list": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "board:create": { on: "org", roles: ["owner", "admin", "member"] },
  /** Of the boards where they may read tasks. */
  "task:search": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  /** One's own, and those that are shared with them. */
  "view:read": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "view:create": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  // One's own.
  "view:update": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "view:delete": { on: "org", roles: ["owner", "admin", "member", "guest"] },
  "view:share": { on: "org", roles: ["owner", "admin", "member"] },
  // To change and delete shared ones of others.
  "view:moderate": { on: "org", roles: ["owner", "admin"] },
  "rule:list": { on: "org", roles: ["owner", "admin", "member"] },
  "rule:create": { on: "org", roles: ["owner", "admin", "member"] },
  "rule:update": { on: "org", roles: ["owner", "admin", "member"] },
  "rule:delete": { on: "org", roles: ["owner", "admin", "member"] },
  /** A project or all, into an archive: of the boards that they may export. */
  "org:export": { on: "org", roles: ["owner", "admin"] },
  "import:create": { on: "org", roles: ["owner", "admin", "member"] },
  "import:read": { on: "org", roles: ["owner", "admin", "member"] },

  "board:read": { on: "board", roles: ["manager", "editor", "commenter", "viewer"], archived: true },
  "board:update": { on: "board", roles: ["manager"] },
  "board:share": { on: "board", roles: ["manager"], archived: true },
  "board:archive": { on: "board", roles: ["manager"], archived: true },
  "board:restore": { on: "board", roles: ["manager"], archived: true },
  "board:delete": { on: "board", roles: ["manager"], archived: true },
  /** All that is on it, into an archive. */
  "board:export": { on: "board", roles: ["manager", "editor"], archived: true },
  "board:apply": { on: "board", roles: ["manager", "editor"] },
  "column:create": { on: "board", roles: ["manager", "editor"] },
  "column:update": { on: "board", roles: ["manager", "editor"] },
  "column:move": { on: "board", roles: ["manager", "editor"] },
  "column:archive": { on: "board", roles: ["manager", "editor"] },
  "column:restore": { on: "board", roles: ["manager", "editor"] },
  "transition:create": { on: "board", roles: ["manager"] },
  "transition:update": { on: "board", roles: ["manager"] },
  "transition:delete": { on: "board", roles: ["manager"] },
  "label:create": { on: "board", roles: ["manager", "editor"] },
  "label:update": { on: "board", roles: ["manager", "editor"] },
  "label:delete": { on: "board", roles: ["manager", "editor"] },
  "task:read": { on: "board", roles: ["manager", "editor", "commenter", "viewer"], archived: true },
  /** What descriptions said before: also what somebody took out of them. */
  "task:history": { on: "board", roles: ["manager", "editor"], archived: true },
  "task:create": { on: "board", roles: ["manager", "editor"] },
  "task:update": { on: "board", roles: ["manager", "editor"] },
  "task:move": { on: "board", roles: ["manager", "editor"] },
  "task:archive": { on: "board", roles: ["manager", "editor"] },
  "task:restore": { on: "board", roles: ["manager", "editor"] },
  /** Into the trash, from where it is restored for 30 days. */
  "task:delete": { on: "board", roles: ["manager", "editor"] },
  /** One's own. What undoes a change is allowed by its own action, too. */
  "change:read": { on: "board", roles: ["manager", "editor"], archived: true },
  "change:undo": { on: "board", roles: ["manager", "editor"] },
  "trash:read": { on: "board", roles: ["manager", "editor"], archived: true },
  "trash:restore": { on: "board", roles: ["manager", "editor"] },
  /** For good. */
  "trash:delete": { on: "board", roles: ["manager"] },
  "recurrence:create": { on: "board", roles: ["manager", "editor"] },
  "recurrence:update": { on: "board", roles: ["manager", "editor"] },
  "recurrence:delete": { on: "board", roles: ["manager", "editor"] },
  "attachment:create": { on: "board", roles: ["manager", "editor"] },
  "attachment:update": { on: "board", roles: ["manager", "editor"] },
  "attachment:delete": { on: "board", roles: ["manager", "editor"] },
  "time:track": { on: "board", roles: ["manager", "editor", "commenter"] },
  // To add, correct and delete that of others.
  "time:manage": { on: "board", roles: ["manager"] },
  "comment:create": { on: "board", roles: ["manager", "editor", "commenter"] },
  // One's own.
  "comment:update": { on: "board", roles: ["manager", "editor", "commenter"] },
  "comment:delete": { on: "board", roles: ["manager", "editor", "commenter"] },
  "comment:react": { on: "board", roles: ["manager", "editor", "commenter"] },
  // To delete those of others.
  "comment:moderate": { on: "board", roles: ["manager"] },
} as const satisfies Record<`${string}:${string}`, Rule>;

export type Action = keyof typeof POLICY;
export type OrgAction = { [A in Action]: (typeof POLICY)[A]["on"] extends "org" ? A : never }[Action];
export type BoardAction = { [A in Action]: (typeof POLICY)[A]["on"] extends "board" ? A : never }[Action];

export const ACTIONS: readonly Action[] = Object.keys(POLICY).filter(isAction);
export const BOARD_ACTIONS: readonly BoardAction[] = ACTIONS.filter(isBoardAction);
export const ORG_ACTIONS: readonly OrgAction[] = ACTIONS.filter(isOrgAction);

/**
 * What no API key may: it takes somebody who has just proved who they are, is about themselves, or would make something
 * that may do whatever they may, where the key may less.
 */
const NOT_BY_KEY: readonly Action[] = ["org:demand-factor", "org:delete", "member:leave", "rule:create", "rule:update"];

/** What an API key may be allowed: everything but that, and to make others. */
export const KEY_ACTIONS: readonly Action[] = ACTIONS.filter(
  (action) => !action.startsWith("key:") && !NOT_BY_KEY.includes(action),
);

function isAction(name: string): name is Action {
  return name in POLICY;
}

export function isBoardAction(action: Action): action is BoardAction {
  return POLICY[action].on === "board";
}

export function isOrgAction(action: Action): action is OrgAction {
  return POLICY[action].on === "org";
}

/**
 * What somebody is in an organisation: a built-in role, or one that the organisation made, by its base and all that it
 * allows (`allowed` is null for a built-in one).
 */
export interface HeldRole {
  readonly role: OrgRole;
  readonly allowed: readonly string[] | null;
}

/** Whether a role in the organisation, or on the board of somebody whose custom role allows no more than `allowed`, allows an action. */
export function allows(
  action: Action,
  role: OrgRole | BoardRole | null,
  allowed: readonly string[] | null = null,
): boolean {
  if (role === null) return false;
  const roles: readonly string[] = POLICY[action].roles;
  if (allowed === null) return roles.includes(role);
  return allowed.includes(action) && (POLICY[action].on === "org" || roles.includes(role));
}

/**
 * Whether whoever holds `mine` may give, take and change `theirs`, and manage whoever holds it: it has no higher base,
 * and allows nothing that `mine` does not.
 */
export function covers(mine: HeldRole, theirs: HeldRole): boolean {
  if (ORG_ROLES.indexOf(mine.role) > ORG_ROLES.indexOf(theirs.role)) return false;
  return reach(theirs).every((action) =>
    isBoardAction(action) ? (mine.allowed?.includes(action) ?? true) : allows(action, mine.role, mine.allowed),
  );
}

/** All that a role may come to allow. A guest's board actions come from whoever shares a board with them. */
export function reach({ role, allowed }: HeldRole): Action[] {
  if (allowed !== null) return ACTIONS.filter((action) => allowed.includes(action));
  return ACTIONS.filter((action) => (isBoardAction(action) ? role !== "guest" : allows(action, role)));
}

/** What every role allows: to be in the organisation, to see what there is for one, and to go. */
const BASIC_ACTIONS: readonly Action[] = ["org:read", "member:leave", "project:list", "board:list", "board:read"];

/** What a custom role of a base may allow: for a guest nothing of the organisation that guests do not have; else all but what owners alone have. */
export function mayHold(base: BaseRole, action: Action): boolean {
  return isBoardAction(action) || allows(action, base === "guest" ? "guest" : "admin");
}

/** The actions of a custom role: those that were chosen, by default all of its base, and what every role allows. */
export function actionsOfCustom(base: BaseRole, chosen: readonly Action[] | undefined): Action[] {
  const wanted = new Set([
    ...BASIC_ACTIONS,
    ...(chosen ?? [...reach({ role: base, allowed: null }), ...BOARD_ACTIONS]),
  ]);
  return ACTIONS.filter((action) => wanted.has(action));
}

/** Whether an action may be done to an archived board. */
export function allowsArchived(action: BoardAction): boolean {
  const rule: Rule = POLICY[action];
  return rule.on === "board" && rule.archived === true;
}

/** The actions that a board role allows by itself. */
export function actionsOf(role: BoardRole): BoardAction[] {
  return BOARD_ACTIONS.filter((action) => allows(action, role));
}
