import { boardMutation, orgMutation, router } from "../../../core/trpc.ts";
import { Operation } from "../../home/operations.contract.ts";
import { inboxOfStarter } from "../../home/operations.service.ts";
import { ArchiveImport, ExportBoard, ExportOrg, ImportArchive } from "./archives.contract.ts";
import { exportBoard, exportOrg, importArchive } from "./archives.service.ts";

export const archivesRouter = router({
  /**
   * Writes a board with all that is on it into one file (docs/archive.md), by a job. Announces `operation.changed` to the
   * caller. Fails: OPERATIONS_TOO_MANY.
   */
  exportBoard: boardMutation("board:export", { alsoLocks: inboxOfStarter })
    .input(ExportBoard)
    .output(Operation)
    .mutation(({ ctx, input }) => ctx.write(exportBoard, input)),

  /**
   * The same of a project, or of all: of the boards that the caller may export. Announces `operation.changed` to them.
   * Fails: PROJECT_NOT_FOUND, OPERATIONS_TOO_MANY.
   */
  export: orgMutation("org:export", { alsoLocks: inboxOfStarter })
    .input(ExportOrg)
    .output(Operation)
    .mutation(({ ctx, input }) => ctx.write(exportOrg, input)),

  /**
   * Announces the upload of an archive, which a job makes projects of, or boards of one; `PUT` it to the address that this answers.
   * It fails there for who may not create projects and boards. Announces `operation.changed` to the caller. Fails:
   * PROJECT_NOT_FOUND, PROJECT_ARCHIVED, OPERATIONS_TOO_MANY.
   */
  import: orgMutation("import:create", { alsoLocks: inboxOfStarter })
    .input(ImportArchive)
    .output(ArchiveImport)
    .mutation(({ ctx, input }) => ctx.write(importArchive, input)),
});
