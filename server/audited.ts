import type { ErrorKind } from "./errors.ts";

/** What the audit log says that something was done to. */
export type AuditObject =
  | "account"
  | "session"
  | "org"
  | "member"
  | "invitation"
  | "key"
  | "role"
  | "rule"
  | "service"
  | "project"
  | "board"
  | "share"
  | "import"
  | "audit";

/** Which digests a record has: of what was there before, of what is there after, of both, or of neither. */
type Digests = "before" | "after" | "both" | "none";

/** A mutation is recorded, in the transaction that it is, or there is a reason why not. */
export type AuditRule = { object: AuditObject; digests: Digests } | { because: string };

const IN_THE_EVENT_LOG = {
  because: "it is work on a board, which the event log has with its author and time",
} as const;
const CHANGES_NOTHING = { because: "it sends a mail at most, and whoever uses what is in it is recorded" } as const;

const ONLY_A_CHALLENGE = { because: "it lets nobody in, and what is done with it is recorded" } as const;
const THE_SAME_SESSION = { because: "its session is recorded as the one of `auth.signIn`" } as const;

const OF_ONES_OWN_INBOX = { because: "it tidies an inbox that its owner alone sees" } as const;

const OF_WHAT_IS_SHOWN = { because: "it is how tasks are looked at: nobody sees more or less of them by it" } as const;

