import { router, userProcedure } from "../../core/trpc.ts";
import { AccessExplanation, ExplainAccess } from "./access.contract.ts";
import { explainAccess } from "./access.service.ts";

export const accessRouter = router({
  /**
   * Which rule allows or refuses an action in an organisation or on a board: for the caller, also when it is an API key;
   * for others to those who manage the board, and to those who may `access:explain`.
   * Fails: ORG_NOT_FOUND, BOARD_NOT_FOUND, ACTION_FORBIDDEN, KEY_FORBIDDEN.
   */
  explain: userProcedure
    .meta({ action: "user", byKey: true })
    .input(ExplainAccess)
    .output(AccessExplanation)
    .query(({ ctx, input }) => explainAccess(ctx.app.db, { userId: ctx.user.id, key: ctx.session.key }, input)),
});
