import { orgMutation, orgProcedure, router } from "../../../core/trpc.ts";
import { inboxOfStarter } from "../../home/operations.service.ts";
import {
  ImportPreview,
  ImportRowPage,
  ImportStarted,
  ListImportRows,
  PreviewImport,
  StartImport,
} from "./import-tables.contract.ts";
import { CreateImport, GetImport, Import, ImportCreated } from "./imports.contract.ts";
import { createImport, getImport } from "./imports.service.ts";
import { listImportRows } from "./import-rows.service.ts";
import { previewImport } from "./preview.service.ts";
import { startImport } from "./start.service.ts";

export const importsRouter = router({
  /** Announces the upload of a file of another product, or of a table; `PUT` it to the address that it answers. */
  create: orgMutation("import:create")
    .input(CreateImport)
    .output(ImportCreated)
    .mutation(({ ctx, input }) => ctx.write(createImport, input)),

  /** What became of an import of the caller's. */
  get: orgProcedure("import:read")
    .input(GetImport)
    .output(Import)
    .query(({ ctx, input }) => getImport(ctx.db, ctx.actor, input)),

  /** What would become of an uploaded table, or of issues, by a mapping of its columns or the one that they suggest. */
  preview: orgProcedure("import:read")
    .input(PreviewImport)
    .output(ImportPreview)
    .query(({ ctx, input }) => previewImport(ctx.db, ctx.actor, input)),

  /** Imports an uploaded table, or issues, row by row: an operation, which `me.live` shows and `operations.cancel` ends. */
  start: orgMutation("import:create", { alsoLocks: inboxOfStarter })
    .input(StartImport)
    .output(ImportStarted)
    .mutation(({ ctx, input }) => ctx.write(startImport, input)),

  /** What became of each row of an import of the caller's, in their order. */
  rows: orgProcedure("import:read")
    .input(ListImportRows)
    .output(ImportRowPage)
    .query(({ ctx, input }) => listImportRows(ctx.db, ctx.actor, input)),
});
