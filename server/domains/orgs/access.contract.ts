import { z } from "zod";
import { BOARD_ROLES, ORG_ROLES, STATES, VISIBILITIES } from "../../../db/enums.ts";
import { Id } from "../../fields.contract.ts";
import { ACTIONS, POLICY } from "../../policy.ts";
import { CustomRole } from "./roles.contract.ts";

/** An action of an organisation is asked about with its `orgId`, one of a board with its `boardId`. */
export const ExplainAccess = z
  .strictObject({
    action: z.enum(ACTIONS),
    orgId: Id.optional(),
    boardId: Id.optional(),
    /** Whose access; else the caller's own. */
    userId: Id.optional(),
  })
  .superRefine(({ action, orgId, boardId }, ctx) => {
    const isOnBoard = POLICY[action].on === "board";
    if (isOnBoard === (boardId !== undefined) && isOnBoard === (orgId === undefined)) return;
    const path = isOnBoard ? "boardId" : "orgId";
    ctx.addIssue({ code: "custom", path: [path], message: `${action} is asked about with ${path} alone.` });
  });
export type ExplainAccess = z.infer<typeof ExplainAccess>;

/** What decided: whichever refused first, or what gave the role that allows. */
const Rule = z.enum([
  "account",
  "key",
  "membership",
  "secondFactor",
  "role",
  "customRole",
  "boardRole",
  "share",
  "archived",
]);

export const AccessExplanation = z.object({
  allowed: z.boolean(),
  /** The kind with which a call would be refused. */
  refusal: z.string().nullable(),
  rule: Rule,
  /** Null: not a member. */
  member: z
    .object({
      account: z.enum(["active", "disabled"]),
      /** Of a custom role its base. */
      role: z.enum(ORG_ROLES),
      customRole: CustomRole.pick({ id: true, name: true }).nullable(),
    })
    .nullable(),
  /** Null: it is an action of the organisation. */
  board: z
    .object({
      visibility: z.enum(VISIBILITIES),
      state: z.enum(STATES),
      /** What the role in the organisation gives on a board of this visibility. */
      roleByOrg: z.enum(BOARD_ROLES).nullable(),
      /** What the board was shared with them as. */
      share: z.enum(BOARD_ROLES).nullable(),
      /** The higher of the two, which counts. */
      role: z.enum(BOARD_ROLES).nullable(),
    })
    .nullable(),
  /** Whether the API key that asks allows it; null: there is none. */
  keyAllows: z.boolean().nullable(),
});
export type AccessExplanation = z.infer<typeof AccessExplanation>;
