import { recentProcedure, router, userProcedure } from "../../core/trpc.ts";
import { Factors, RecoveryCodes } from "./factors.contract.ts";
import { getFactors, renewCodes } from "./factors.service.ts";

export const factorsRouter = router({
  /** What proves the caller besides their password. */
  get: userProcedure.output(Factors).query(({ ctx }) => getFactors(ctx.db, ctx.user)),

  /**
   * Makes ten recovery codes in place of those of before, answered this once.
   * Fails: SECOND_FACTOR_NOT_FOUND, REAUTHENTICATION_REQUIRED.
   */
  renewRecoveryCodes: recentProcedure.output(RecoveryCodes).mutation(({ ctx }) => renewCodes(ctx.app, ctx)),
});
