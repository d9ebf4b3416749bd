import { z } from "zod";
import { recentProcedure, router, userMutation } from "../../core/trpc.ts";
import { AccountExport, DeleteAccount, RenameAccount } from "./account.contract.ts";
import { exportAccount } from "./account-export.service.ts";
import { renameAccount } from "./account-name.ts";
import { deleteOwnAccount } from "./account.service.ts";

export const accountRouter = router({
  /** Everything that there is about the caller, in one answer. Only for who has just proved who they are. */
  export: recentProcedure.output(AccountExport).query(({ ctx }) => exportAccount(ctx.app, ctx.user)),

  /**
   * Changes what the caller is called. Announces `account.changed`, and right afterwards `member.renamed` to each of their
   * organisations and `board.member-renamed` to each board that knows them. What they did before is told under the new name, too.
   */
  rename: userMutation()
    .input(RenameAccount)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(renameAccount, input)),

  /**
   * Deletes the caller's account at once and for good: its sessions, keys and memberships, and the organisations that
   * nobody else belongs to. What it did stays, as of a deleted account. Announces `member.removed`, `board.unshared`.
   * Fails: PASSWORD_WRONG, ACCOUNT_OWNS_ORG.
   */
  delete: recentProcedure
    .input(DeleteAccount)
    .output(z.null())
    .mutation(({ ctx, input }) => deleteOwnAccount(ctx, input)),
});
