import { z } from "zod";
import { Id, Instant, line, MutationId } from "../../../fields.contract.ts";
import { Operation } from "../../home/operations.contract.ts";

export const ExportBoard = z.strictObject({ boardId: Id, ...MutationId });
export type ExportBoard = z.infer<typeof ExportBoard>;

/** Of one project, or of all. */
export const ExportOrg = z.strictObject({ orgId: Id, projectId: Id.optional(), ...MutationId });
export type ExportOrg = z.infer<typeof ExportOrg>;

/** What `operations.get` has as the result of an export. */
export const Exported = z.object({
  /** Where its maker gets it until then, as long as they may export this. */
  downloadUrl: z.string(),
  expiresAt: Instant,
  fileId: Id,
  sizeBytes: z.int(),
  sha256: z.string(),
  /** Table → how many lines it has. */
  counts: z.record(z.string(), z.int()),
  /** Boards that its maker may not export. */
  boardsLeftOut: z.int(),
  /** Files whose bytes were not there any more. */
  missingFiles: z.int(),
});
export type Exported = z.infer<typeof Exported>;

/** With a `projectId` its boards go there: of an archive that has one project. Else they come with projects of their own. */
export const ImportArchive = z.strictObject({
  orgId: Id,
  fileName: line(255),
  projectId: Id.optional(),
  ...MutationId,
});
export type ImportArchive = z.infer<typeof ImportArchive>;

/** `PUT` the archive to `uploadUrl`, with the same session, within a day: the operation begins with its last byte. */
export const ArchiveImport = z.object({ operation: Operation, uploadUrl: z.string() });
export type ArchiveImport = z.infer<typeof ArchiveImport>;

/** What `operations.get` has as the result of an import. */
export const Imported = z.object({
  /** Those that were made, or the one that was given. */
  projects: z.array(z.object({ id: Id, key: z.string(), keyBefore: z.string() })),
  boardIds: z.array(Id),
  counts: z.record(z.string(), z.int()),
  /** What of it has no place here → how many there are. */
  leftOut: z.record(z.string(), z.int()),
  /** People who are no members here: kept as text where there is room for it. At most the first 1,000. */
  unmatchedPeople: z.array(z.string()),
});
export type Imported = z.infer<typeof Imported>;
