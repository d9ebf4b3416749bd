import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import type { FilterFault } from "./domains/work/filters/parse-filter.ts";
import type { Transition } from "./domains/work/transitions.contract.ts";

/** What can be refused: kind → tRPC code and a sentence that a user could read. Clients switch on `error.data.kind`. */
export const ERRORS = {
  // Requests
  INPUT_INVALID: { code: "BAD_REQUEST", says: "Some of what was sent is not valid." },
  PROCEDURE_NOT_FOUND: { code: "NOT_FOUND", says: "There is no such procedure." },
  METHOD_NOT_SUPPORTED: { code: "METHOD_NOT_SUPPORTED", says: "This procedure is not called with that method." },
  SUBSCRIPTION_BY_SOCKET: {
    code: "BAD_REQUEST",
    says: "That is a subscription: it comes through the WebSocket at /trpc.",
  },
  MEDIA_TYPE_UNSUPPORTED: { code: "UNSUPPORTED_MEDIA_TYPE", says: "Send JSON, as application/json." },
  BODY_TOO_LARGE: { code: "PAYLOAD_TOO_LARGE", says: "That is more than may be sent in one request." },
  BATCH_TOO_LARGE: { code: "BAD_REQUEST", says: "That is more calls than one batch may hold." },
  SUBSCRIPTIONS_TOO_MANY: { code: "TOO_MANY_REQUESTS", says: "This connection watches as much as one may." },
  CALLS_TOO_MANY: {
    code: "TOO_MANY_REQUESTS",
    says: "That is more than may be asked in so short a time. Wait a moment.",
  },
  ORIGIN_REFUSED: { code: "FORBIDDEN", says: "Pages of that address may not use this server." },
  CREDENTIALS_IN_URL: { code: "BAD_REQUEST", says: "Credentials never travel in an address." },
  MUTATION_ID_REUSED: { code: "CONFLICT", says: "That mutation id was used for another call." },
  ALREADY_DONE: { code: "CONFLICT", says: "This was done before; its answer held a secret and was not kept." },
  SERVER_UNAVAILABLE: { code: "SERVICE_UNAVAILABLE", says: "The server cannot do this right now. Try again." },
  INTERNAL: { code: "INTERNAL_SERVER_ERROR", says: "Something went wrong on the server." },

  // Identity
  KEY_REQUIRED: { code: "UNAUTHORIZED", says: "Agents sign in with an API key." },
  SIGN_IN_REQUIRED: { code: "UNAUTHORIZED", says: "Sign in first." },
  CREDENTIALS_WRONG: { code: "UNAUTHORIZED", says: "That e-mail address and password do not belong together." },
  TRIES_TOO_MANY: { code: "TOO_MANY_REQUESTS", says: "Those were too many tries. Wait a while, then try again." },
  EMAIL_TAKEN: { code: "CONFLICT", says: "There is an account with that e-mail address." },
  PASSWORD_GUESSABLE: {
    code: "BAD_REQUEST",
    says: "That password is easily guessed: it is a well-known one, or made of your name or address. Take another one.",
  },
  RESET_TOKEN_WRONG: { code: "NOT_FOUND", says: "That link was used, was replaced by a newer one, or has expired." },
  EMAIL_CODE_WRONG: { code: "BAD_REQUEST", says: "That code is wrong, was used, or has expired." },
  SIGN_IN_EXPIRED: {
    code: "UNAUTHORIZED",
    says: "That sign-in is finished, has failed too often, or has taken too long: begin again.",
  },
  CODE_WRONG: { code: "FORBIDDEN", says: "That code is wrong, was used, or has expired." },
  CODES_TOO_MANY: {
    code: "TOO_MANY_REQUESTS",
    says: "There were too many wrong codes: wait some minutes, or use a passkey or a recovery code.",
  },
  AUTHENTICATOR_NOT_FOUND: { code: "NOT_FOUND", says: "Your account has no authenticator app that waits for this." },
  AUTHENTICATOR_EXISTS: { code: "CONFLICT", says: "Your account has an authenticator app: remove that one first." },
  CODE_REQUIRED: { code: "FORBIDDEN", says: "Say a code of your second factor, too, or use a passkey instead." },
  PASSKEY_WRONG: { code: "FORBIDDEN", says: "That passkey is not one for this, or has answered too late." },
  PASSKEY_TAKEN: { code: "CONFLICT", says: "That passkey belongs to an account already." },
  PASSKEY_NOT_FOUND: { code: "NOT_FOUND", says: "There is no such passkey of yours." },
  PASSKEYS_TOO_MANY: { code: "CONFLICT", says: "You have as many passkeys as one may have: remove one first." },
  SECOND_FACTOR_NOT_FOUND: { code: "NOT_FOUND", says: "Your account has no second factor: add one first." },
  LAST_FACTOR: {
    code: "CONFLICT",
    says: "An organisation of yours demands a second factor: add another one first, or leave that organisation.",
  },
  REAUTHENTICATION_REQUIRED: { code: "FORBIDDEN", says: "Prove first that it is still you." },
  PASSWORD_WRONG: { code: "FORBIDDEN", says: "That is not your password." },
  PROVIDER_NOT_FOUND: { code: "NOT_FOUND", says: "Nobody signs in here by that provider." },
  PROVIDER_UNAVAILABLE: { code: "SERVICE_UNAVAILABLE", says: "That provider does not answer right now. Try again." },
  PROVIDER_REFUSED: {
    code: "UNAUTHORIZED",
    says: "That provider did not say, in a way that can be believed, who you are.",
  },
  EMAIL_UNVERIFIED: {
    code: "FORBIDDEN",
    says: "An account is made with an e-mail address that your provider has verified, and it does not tell one.",
  },
  ACCOUNT_DISABLED: { code: "FORBIDDEN", says: "That account is disabled: ask whoever runs this server." },
  IDENTITY_NOT_LINKED: {
    code: "CONFLICT",
    says: "There is an account with your e-mail address: sign in to it as you did before, and link the two there.",
  },
  IDENTITY_TAKEN: { code: "CONFLICT", says: "That sign-in belongs to another account already." },
  IDENTITY_NOT_FOUND: { code: "NOT_FOUND", says: "That sign-in is not linked to your account." },
  IDENTITIES_TOO_MANY: { code: "CONFLICT", says: "Your account is linked as often as it may be: unlink one first." },
  LAST_WAY_IN: { code: "CONFLICT", says: "You could not sign in any more without this: set a password first." },
  TRANSPORT_UNSUPPORTED: {
    code: "BAD_REQUEST",
    says: 'A WebSocket cannot set a cookie: ask for transport "token", or call over HTTP.',
  },
  ACCOUNT_OWNS_ORG: {
    code: "CONFLICT",
    says: "You are the only owner of an organisation with other people: name another owner first, or delete it.",
  },
  ACCOUNT_CHANGED: { code: "CONFLICT", says: "Somebody else is signed in by now." },
  SESSION_NOT_FOUND: { code: "NOT_FOUND", says: "There is no such session of yours." },

  // Organisations
  ORG_NOT_FOUND: { code: "NOT_FOUND", says: "That organisation does not exist or is not yours to see." },
  ORGS_TOO_MANY: { code: "CONFLICT", says: "You own as many organisations as one may: delete one first." },
  ORG_SLUG_TAKEN: { code: "CONFLICT", says: "Another organisation has that address." },
  ACTION_FORBIDDEN: { code: "FORBIDDEN", says: "Your role does not allow this." },
  SECOND_FACTOR_DEMANDED: {
    code: "FORBIDDEN",
    says: "This organisation demands a second factor: add a passkey or an authenticator app to your account.",
  },
  KEY_FORBIDDEN: { code: "FORBIDDEN", says: "This API key does not allow this." },
  KEY_NOT_FOUND: { code: "NOT_FOUND", says: "That API key does not exist or is not yours to see." },
  KEYS_TOO_MANY: { code: "CONFLICT", says: "You have as many API keys here as one may have: revoke one first." },
  MEMBER_NOT_FOUND: { code: "NOT_FOUND", says: "That person is not a member of this organisation." },
  MEMBER_EXISTS: { code: "CONFLICT", says: "That person is a member already." },
  ROLE_TOO_HIGH: { code: "FORBIDDEN", says: "Nobody gives, takes or changes what allows more than they may do." },
  ROLE_NOT_FOUND: { code: "NOT_FOUND", says: "That role does not exist in this organisation." },
  ROLE_NAME_TAKEN: { code: "CONFLICT", says: "Another role of this organisation has that name." },
  ROLE_IN_USE: { code: "CONFLICT", says: "Somebody has this role, or is invited to it: give them another one first." },
  ROLES_TOO_MANY: { code: "CONFLICT", says: "This organisation has as many roles as one may have." },
  SERVICE_NOT_FOUND: { code: "NOT_FOUND", says: "That service account does not exist in this organisation." },
  SERVICES_TOO_MANY: { code: "CONFLICT", says: "This organisation has as many service accounts as one may have." },
  OWNER_IS_PERSON: { code: "CONFLICT", says: "Only a person owns an organisation, not a service account." },
  OWNER_REQUIRED: { code: "CONFLICT", says: "An organisation needs an owner: name another one first." },
  INVITATION_NOT_FOUND: { code: "NOT_FOUND", says: "That invitation does not exist, was used, or has expired." },
  INVITATIONS_TOO_MANY: {
    code: "CONFLICT",
    says: "As many people are invited here as may be at a time: revoke invitations that nobody takes.",
  },

  // Work
  PROJECT_NOT_FOUND: { code: "NOT_FOUND", says: "That project does not exist or is not yours to see." },
  PROJECTS_TOO_MANY: { code: "CONFLICT", says: "This organisation has as many projects as one may." },
  PROJECT_KEY_TAKEN: { code: "CONFLICT", says: "Another project has that key." },
  PROJECT_NOT_EMPTY: { code: "CONFLICT", says: "This project has boards: delete or move them first." },
  PROJECT_ARCHIVED: { code: "CONFLICT", says: "This project is archived." },
  BOARD_NOT_FOUND: { code: "NOT_FOUND", says: "That board does not exist or is not yours to see." },
  BOARDS_TOO_MANY: { code: "CONFLICT", says: "This organisation has as many boards as one may: delete some first." },
  BOARD_ARCHIVED: { code: "CONFLICT", says: "This board is archived: restore it to change it." },
  BOARD_FULL: { code: "CONFLICT", says: "This board holds as much as a board may." },
  ACCESS_REVOKED: { code: "FORBIDDEN", says: "You no longer have access to this." },
  COLUMN_NOT_FOUND: { code: "NOT_FOUND", says: "That column is not on this board." },
  COLUMN_ARCHIVED: { code: "CONFLICT", says: "That column is archived: restore it first." },
  WIP_LIMIT_REACHED: { code: "CONFLICT", says: "This column is at its limit." },
  TRANSITION_NOT_FOUND: { code: "NOT_FOUND", says: "That way into a column is not on this board." },
  TRANSITION_REFUSED: { code: "CONFLICT", says: "The rules of this board do not let the task into that column." },
  LABEL_NOT_FOUND: { code: "NOT_FOUND", says: "That label is not on this board." },
  TASK_NOT_FOUND: { code: "NOT_FOUND", says: "That task does not exist or is not yours to see." },
  TASK_ARCHIVED: { code: "CONFLICT", says: "This task is archived: restore it to change it." },
  TASK_TRASHED: { code: "CONFLICT", says: "This task was deleted: restore it from the trash first." },
  CHANGE_NOT_FOUND: { code: "NOT_FOUND", says: "There is no such change of yours that could be undone." },
  TASK_CHANGED: { code: "CONFLICT", says: "Somebody else has changed the same meanwhile." },
  DESCRIPTION_NOT_FOUND: { code: "NOT_FOUND", says: "This task had no description of that version." },
  CALENDAR_NOT_FOUND: { code: "NOT_FOUND", says: "There is no such calendar link any more." },
  CALENDARS_TOO_MANY: { code: "CONFLICT", says: "You have as many calendar links as one may have." },
  RULE_NOT_FOUND: { code: "NOT_FOUND", says: "That rule does not exist in this organisation, or is not yours to see." },
  RULES_TOO_MANY: { code: "CONFLICT", says: "This project has as many rules as one may have." },
  FIELD_NOT_FOUND: { code: "NOT_FOUND", says: "That field is not one of this project." },
  FIELD_NAME_TAKEN: { code: "CONFLICT", says: "Another field of this project has that name." },
  FIELD_HAS_NO_OPTIONS: { code: "BAD_REQUEST", says: "Only selects have options." },
  FIELD_OPTION_NOT_FOUND: { code: "NOT_FOUND", says: "That is no option of this field." },
  FIELD_VALUE_INVALID: { code: "BAD_REQUEST", says: "A field of that kind cannot hold that." },
  FIELDS_TOO_MANY: { code: "CONFLICT", says: "There are as many fields, or options of this one, as there may be." },
  PLAN_NOT_FOUND: { code: "NOT_FOUND", says: "That milestone or sprint is not one of this project." },
  PLAN_CLOSED: { code: "CONFLICT", says: "That milestone or sprint is closed: open it first." },
  PLAN_IN_USE: { code: "CONFLICT", says: "There are tasks in it: close it, or take them out first." },
  PLANS_TOO_MANY: { code: "CONFLICT", says: "This project has as many milestones and sprints as one may." },
  RECURRENCE_NOT_FOUND: { code: "NOT_FOUND", says: "Nothing of that id recurs on this board." },
  RECURRENCE_EMPTY: { code: "BAD_REQUEST", says: "This rule has no date from now on." },
  PARENT_NOT_FOUND: { code: "NOT_FOUND", says: "A task is a part of an open one of the same board." },
  PARENT_CYCLE: { code: "CONFLICT", says: "A task is no part of itself, nor of its parts." },
  SUBTASKS_TOO_DEEP: { code: "CONFLICT", says: "These would be parts of parts of parts, deeper than a board allows." },
  SUBTASKS_TOO_MANY: { code: "CONFLICT", says: "This task has as many parts as a task may have." },
  TASK_FULL: {
    code: "CONFLICT",
    says: "This task has as many checklists, items on them, labels or people as a task may have.",
  },
  CHANGE_TOO_LARGE: { code: "CONFLICT", says: "That is more than one change may hold: choose fewer tasks." },
  RELATION_NOT_FOUND: { code: "NOT_FOUND", says: "That relation does not exist or is not yours to see." },
  RELATION_EXISTS: { code: "CONFLICT", says: "These tasks are related in that way already." },
  RELATION_CYCLE: { code: "CONFLICT", says: "That would lead from a task back to itself." },
  RELATIONS_TOO_MANY: { code: "CONFLICT", says: "One of these tasks has as many relations as a task may have." },
  CHECKLIST_NOT_FOUND: { code: "NOT_FOUND", says: "That checklist is not on this task." },
  CHECK_ITEM_NOT_FOUND: { code: "NOT_FOUND", says: "That item is on no checklist of this task." },
  DATES_REVERSED: { code: "BAD_REQUEST", says: "A task begins before it is due." },
  TIME_ZONE_REQUIRED: { code: "BAD_REQUEST", says: "Say the time zone of that day, too." },
  ASSIGNEE_NOT_FOUND: { code: "NOT_FOUND", says: "Only people who can see this board can be assigned." },
  FILTER_INVALID: { code: "BAD_REQUEST", says: "That filter cannot be read: look at where it goes wrong." },
  ARCHIVE_INVALID: { code: "BAD_REQUEST", says: "This is not an archive, or not a whole one." },
  ARCHIVE_TOO_NEW: { code: "BAD_REQUEST", says: "This archive was made by a newer version of Trestle." },
  ARCHIVE_EXPIRED: { code: "NOT_FOUND", says: "This archive has had its time. Make another one." },
  OPERATION_NOT_FOUND: { code: "NOT_FOUND", says: "There is no such operation of yours." },
  OPERATION_FINISHED: { code: "CONFLICT", says: "It has ended already." },
  OPERATIONS_TOO_MANY: {
    code: "TOO_MANY_REQUESTS",
    says: "You have as many operations under way as one may have. Wait for one, or cancel it.",
  },
  TIMER_NOT_RUNNING: { code: "CONFLICT", says: "Your timer does not run on this board." },
  TIME_ENTRY_NOT_FOUND: { code: "NOT_FOUND", says: "That entry does not exist or is not yours to see." },
  TIME_NOT_OWN: { code: "FORBIDDEN", says: "That time is somebody else's." },
  TIME_SPAN_INVALID: {
    code: "BAD_REQUEST",
    says: "Time that was worked ends after it begins, within 24 hours, and not in the future.",
  },
  TIME_ENTRIES_TOO_MANY: { code: "CONFLICT", says: "This task has as many entries of time as one may have." },
  VIEW_NOT_FOUND: { code: "NOT_FOUND", says: "That view does not exist or is not yours to see." },
  VIEW_NOT_OWN: { code: "FORBIDDEN", says: "That view is somebody else's." },
  VIEWS_TOO_MANY: { code: "CONFLICT", says: "There are as many views as there may be: delete one first." },
  COMMENT_NOT_FOUND: { code: "NOT_FOUND", says: "That comment does not exist or is not yours to see." },
  COMMENT_NOT_OWN: { code: "FORBIDDEN", says: "That comment is somebody else's." },
  COMMENT_IS_ANSWER: { code: "CONFLICT", says: "An answer is not answered itself: answer what it answers." },
  COMMENTS_TOO_MANY: { code: "CONFLICT", says: "This task has as many comments as one may have." },
  COMMENT_EDITS_TOO_MANY: { code: "CONFLICT", says: "This comment was changed as often as one may be." },
  REACTIONS_TOO_MANY: { code: "CONFLICT", says: "There are as many reactions to this comment as there may be." },
  EMAIL_UNPROVED: { code: "CONFLICT", says: "Prove first that the e-mail address of your account is yours." },
  ATTACHMENT_NOT_FOUND: { code: "NOT_FOUND", says: "That attachment does not exist or is not yours to see." },
  ATTACHMENTS_TOO_MANY: { code: "CONFLICT", says: "This task has as many attachments as one may have." },
  UPLOAD_NOT_FOUND: { code: "NOT_FOUND", says: "That upload was not announced by you, or has expired." },
  UPLOADS_TOO_MANY: { code: "CONFLICT", says: "You have announced as many files for this board as one may." },
  UPLOAD_INTERRUPTED: { code: "BAD_REQUEST", says: "The upload ended before the file did." },
  ATTACHMENT_UPLOADED: { code: "CONFLICT", says: "This file was uploaded: announce another one." },
  FILE_TYPE_REFUSED: { code: "UNSUPPORTED_MEDIA_TYPE", says: "Files of this type are not taken here." },
  FILE_MISSING: { code: "NOT_FOUND", says: "The file itself is not there any more." },
  FILES_FULL: { code: "CONFLICT", says: "The files of this organisation take as much room as they may." },
  NOTIFICATION_NOT_FOUND: { code: "NOT_FOUND", says: "You were not told of that, or it is no longer kept." },
  WATCHES_TOO_MANY: { code: "CONFLICT", says: "You watch as much in this organisation as one may." },
  ID_TAKEN: { code: "CONFLICT", says: "That id is in use." },

  /** Clients say this themselves: nothing was sent. */
  CHANGE_EXPIRED: { code: "CONFLICT", says: "This change has waited too long to be sent." },

  // Imports
  IMPORT_NOT_FOUND: { code: "NOT_FOUND", says: "That import does not exist or is not yours to see." },
  IMPORT_FINISHED: { code: "CONFLICT", says: "This import has run: create another one." },
  IMPORT_RUNNING: { code: "CONFLICT", says: "This import is running." },
  IMPORT_INTERRUPTED: { code: "BAD_REQUEST", says: "The upload ended before the file did." },
  IMPORT_NOT_READY: { code: "CONFLICT", says: "The file of this import has not come." },
  IMPORT_NOT_CSV: { code: "BAD_REQUEST", says: "The file is not a table: text in UTF-8 or UTF-16, a row a line." },
  IMPORT_NOT_JSON: { code: "BAD_REQUEST", says: "The file is not JSON." },
  IMPORT_WRONG_SHAPE: { code: "BAD_REQUEST", says: "The file is not what it was announced as." },
} as const satisfies Record<string, { code: TRPC_ERROR_CODE_KEY; says: string }>;

/** What is wrong with a filter: what `FILTER_INVALID` says. */
export type { FilterFault };

/** Why a way into a column is closed to a task. */
export interface ClosedTransition {
  readonly id: string;
  readonly name: string;
  /** It does not begin where the task is. */
  readonly isElsewhere: boolean;
  readonly missingFields: Transition["requiredFields"];
  /** The role that it takes, where the caller's is lower. */
  readonly minimumRole: Transition["minimumRole"];
}

export type ErrorKind = keyof typeof ERRORS;

/** What a call wants of a field, what somebody else made of it meanwhile, and at which version. */
export interface Conflict {
  yours: unknown;
  theirs: unknown;
  version: number;
}
/** By field: what `TASK_CHANGED` says. */
export type Conflicts = Record<string, Conflict>;
