import { z } from "zod";
import { BOARD_ROLES, ORG_ROLES } from "../../../db/enums.ts";
import { Id, Instant } from "../../fields.contract.ts";
import { User } from "../identity/auth.contract.ts";
import { Operation } from "./operations.contract.ts";
import { HeldCustomRole } from "../orgs/roles.contract.ts";
import { Board } from "../work/boards.contract.ts";

/** An organisation that somebody belongs to, with their role there; of a custom one the base, and what it allows. */
export const HomeOrg = z.object({
  id: Id,
  name: z.string(),
  slug: z.string(),
  role: z.enum(ORG_ROLES),
  customRole: HeldCustomRole.nullable(),
  /** From when on its members need a second factor; null: it demands none. */
  factorDueAt: Instant.nullable(),
});
export type HomeOrg = z.infer<typeof HomeOrg>;

/** An invitation of one's own e-mail address. One past `expiresAt` is worth nothing, and goes within the hour. */
export const HomeInvitation = z.object({
  id: Id,
  orgId: Id,
  orgName: z.string(),
  role: z.enum(ORG_ROLES),
  expiresAt: Instant,
});
export type HomeInvitation = z.infer<typeof HomeInvitation>;

/** A board that was shared with somebody, or made by them: the role that it gives them. */
export const HomeBoard = z.object({ board: Board, role: z.enum(BOARD_ROLES) });
export type HomeBoard = z.infer<typeof HomeBoard>;

/**
 * What concerns one person, at one version of their inbox: organisations, invitations and operations by id, boards
 * by the board's id; of operations all that have not ended, and the `ENDED_SHOWN` that ended last. `cursor` continues it in `me.live`.
 */
export const Home = z.object({
  user: User,
  orgs: z.array(HomeOrg),
  invitations: z.array(HomeInvitation),
  boards: z.array(HomeBoard),
  operations: z.array(Operation),
  cursor: z.string(),
});
export type Home = z.infer<typeof Home>;

/** `lastEventId` is the cursor to go on from; the stock links fill it in when they come back. */
export const WatchMe = z.strictObject({ lastEventId: z.string().nullish() }).default({});
export type WatchMe = z.infer<typeof WatchMe>;
