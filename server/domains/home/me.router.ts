import { router, userProcedure } from "../../core/trpc.ts";
import { watchMe } from "./live.ts";
import { WatchMe } from "./me.contract.ts";

export const meRouter = router({
  /**
   * What concerns the caller alone, as it changes: their organisations, invitations, the boards shared with them, and
   * that they are told of something.
   * A snapshot or what was missed, then every event of their inbox in order, exactly once.
   */
  live: userProcedure.input(WatchMe).subscription(({ ctx, input, signal }) => watchMe(ctx, input, signal)),
});
