import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import { uuids, words } from "../../../../db/columns.ts";
import { membershipAllows, requireBoardActor, requireOrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import type { AppServices } from "../../../core/context.ts";
import type { NewFile } from "../../../core/files/files.ts";
import type { Worker } from "../../../core/jobs.ts";
import { Id } from "../../../fields.contract.ts";
import { POLICY } from "../../../policy.ts";
import { operationWorker, type RunningOperation } from "../../home/operation-worker.ts";
import {
  FILES,
  FORMAT,
  FORMAT_VERSION,
  type LineOf,
  MANIFEST,
  type Manifest,
  type Table,
  TABLE_NAMES,
  tableFile,
} from "./archive-format.ts";
import { ArchiveWriter } from "./archive-writer.ts";
import { EXPORT, type ExportInput } from "./archives.service.ts";
import type { Exported } from "./archives.contract.ts";
import { RowNumbers } from "./row-numbers.ts";
import * as settings from "./settings-tables.ts";
import { type ArchiveScope, rowsOf, type TableReader, tasksOf } from "./tables.ts";
import * as ofTasks from "./task-tables.ts";

const DAY_MS = 86_400_000;
const KEPT_MS = 7 * DAY_MS;
/** Of one person: the older ones go when another one is made. */
const MOST_KEPT = 3;

const READERS: { readonly [T in Exclude<Table, "people">]: TableReader<T> } = {
  projects: settings.projects,
  fields: settings.fields,
  plans: settings.plans,
  boards: settings.boards,
  columns: settings.columns,
  labels: settings.labels,
  transitions: settings.transitions,
  tasks: ofTasks.tasks,
  checklists: ofTasks.checklists,
  comments: ofTasks.comments,
  attachments: ofTasks.attachments,
  relations: ofTasks.relations,
  times: ofTasks.times,
  recurrences: settings.recurrences,
  rules: settings.rules,
  views: settings.views,
};

type ExportRun = RunningOperation<ExportInput>;

export function archiveExportWorker(app: AppServices): Worker {
  return operationWorker(app, EXPORT, { run: exportArchive, abandon });
}

/** The archive that was made, until it is said that it is. */
const Made = z.object({ fileId: Id });

async function abandon({ files }: AppServices, { orgId, checkpoint }: ExportRun): Promise<void> {
  const made = Made.safeParse(checkpoint);
  if (made.success) await files.release({ orgId, id: made.data.fileId });
}

/** Writes the archive into the store while it is read, and lets go of what there is of it when it fails. */
async function exportArchive(app: AppServices, operation: ExportRun): Promise<Exported> {
  await abandon(app, operation);
  const { scope, leftOut } = await requireScope(app, operation);
  const now = app.clock.now();
  const archive = new ArchiveWriter(now);
  const storing = app.files.receive(operation.orgId, archive.body, { keptMs: KEPT_MS, isAnything: true });
  try {
    const manifest = await Promise.race([write(app, operation, { scope, archive }), failureOf(storing)]);
    archive.end();
    const file = await storing;
    await operation.keep({ fileId: file.id } satisfies z.infer<typeof Made>);
    await releaseOlder(app, operation);
    const { counts, missingFiles } = manifest;
    const stored = { fileId: file.id, sizeBytes: file.sizeBytes, sha256: file.sha256 };
    const expiresAt = new Date(now.getTime() + KEPT_MS).toISOString();
    return {
      downloadUrl: `/archives/${operation.id}`,
      expiresAt,
      ...stored,
      counts,
      boardsLeftOut: leftOut,
      missingFiles,
    };
  } catch (error) {
    archive.destroy(error);
    await storing.then(
      (file) => app.files.release(file),
      () => {},
    );
    throw error;
  }
}

/** Fails as that fails, and else never ends. */
function failureOf(storing: Promise<NewFile>): Promise<never> {
  return new Promise((_, reject) => {
    storing.catch(reject);
  });
}

/** Fails: BOARD_NOT_FOUND, ORG_NOT_FOUND, ACTION_FORBIDDEN, SECOND_FACTOR_DEMANDED: for who may not export this now. */
export async function requireExporter(
  db: Db,
  { orgId, userId }: { orgId: string; userId: string },
  { boardId }: ExportInput,
): Promise<void> {
  const key = undefined;
  if (boardId === null) await requireOrgActor(db, { userId, orgId, key }, "org:export");
  else await requireBoardActor(db, { userId, boardId, key }, "board:export");
}

interface FoundScope extends Record<string, unknown> {
  readonly boardIds: readonly string[];
  readonly projectIds: readonly string[];
  readonly leftOut: number;
  readonly seesMembers: boolean;
}

/** What its maker may export of it now. */
async function requireScope(
  { db }: AppServices,
  { orgId, userId, input }: ExportRun,
): Promise<{ scope: ArchiveScope; leftOut: number }> {
  const inOrg = db.within({ orgId });
  await requireExporter(inOrg, { orgId, userId }, input);
  const { boardId, projectId } = input;
  const [found] = await inOrg.execute<FoundScope>(sql`
    with meant as (
      select b.id, b.project_id, row_number() over (order by p.created_at, p.id, b.created_at, b.id) as at,
        board_role(m.role, b.visibility, bm.role) = any(${words(POLICY["board:export"].roles)})
          and (m.allowed is null or 'board:export' = any(m.allowed)) as may
      from board b join project p on p.org_id = b.org_id and p.id = b.project_id
      join membership m on m.org_id = b.org_id and m.user_id = ${userId}::uuid
      left join board_member bm on bm.board_id = b.id and bm.user_id = m.user_id
      where b.org_id = ${orgId}::uuid and (${boardId}::uuid is null or b.id = ${boardId}::uuid)
        and (${projectId}::uuid is null or b.project_id = ${projectId}::uuid))
    select coalesce((select json_agg(id order by at) from meant where may), '[]'::json) as "boardIds",
      (select count(*)::int from meant where not may) as "leftOut",
      case when ${boardId}::uuid is null then (select coalesce(json_agg(p.id), '[]'::json) from project p
          where p.org_id = ${orgId}::uuid and (${projectId}::uuid is null or p.id = ${projectId}::uuid))
        else (select coalesce(json_agg(project_id), '[]'::json) from meant) end as "projectIds",
      exists (select from membership m where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid
        and ${membershipAllows("member:list")}) as "seesMembers"`);
  if (!found) throw new AppError("ORG_NOT_FOUND");
  const { leftOut, ...ids } = found;
  const of = boardId !== null ? "board" : projectId !== null ? "project" : "org";
  return { scope: { of, orgId, ...ids }, leftOut };
}

/** All tables as they are at one moment; then files, whose bytes never change. */
async function write(
  app: AppServices,
  operation: ExportRun,
  { scope, archive }: { scope: ArchiveScope; archive: ArchiveWriter },
): Promise<Manifest> {
  const { orgId } = operation;
  const { counts, files } = await app.db.within({ orgId }).snapshot(async (db) => ({
    counts: await writeTables(db, operation, { scope, archive }),
    files: await filesOf(db, scope),
  }));
  const lines = Object.values(counts).reduce((sum, count) => sum + count, 0);
  let missingFiles = 0;
  for (const [index, { sha256, id }] of files.entries()) {
    const bytes = await app.files.read({ orgId, id }).catch((error: unknown) => {
      if (error instanceof AppError && error.kind === "FILE_MISSING") return undefined;
      throw error;
    });
    if (bytes) await archive.file(`${FILES}${sha256}`, bytes);
    else missingFiles += 1;
    await operation.progress(lines + index + 1, lines + files.length);
  }
  const manifest: Manifest = { format: FORMAT, version: FORMAT_VERSION, of: scope.of, counts, missingFiles };
  await archive.lines(MANIFEST, one(manifest));
  return manifest;
}

async function* one<Item>(item: Item): AsyncGenerator<Item> {
  yield item;
}

interface Writing {
  readonly scope: ArchiveScope;
  readonly archive: ArchiveWriter;
}

async function writeTables(db: Db, operation: ExportRun, { scope, archive }: Writing): Promise<Manifest["counts"]> {
  const numbers = new RowNumbers();
  const counts: Record<string, number> = {};
  const progress = { done: 0, total: await countLines(db, scope) };
  const counted = async function* <Line>(name: Table, lines: AsyncIterable<Line>): AsyncGenerator<Line> {
    counts[name] = 0;
    for await (const line of lines) {
      yield line;
      counts[name] += 1;
      progress.done += 1;
      await operation.progress(progress.done, Math.max(progress.total, progress.done));
    }
  };
  for (const name of TABLE_NAMES) {
    const lines: AsyncIterable<object> =
      name === "people" ? peopleOf(db, scope, numbers) : READERS[name](db, scope, numbers);
    await archive.lines(tableFile(name), counted(name, lines));
  }
  return counts;
}

/** Of what there is most of. */
async function countLines(db: Db, scope: ArchiveScope): Promise<number> {
  const [row] = await db.execute<{ count: number }>(sql`
    select coalesce(sum(1 + t.comment_count + t.attachment_count), 0)::int as count from ${tasksOf(scope)}`);
  return row?.count ?? 0;
}

/** Those whom the other tables name; whoever has left the organisation altogether is named by nobody any more. */
async function* peopleOf(db: Db, { seesMembers }: ArchiveScope, numbers: RowNumbers): AsyncGenerator<LineOf<"people">> {
  const ids = numbers.met("person");
  const known = new Map<string, { name: string; email: string | null }>();
  for await (const { id, ...person } of rowsOf<{ id: string; name: string; email: string | null }>(
    db,
    sql`select json_build_object('id', u.id, 'name', u.name, 'email', lower(u.email)) as row from app_user u
      where u.id = any(${uuids(ids)})`,
  )) {
    known.set(id, person);
  }
  for (const [index, id] of ids.entries()) {
    const { name = "", email = null } = known.get(id) ?? {};
    yield { n: index + 1, name, email: seesMembers ? email : null };
  }
}

async function filesOf(db: Db, scope: ArchiveScope): Promise<{ sha256: string; id: string }[]> {
  const rows = rowsOf<{ sha256: string; id: string }>(
    db,
    sql`select distinct on (f.sha256) json_build_object('sha256', f.sha256, 'id', f.id) as row
      from ${tasksOf(scope)} join attachment a on a.org_id = t.org_id and a.board_id = t.board_id and a.task_id = t.id
      join stored_file f on f.org_id = a.org_id and f.id = a.file_id order by f.sha256, f.id`,
  );
  const files: { sha256: string; id: string }[] = [];
  for await (const file of rows) files.push(file);
  return files;
}

/** Lets go of all but the newest archives of whoever makes another one. */
async function releaseOlder(app: AppServices, { orgId, userId }: ExportRun): Promise<void> {
  const older = await app.db.within({ orgId }).execute<{ fileId: string }>(sql`
    select o.result ->> 'fileId' as "fileId" from operation o
    where o.org_id = ${orgId}::uuid and o.user_id = ${userId}::uuid and o.kind = ${EXPORT.name} and o.state = 'done'
    order by o.finished_at desc, o.id desc offset ${MOST_KEPT - 1}::int`);
  for (const { fileId } of older) await app.files.release({ orgId, id: fileId });
}
