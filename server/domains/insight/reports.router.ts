import { orgProcedure, router } from "../../core/trpc.ts";
import { Burn, Flow, Load, ReportBurn, ReportFlow, ReportLoad, ReportTimes, Times } from "./reports.contract.ts";
import { reportBurn, reportFlow, reportLoad, reportTimes } from "./reports.service.ts";

/** Numbers from work, of the boards where the caller may read tasks. */
export const reportsRouter = router({
  /** How many tasks of each state group there were at the end of each day: the cumulative flow. */
  flow: orgProcedure("report:read")
    .input(ReportFlow)
    .output(Flow)
    .query(({ ctx, input }) => reportFlow(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** What a milestone or sprint held at the end of each day, what of it was done, and what came and went: burn-down and burn-up. */
  burn: orgProcedure("report:read")
    .input(ReportBurn)
    .output(Burn)
    .query(({ ctx, input }) => reportBurn(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** Lead and cycle times of what was completed within a period, and how much that was on each day. */
  times: orgProcedure("report:read")
    .input(ReportTimes)
    .output(Times)
    .query(({ ctx, input }) => reportTimes(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),

  /** What each person has to do now. */
  load: orgProcedure("report:read")
    .input(ReportLoad)
    .output(Load)
    .query(({ ctx, input }) => reportLoad(ctx.db, { ...ctx.actor, now: ctx.app.clock.now() }, input)),
});
