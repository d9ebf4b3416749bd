import { z } from "zod";
import { Id } from "../../../fields.contract.ts";
import { operationKind } from "../../home/operations.service.ts";

/** A Trello export that was received. */
const StoredExport = z.strictObject({
  fileId: Id,
  sizeBytes: z.int(),
  /** The call that sent it, which may have been an API key's, allows to make fields of the project. */
  mayMakeFields: z.boolean(),
});

const ImportJob = z.strictObject({ importId: Id, trello: StoredExport.optional() });
export type ImportJob = z.infer<typeof ImportJob>;

/** The rows of a table, or issues, onto a board; or a Trello export, which makes one. */
export const IMPORT = operationKind<ImportJob>({ name: "import", input: ImportJob });
