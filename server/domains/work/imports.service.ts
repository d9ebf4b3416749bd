import { sql } from "drizzle-orm";
import type { Db } from "../../../db/client.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import type { Tx } from "../../core/write.ts";
import type { CreateImport, GetImport, Import, ImportCreated } from "./imports.contract.ts";
import { getProject } from "./projects.service.ts";

/** Announces an upload: answers where to PUT the file. Fails: PROJECT_NOT_FOUND, PROJECT_ARCHIVED. */
export async function createImport(tx: Tx, actor: OrgActor, input: CreateImport): Promise<ImportCreated> {
  const project = await getProject(tx.db, actor, input.projectId);
  if (project.state === "archived") throw new AppError("PROJECT_ARCHIVED");
  const id = newId();
  tx.send(
    tx.db.execute(sql`
      insert into board_import (id, org_id, project_id, user_id, source, file_name, state, created_at)
      values (${id}::uuid, ${actor.orgId}::uuid, ${project.id}::uuid, ${actor.userId}::uuid, ${input.source},
        ${input.fileName}, 'waiting', ${tx.now.toISOString()}::timestamptz)`),
  );
  return { importId: id, uploadUrl: `/imports/${id}` };
}

/** What became of an import. Fails: IMPORT_NOT_FOUND, also for those of others. */
export async function getImport(db: Db, actor: OrgActor, input: GetImport): Promise<Import> {
  const [row] = await db.execute<{ import: Import }>(sql`
    select json_build_object('id', i.id, 'orgId', i.org_id, 'projectId', i.project_id, 'fileName', i.file_name,
      'state', i.state, 'boardId', i.board_id, 'report', i.report, 'errorKind', i.error_kind,
      'createdAt', iso(i.created_at)) as import
    from board_import i
    where i.org_id = ${actor.orgId}::uuid and i.id = ${input.importId}::uuid and i.user_id = ${actor.userId}::uuid`);
  if (!row) throw new AppError("IMPORT_NOT_FOUND");
  return row.import;
}