/** What is audited: procedure → what its record is about. A procedure that is missing here fails the tests. */
export const AUDITED = {
  "auth.requestSignUp": CHANGES_NOTHING,
  "auth.signUp": { object: "account", digests: "after" },
  "auth.signIn": { object: "session", digests: "none" },
  "auth.passkeyChallenge": ONLY_A_CHALLENGE,
  "auth.signInWithPasskey": THE_SAME_SESSION,
  "auth.signInWithCode": THE_SAME_SESSION,
  "auth.reauthenticationChallenge": ONLY_A_CHALLENGE,
  "auth.signOut": { object: "session", digests: "none" },
  "auth.reauthenticate": { object: "session", digests: "none" },
  "identities.signIn": ONLY_A_CHALLENGE,
  // These two are recorded when their owner comes back from the provider.
  "identities.reauthenticate": { object: "session", digests: "none" },
  "identities.link": { object: "account", digests: "none" },
  "identities.unlink": { object: "account", digests: "none" },
  "authenticator.create": { because: "it counts once it was confirmed, which is recorded" },
  "authenticator.confirm": { object: "account", digests: "none" },
  "authenticator.delete": { object: "account", digests: "none" },
  "factors.renewRecoveryCodes": { object: "account", digests: "none" },
  "passkeys.challenge": ONLY_A_CHALLENGE,
  "passkeys.create": { object: "account", digests: "none" },
  "passkeys.update": { because: "it is a name that its owner alone sees" },
  "passkeys.delete": { object: "account", digests: "none" },
  "sessions.revoke": { object: "session", digests: "none" },
  "sessions.revokeOthers": { object: "account", digests: "none" },
  "emails.sendCode": CHANGES_NOTHING,
  "emails.change": CHANGES_NOTHING,
  "emails.confirm": { object: "account", digests: "both" },
  "passwords.requestReset": CHANGES_NOTHING,
  // Of a password nothing is kept, not even a digest.
  "passwords.reset": { object: "account", digests: "none" },
  "passwords.change": { object: "account", digests: "none" },
  "account.rename": { because: "the event logs of those who know them tell it, and lose it with the account" },
  // What its owner was called is kept nowhere, not even as a digest.
  "account.delete": { object: "account", digests: "none" },
  "keys.create": { object: "key", digests: "after" },
  "keys.revoke": { object: "key", digests: "before" },

  "views.create": OF_WHAT_IS_SHOWN,
  "views.update": OF_WHAT_IS_SHOWN,
  "views.delete": OF_WHAT_IS_SHOWN,
  "archives.exportBoard": { object: "board", digests: "none" },
  "archives.export": { object: "org", digests: "none" },
  "archives.import": { object: "import", digests: "none" },
  "operations.cancel": { because: "what it ends is recorded where it was begun" },
  "watches.set": { because: "it is what somebody wants to hear, which they alone see" },
  "calendars.create": {
    because: "it shows what its owner sees, to nobody else unless they pass it on, and they alone see it",
  },
  "calendars.revoke": { because: "it ends what its owner alone sees" },
  "digests.set": { because: "it is when somebody wants mail of their inbox, which they alone see" },
  "reminders.set": { because: "it is when somebody wants to be reminded, which they alone see" },
  "reminders.setOfTask": { because: "it is when somebody wants to be reminded, which they alone see" },
  "notifications.read": OF_ONES_OWN_INBOX,
  "notifications.unread": OF_ONES_OWN_INBOX,
  "notifications.readAll": OF_ONES_OWN_INBOX,
  "notifications.snooze": OF_ONES_OWN_INBOX,

  "orgs.create": { object: "org", digests: "after" },
  "orgs.update": { object: "org", digests: "both" },
  "orgs.demandSecondFactor": { object: "org", digests: "both" },
  "orgs.delete": { object: "org", digests: "before" },
  "members.invite": { object: "invitation", digests: "after" },
  "members.accept": { object: "member", digests: "after" },
  "members.setRole": { object: "member", digests: "both" },
  "members.remove": { object: "member", digests: "before" },
  "members.leave": { object: "member", digests: "before" },
  "invitations.revoke": { object: "invitation", digests: "before" },
  "rules.create": { object: "rule", digests: "after" },
  "rules.update": { object: "rule", digests: "both" },
  "rules.delete": { object: "rule", digests: "before" },
  "roles.create": { object: "role", digests: "after" },
  "roles.update": { object: "role", digests: "both" },
  "roles.delete": { object: "role", digests: "before" },
  "serviceAccounts.create": { object: "service", digests: "after" },
  "serviceAccounts.disable": { object: "service", digests: "both" },
  "serviceAccounts.enable": { object: "service", digests: "both" },
  "serviceAccounts.delete": { object: "service", digests: "before" },
  "audit.export": { object: "audit", digests: "none" },

  "projects.create": { object: "project", digests: "after" },
  "projects.update": { object: "project", digests: "both" },
  "projects.archive": { object: "project", digests: "both" },
  "projects.delete": { object: "project", digests: "before" },
  "plans.create": { object: "project", digests: "after" },
  "plans.update": { object: "project", digests: "both" },
  "plans.delete": { object: "project", digests: "before" },
  "plans.setTasks": IN_THE_EVENT_LOG,
  "fields.create": { object: "project", digests: "after" },
  "fields.update": { object: "project", digests: "both" },
  "fields.move": { object: "project", digests: "both" },
  "fields.archive": { object: "project", digests: "both" },
  "fields.restore": { object: "project", digests: "both" },
  "boards.create": { object: "board", digests: "after" },
  "boards.update": { object: "board", digests: "both" },
  "boards.archive": { object: "board", digests: "both" },
  "boards.restore": { object: "board", digests: "both" },
  "boards.delete": { object: "board", digests: "before" },
  "boards.share": { object: "share", digests: "both" },
  "boards.unshare": { object: "share", digests: "before" },
  "imports.create": { because: "it only says where a file may go: what is imported is recorded" },
  "imports.start": { object: "import", digests: "after" },
  "boards.setLanes": IN_THE_EVENT_LOG,
  "boards.applyChanges": IN_THE_EVENT_LOG,
  "time.start": IN_THE_EVENT_LOG,
  "time.stop": IN_THE_EVENT_LOG,
  "time.create": IN_THE_EVENT_LOG,
  "time.update": IN_THE_EVENT_LOG,
  "time.delete": IN_THE_EVENT_LOG,
  "columns.create": IN_THE_EVENT_LOG,
  "columns.update": IN_THE_EVENT_LOG,
  "columns.move": IN_THE_EVENT_LOG,
  "columns.archive": IN_THE_EVENT_LOG,
  "columns.restore": IN_THE_EVENT_LOG,
  "transitions.create": IN_THE_EVENT_LOG,
  "transitions.update": IN_THE_EVENT_LOG,
  "transitions.delete": IN_THE_EVENT_LOG,
  "recurrences.create": IN_THE_EVENT_LOG,
  "recurrences.update": IN_THE_EVENT_LOG,
  "recurrences.pause": IN_THE_EVENT_LOG,
  "recurrences.resume": IN_THE_EVENT_LOG,
  "recurrences.delete": IN_THE_EVENT_LOG,
  "checklists.create": IN_THE_EVENT_LOG,
  "checklists.update": IN_THE_EVENT_LOG,
  "checklists.move": IN_THE_EVENT_LOG,
  "checklists.delete": IN_THE_EVENT_LOG,
  "checkItems.create": IN_THE_EVENT_LOG,
  "checkItems.update": IN_THE_EVENT_LOG,
  "checkItems.move": IN_THE_EVENT_LOG,
  "checkItems.convert": IN_THE_EVENT_LOG,
  "checkItems.delete": IN_THE_EVENT_LOG,
  "labels.create": IN_THE_EVENT_LOG,
  "labels.update": IN_THE_EVENT_LOG,
  "labels.delete": IN_THE_EVENT_LOG,
  "tasks.create": IN_THE_EVENT_LOG,
  "tasks.update": IN_THE_EVENT_LOG,
  "tasks.restoreDescription": IN_THE_EVENT_LOG,
  "tasks.move": IN_THE_EVENT_LOG,
  "tasks.archive": IN_THE_EVENT_LOG,
  "tasks.restore": IN_THE_EVENT_LOG,
  "attachments.create": { because: "it only says where a file may go, and its coming is in the event log" },
  "attachments.update": IN_THE_EVENT_LOG,
  "attachments.delete": IN_THE_EVENT_LOG,
  "tasks.bulkUpdate": IN_THE_EVENT_LOG,
  "tasks.bulkMove": IN_THE_EVENT_LOG,
  "tasks.bulkArchive": IN_THE_EVENT_LOG,
  "tasks.bulkRestore": IN_THE_EVENT_LOG,
  "tasks.delete": IN_THE_EVENT_LOG,
  "tasks.moveToBoard": IN_THE_EVENT_LOG,
  "tasks.copy": IN_THE_EVENT_LOG,
  "changes.undo": IN_THE_EVENT_LOG,
  "trash.restore": IN_THE_EVENT_LOG,
  "trash.delete": IN_THE_EVENT_LOG,
  "relations.create": IN_THE_EVENT_LOG,
  "relations.delete": IN_THE_EVENT_LOG,
  "comments.create": IN_THE_EVENT_LOG,
  "comments.update": IN_THE_EVENT_LOG,
  "comments.delete": IN_THE_EVENT_LOG,
  "comments.react": IN_THE_EVENT_LOG,
  "comments.unreact": IN_THE_EVENT_LOG,

  // Not procedures: the file of an import, and what operators do.
  "imports.upload": { object: "import", digests: "after" },
  "accounts.disable": { object: "account", digests: "none" },
  "accounts.enable": { object: "account", digests: "none" },
  "accounts.delete": { object: "account", digests: "none" },
  "accounts.endSessions": { object: "account", digests: "none" },
  "accounts.resetFactors": { object: "account", digests: "none" },
} as const satisfies Record<string, AuditRule>;

