import { z } from "zod";
import { BOARD_ROLES } from "../../../db/enums.ts";
import { Id, Instant, MutationId, Version } from "../../fields.contract.ts";
import { AccountName, CurrentPassword, User } from "../identity/auth.contract.ts";
import { Factors } from "../identity/factors.contract.ts";
import { Identity } from "../identity/identities.contract.ts";
import { ApiKey } from "../identity/keys.contract.ts";
import { Session } from "../identity/sessions.contract.ts";
import { TimeEntry } from "../work/time.contract.ts";
import { View } from "../work/views.contract.ts";
import { HomeInvitation, HomeOrg } from "./me.contract.ts";
import { NotificationNews } from "./notifications.contract.ts";
import { Reminders } from "./reminders.contract.ts";
import { Watch } from "./watches.contract.ts";

export const RenameAccount = z.strictObject({ ...MutationId, name: AccountName });
export type RenameAccount = z.infer<typeof RenameAccount>;

export const DeleteAccount = z.strictObject({ password: CurrentPassword });
export type DeleteAccount = z.infer<typeof DeleteAccount>;

/** How many rows a list of an export has at most; `count` says how many there are. */
export const MOST_EXPORTED = 10_000;

function listed<Row extends z.ZodType>(row: Row) {
  return z.object({ count: z.int(), items: z.array(row) });
}

/** Everything that there is about one person, newest first; what they did by reference. No token, no hash. */
export const AccountExport = z.object({
  at: Instant,
  user: User.extend({ createdAt: Instant, emailVerifiedAt: Instant.nullable() }),
  /** What they sign in with besides a password. */
  factors: Factors,
  sessions: listed(Session.omit({ current: true })),
  /** Who they are at providers that they sign in by. */
  identities: listed(Identity.omit({ provider: true }).extend({ subject: z.string() })),
  keys: listed(ApiKey.omit({ owner: true })),
  orgs: listed(HomeOrg.extend({ joinedAt: Instant })),
  /** Of their address. */
  invitations: listed(HomeInvitation),
  /** That were shared with them, or on which they were assigned (without a role). */
  boards: listed(z.object({ id: Id, orgId: Id, name: z.string(), role: z.enum(BOARD_ROLES).nullable() })),
  /** That they are assigned to. */
  tasks: listed(z.object({ id: Id, boardId: Id, title: z.string() })),
  /** Those that they wrote, on boards that they can see. */
  comments: listed(z.object({ id: Id, boardId: Id, taskId: Id, text: z.string(), at: Instant })),
  /** Files that they attached, on boards that they can see. */
  attachments: listed(z.object({ id: Id, boardId: Id, taskId: Id, name: z.string(), sizeBytes: z.int(), at: Instant })),
  /** When they worked on what, and what they noted. */
  timeEntries: listed(TimeEntry),
  /** Filters that they saved. */
  views: listed(View),
  /** What they want to hear of what, and what they were told of. */
  reminders: Reminders,
  watches: listed(Watch.extend({ orgId: Id })),
  notifications: listed(NotificationNews.extend({ readAt: Instant.nullable() })),
  checkItems: listed(z.object({ id: Id, boardId: Id, taskId: Id, text: z.string() })),
  /** What they did, in the organisations that they belong to: a place in the log of a board or organisation each. */
  events: listed(z.object({ streamId: Id, version: Version, type: z.string(), at: Instant })),
});
export type AccountExport = z.infer<typeof AccountExport>;
