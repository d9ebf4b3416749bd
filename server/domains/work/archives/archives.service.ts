import { z } from "zod";
import { type BoardActor, mayDo, type OrgActor } from "../../../core/access.ts";
import { note, type Tx } from "../../../core/tx.ts";
import { Id } from "../../../fields.contract.ts";
import type { Operation } from "../../home/operations.contract.ts";
import { beginOperation, operationKind } from "../../home/operations.service.ts";
import { getProject } from "../projects.service.ts";
import type { ArchiveImport, ExportBoard, ExportOrg, ImportArchive } from "./archives.contract.ts";

/** Of a board, of a project, or, without either, of all. */
const ExportInput = z.strictObject({ boardId: Id.nullable(), projectId: Id.nullable() });
export type ExportInput = z.infer<typeof ExportInput>;
export const EXPORT = operationKind<ExportInput>({ name: "archive-export", input: ExportInput });

/** What the call that began it allows, which may have been an API key's. */
const ImportInput = z.strictObject({ mayCreate: z.boolean(), mayShare: z.boolean(), mayRule: z.boolean() });
export type ImportInput = z.infer<typeof ImportInput>;
export const IMPORT = operationKind<ImportInput>({ name: "archive-import", input: ImportInput });

/** Announces `operation.changed`. Fails: OPERATIONS_TOO_MANY. */
export function exportBoard(tx: Tx, actor: BoardActor, _input: ExportBoard): Promise<Operation> {
  const { boardId } = actor;
  note(tx, { id: boardId });
  return beginOperation(tx, actor, { kind: EXPORT, input: { boardId, projectId: null } });
}

/** Announces `operation.changed`. Fails: PROJECT_NOT_FOUND, OPERATIONS_TOO_MANY. */
export async function exportOrg(tx: Tx, actor: OrgActor, input: ExportOrg): Promise<Operation> {
  const projectId = input.projectId ?? null;
  if (projectId !== null) await getProject(tx.db, actor, projectId);
  note(tx, { id: actor.orgId });
  return beginOperation(tx, actor, { kind: EXPORT, input: { boardId: null, projectId } });
}

/** Announces `operation.changed`. Fails: OPERATIONS_TOO_MANY. */
export async function importArchive(tx: Tx, actor: OrgActor, _input: ImportArchive): Promise<ArchiveImport> {
  const mayCreate = mayDo(actor, "project:create") && mayDo(actor, "board:create");
  const input = { mayCreate, mayShare: mayDo(actor, "view:share"), mayRule: mayDo(actor, "rule:create") };
  const operation = await beginOperation(tx, actor, { kind: IMPORT, input, isAwaiting: true });
  note(tx, { id: operation.id });
  return { operation, uploadUrl: `/archives/${operation.id}` };
}
