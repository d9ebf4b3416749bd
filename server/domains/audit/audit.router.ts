import { orgMutation, orgProcedure, router, userProcedure } from "../../core/trpc.ts";
import {
  AuditExport,
  AuditPage,
  AuditVerification,
  ExportAudit,
  ListAudit,
  ListOwnAudit,
  VerifyAudit,
} from "./audit.contract.ts";
import { exportAudit, listAudit, listOwnAudit, verifyAudit } from "./audit.service.ts";

export const auditRouter = router({
  /** What was done and refused in an organisation, newest first: by whom, from where, to what. */
  list: orgProcedure("audit:read")
    .input(ListAudit)
    .output(AuditPage)
    .query(({ ctx, input }) => listAudit(ctx.db, ctx.actor, input)),

  /** What concerns the caller's own account: sign-ins, tries of them, and what was changed. */
  listOwn: userProcedure
    .input(ListOwnAudit)
    .output(AuditPage)
    .query(({ ctx, input }) => listOwnAudit(ctx.db, ctx.user, input)),

  /** Holds the log to its chain, some blocks at a time, and names the first record that is not as it was written. */
  verify: orgProcedure("audit:read")
    .input(VerifyAudit)
    .output(AuditVerification)
    .query(({ ctx, input }) => verifyAudit(ctx.app, ctx.actor, input)),

  /** The signed head, and some blocks with their records as JSON lines, to be verified elsewhere. It is recorded itself. */
  export: orgMutation("audit:export", { answersSecret: true })
    .input(ExportAudit)
    .output(AuditExport)
    .mutation(({ ctx, input }) => ctx.write(exportAudit(ctx.app), input)),
});
