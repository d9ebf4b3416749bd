import { orgMutation, orgProcedure, router } from "../../../core/trpc.ts";
import { CreateImport, GetImport, Import, ImportCreated } from "./imports.contract.ts";
import { createImport, getImport } from "./imports.service.ts";

export const importsRouter = router({
  /** Announces the upload of an export of another product; `PUT` the file to the address that it answers. */
  create: orgMutation("import:create")
    .input(CreateImport)
    .output(ImportCreated)
    .mutation(({ ctx, input }) => ctx.write(createImport, input)),

  /** What became of an import of the caller's. */
  get: orgProcedure("import:read")
    .input(GetImport)
    .output(Import)
    .query(({ ctx, input }) => getImport(ctx.db, ctx.actor, input)),
});
