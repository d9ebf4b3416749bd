import { router, userMutation, userProcedure } from "../../core/trpc.ts";
import {
  CancelOperation,
  GetOperation,
  ListOperations,
  Operation,
  OperationDetails,
  OperationPage,
} from "./operations.contract.ts";
import { cancelOperation, getOperation, listOperations } from "./operations.service.ts";

export const operationsRouter = router({
  /** Long work that the caller started, newest first, for 30 days; to an API key that in its organisation. */
  list: userProcedure
    .meta({ action: "user", byKey: true })
    .input(ListOperations)
    .output(OperationPage)
    .query(({ ctx, input }) => listOperations({ db: ctx.db, userId: ctx.user.id, key: ctx.session.key }, input)),

  /** How far one is, and what came of it. `me.live` says how it goes on. Fails: OPERATION_NOT_FOUND. */
  get: userProcedure
    .meta({ action: "user", byKey: true })
    .input(GetOperation)
    .output(OperationDetails)
    .query(({ ctx, input }) => getOperation({ db: ctx.db, userId: ctx.user.id, key: ctx.session.key }, input)),

  /**
   * Ends one between two of its steps; nothing is left of it. Announces `operation.changed`.
   * Fails: OPERATION_NOT_FOUND, OPERATION_FINISHED.
   */
  cancel: userMutation()
    .input(CancelOperation)
    .output(Operation)
    .mutation(({ ctx, input }) => ctx.write(cancelOperation, input)),
});
