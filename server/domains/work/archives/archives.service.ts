import { z } from "zod";
import { type BoardActor, mayDo, type OrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import { note, type Tx } from "../../../core/tx.ts";
import { Id } from "../../../fields.contract.ts";
import type { Operation } from "../../home/operations.contract.ts";
import { beginOperation, operationKind } from "../../home/operations.service.ts";
import type { Project } from "../projects.contract.ts";
import { getProject } from "../projects.service.ts";
import type { ArchiveImport, ExportBoard, ExportOrg, ImportArchive } from "./archives.contract.ts";

/** Of a board, of a project, or, without either, of all. */
const ExportInput = z.strictObject({ boardId: Id.nullable(), projectId: Id.nullable() });
export type ExportInput = z.infer<typeof ExportInput>;
export const EXPORT = operationKind<ExportInput>({ name: "archive-export", input: ExportInput });

/** What the call that began it allows, which may have been an API key's. */
const ImportInput = z.strictObject({
  projectId: Id.nullable(),
  mayCreate: z.boolean(),
  mayShare: z.boolean(),
  mayRule: z.boolean(),
});
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

/** Announces `operation.changed`. Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED, OPERATIONS_TOO_MANY. */
export async function importArchive(tx: Tx, actor: OrgActor, given: ImportArchive): Promise<ArchiveImport> {
  const projectId = given.projectId ?? null;
  if (projectId !== null) await requireOpenProject(tx, actor, projectId);
  const mayCreate = (projectId !== null || mayDo(actor, "project:create")) && mayDo(actor, "board:create");
  const input = { projectId, mayCreate, mayShare: mayDo(actor, "view:share"), mayRule: mayDo(actor, "rule:create") };
  const operation = await beginOperation(tx, actor, { kind: IMPORT, input, isAwaiting: true });
  note(tx, { id: operation.id });
  return { operation, uploadUrl: `/archives/${operation.id}` };
}

/** Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED. */
export async function requireOpenProject(tx: Tx, actor: OrgActor, projectId: string): Promise<Project> {
  const project = await getProject(tx.db, actor, projectId);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  return project;
}