type Audited = typeof AUDITED;
/** The actions that the audit log records: paths of procedures, and what is done without one. */
export type AuditAction = {
  [A in keyof Audited]: Audited[A] extends { object: AuditObject } ? A : never;
}[keyof Audited];

/** What the record of a procedure is about; undefined: it makes none. */
export function auditRuleOf(procedure: string): Extract<AuditRule, { object: AuditObject }> | undefined {
  const rules: Readonly<Record<string, AuditRule>> = AUDITED;
  const rule = rules[procedure];
  return rule && "object" in rule ? rule : undefined;
}

/**
 * The refusals that are recorded, counted, whatever was called: somebody tried what they may not, or a proof that was
 * wrong, or what is sent to get past a limit or a check. Anything else that is refused is no matter of security.
 */
export const AUDITED_REFUSALS: ReadonlySet<ErrorKind> = new Set([
  "ACTION_FORBIDDEN",
  "COMMENT_NOT_OWN",
  "SECOND_FACTOR_DEMANDED",
  "LAST_FACTOR",
  "KEY_FORBIDDEN",
  "ORG_NOT_FOUND",
  "BOARD_NOT_FOUND",
  "ROLE_TOO_HIGH",
  "OWNER_REQUIRED",
  "CREDENTIALS_WRONG",
  "PASSWORD_WRONG",
  "EMAIL_CODE_WRONG",
  "RESET_TOKEN_WRONG",
  "REAUTHENTICATION_REQUIRED",
  "TRIES_TOO_MANY",
  "CODE_WRONG",
  "CODES_TOO_MANY",
  "PASSKEY_WRONG",
  "PROVIDER_REFUSED",
  "SIGN_IN_EXPIRED",
  "ACCOUNT_DISABLED",
  "IDENTITY_TAKEN",
  "IDENTITY_NOT_FOUND",
  "INPUT_INVALID",
  "BODY_TOO_LARGE",
  "BATCH_TOO_LARGE",
  "CALLS_TOO_MANY",
  "SUBSCRIPTIONS_TOO_MANY",
  "ORIGIN_REFUSED",
  "CREDENTIALS_IN_URL",
  "MEDIA_TYPE_UNSUPPORTED",
]);
