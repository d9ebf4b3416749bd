import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../db/client.ts";
import type { OrgActor } from "../../core/access.ts";
import { AppError } from "../../core/app-error.ts";
import { newId } from "../../core/ids.ts";
import { decodeCursor, toPage } from "../../core/page.ts";
import { requireRoom } from "../../core/room.ts";
import { announceToOrg, note, type Tx } from "../../core/tx.ts";
import { Id, line } from "../../fields.contract.ts";
import type {
  ArchiveProject,
  CreateProject,
  DeleteProject,
  ListProjects,
  Project,
  ProjectPage,
  UpdateProject,
} from "./projects.contract.ts";
import { projectJson } from "./rows.ts";

/** Of an organisation. */
const MOST_PROJECTS = 1_000;

/** Where a list goes on: behind this name and id. */
const ListKey = z.tuple([line(100), Id]);

/** The projects of an organisation by name; a guest sees those that have a board shared with them. */
export async function listProjects(db: Db, actor: OrgActor, input: ListProjects): Promise<ProjectPage> {
  const after = decodeCursor(ListKey, input.cursor);
  const rows = await db.execute<{ project: Project }>(sql`
    select ${projectJson} as project from project p
    where p.org_id = ${actor.orgId}::uuid
      and (${input.state ?? null}::text is null or p.state = ${input.state ?? null})
      and (${after?.[0] ?? null}::text is null
        or (p.name collate "C", p.id) > (${after?.[0] ?? null}::text collate "C", ${after?.[1] ?? null}::uuid))
      and (${actor.role} <> 'guest' or exists (
        select 1 from board b join board_member bm on bm.board_id = b.id and bm.user_id = ${actor.userId}::uuid
        where b.org_id = p.org_id and b.project_id = p.id and bm.role is not null))
    order by p.name collate "C", p.id limit ${input.limit + 1}::int`);
  const projects = rows.map((row) => row.project);
  return toPage(projects, input.limit, (project) => [project.name, project.id]);
}

/** Creates a project. Announces `project.created`. Fails: PROJECT_KEY_TAKEN, ID_TAKEN, PROJECTS_TOO_MANY. */
export async function createProject(tx: Tx, actor: OrgActor, input: CreateProject): Promise<Project> {
  const { orgId } = actor;
  const id = input.id ?? newId();
  const [[row]] = await Promise.all([
    tx.db.execute<{ idTaken: boolean; keyTaken: boolean }>(sql`
      select exists (select 1 from taken_ids('project', array[${id}::uuid])) as "idTaken",
        exists (select 1 from project where org_id = ${orgId}::uuid and key = ${input.key}) as "keyTaken"`),
    requireRoomForProjects(tx.db, actor, 1),
  ]);
  if (row?.idTaken) throw new AppError("ID_TAKEN");
  if (row?.keyTaken) throw new AppError("PROJECT_KEY_TAKEN");
  const createdAt = tx.now.toISOString();
  const project: Project = { id, orgId, name: input.name, key: input.key, state: "open", createdAt };
  note(tx, { id });
  insertProject(tx, actor, project);
  return project;
}

/** Fails: PROJECTS_TOO_MANY. */
export function requireRoomForProjects(db: Db, { orgId }: Pick<OrgActor, "orgId">, count: number): Promise<void> {
  const rows = sql`select from project where org_id = ${orgId}::uuid`;
  return requireRoom(db, "PROJECTS_TOO_MANY", { most: MOST_PROJECTS + 1 - count, rows });
}

/** Announces `project.created`. */
export function insertProject(
  tx: Tx,
  actor: Pick<OrgActor, "userId" | "orgId">,
  project: Project,
  nextNumber = 1,
): void {
  const { id, orgId, name, key, state, createdAt } = project;
  tx.send(
    tx.db.execute(sql`
      insert into project (id, org_id, name, key, next_number, state, created_at)
      values (${id}::uuid, ${orgId}::uuid, ${name}, ${key}, ${nextNumber}::int, ${state}, ${createdAt}::timestamptz)`),
  );
  announceToOrg(tx, actor, { type: "project.created", data: { project } });
}

/** Renames a project, or restores an archived one. Announces `project.updated`. Fails: PROJECT_NOT_FOUND. */
export async function updateProject(tx: Tx, actor: OrgActor, input: UpdateProject): Promise<Project> {
  const before = await getProject(tx.db, actor, input.projectId);
  note(tx, { id: before.id, before });
  const project: Project = { ...before, name: input.name ?? before.name, state: input.state ?? before.state };
  if (project.name === before.name && project.state === before.state) return before;
  saveProject(tx, project);
  announceToOrg(tx, actor, { type: "project.updated", data: { project } });
  return project;
}

/** Archives a project: no new boards; those it has go on. Announces `project.archived`. Fails: PROJECT_NOT_FOUND. */
export async function archiveProject(tx: Tx, actor: OrgActor, input: ArchiveProject): Promise<Project> {
  const before = await getProject(tx.db, actor, input.projectId);
  note(tx, { id: before.id, before });
  if (before.state === "archived") return before;
  const project: Project = { ...before, state: "archived" };
  saveProject(tx, project);
  announceToOrg(tx, actor, { type: "project.archived", data: { project } });
  return project;
}

/** Deletes an empty project. Announces `project.deleted`. Fails: PROJECT_NOT_FOUND, PROJECT_NOT_EMPTY. */
export async function deleteProject(tx: Tx, actor: OrgActor, input: DeleteProject): Promise<null> {
  const [before, boards] = await Promise.all([
    getProject(tx.db, actor, input.projectId),
    tx.db.execute(
      sql`select 1 from board where org_id = ${actor.orgId}::uuid and project_id = ${input.projectId}::uuid limit 1`,
    ),
  ]);
  if (boards.length > 0) throw new AppError("PROJECT_NOT_EMPTY");
  const { id } = before;
  note(tx, { id, before });
  tx.send(tx.db.execute(sql`delete from project where org_id = ${actor.orgId}::uuid and id = ${id}::uuid`));
  announceToOrg(tx, actor, { type: "project.deleted", data: { projectId: id } });
  return null;
}

/** A project of the actor's organisation, its row locked. Fails: PROJECT_NOT_FOUND. */
export async function getProject(db: Db, actor: OrgActor, projectId: string): Promise<Project> {
  const [row] = await db.execute<{ project: Project }>(sql`
    select ${projectJson} as project from project p
    where p.org_id = ${actor.orgId}::uuid and p.id = ${projectId}::uuid for update of p`);
  if (!row) throw new AppError("PROJECT_NOT_FOUND");
  return row.project;
}

function saveProject(tx: Tx, project: Project): void {
  tx.send(
    tx.db.execute(sql`
      update project set name = ${project.name}, state = ${project.state}
      where org_id = ${project.orgId}::uuid and id = ${project.id}::uuid`),
  );
}
