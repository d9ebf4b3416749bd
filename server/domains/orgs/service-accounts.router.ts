import { z } from "zod";
import { orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import {
  CreateService,
  ListServices,
  ServiceAccount,
  ServicePage,
  ServiceTarget,
} from "./service-accounts.contract.ts";
import {
  controlOfService,
  createService,
  deleteService,
  disableService,
  enableService,
  listServices,
  streamsOfService,
} from "./service-accounts.service.ts";

export const serviceAccountsRouter = router({
  /** The service accounts of an organisation, by name. */
  list: orgProcedure("service:list")
    .input(ListServices)
    .output(ServicePage)
    .query(({ ctx, input }) => listServices(ctx.db, ctx.actor, input)),

  /**
   * Makes an account for a program: a member that acts by API keys alone (`keys.create` with `serviceId`).
   * Announces `member.joined`. Fails: ROLE_NOT_FOUND, ROLE_TOO_HIGH, SERVICES_TOO_MANY.
   */
  create: orgMutation("service:create")
    .input(CreateService)
    .output(ServiceAccount)
    .mutation(({ ctx, input }) => ctx.write(createService, input)),

  /** Lets none of its keys in any more, at once, until it is enabled. Fails: SERVICE_NOT_FOUND, ROLE_TOO_HIGH. */
  disable: orgMutation("service:update", { alsoLocks: controlOfService })
    .input(ServiceTarget)
    .output(ServiceAccount)
    .mutation(({ ctx, input }) => ctx.write(disableService, input)),

  /** Lets its keys count again. Fails: SERVICE_NOT_FOUND, ROLE_TOO_HIGH. */
  enable: orgMutation("service:update", { alsoLocks: controlOfService })
    .input(ServiceTarget)
    .output(ServiceAccount)
    .mutation(({ ctx, input }) => ctx.write(enableService, input)),

  /**
   * Deletes a service account with its shares of boards and its keys, at once. Announces `member.removed`,
   * `board.unshared`. Fails: SERVICE_NOT_FOUND, ROLE_TOO_HIGH.
   */
  delete: orgMutation("service:delete", { alsoLocks: streamsOfService })
    .input(ServiceTarget)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteService, input)),
});
