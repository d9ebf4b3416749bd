import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import { mayDo, type OrgActor, requireOrgActor } from "../../../core/access.ts";
import { AppError } from "../../../core/app-error.ts";
import type { AppServices } from "../../../core/context.ts";
import type { NewFile } from "../../../core/files/files.ts";
import type { Worker } from "../../../core/jobs.ts";
import { holdStreams, react, tidy } from "../../../core/transaction.ts";
import { announce, type Tx } from "../../../core/tx.ts";
import { Id } from "../../../fields.contract.ts";
import { createRule } from "../../automation/rules.service.ts";
import { CreateRule } from "../../automation/rules.contract.ts";
import { operationWorker, type RunningOperation } from "../../home/operation-worker.ts";
import type { Board } from "../boards.contract.ts";
import { requireRoomForBoard, showBoard } from "../boards.service.ts";
import type { Project } from "../projects.contract.ts";
import { archiveProject, deleteProject, insertProject, requireRoomForProjects } from "../projects.service.ts";
import { takeNumbers } from "../imports/new-tasks.ts";
import { CreateView } from "../views.contract.ts";
import { createView } from "../views.service.ts";
import { ArchiveMap, at, mapSettings, mapTasks, numberOf } from "./archive-map.ts";
import { ArchiveReader, invalid } from "./archive-reader.ts";
import type { Imported } from "./archives.contract.ts";
import { IMPORT, type ImportInput, requireOpenProject } from "./archives.service.ts";
import { mapPeople } from "./import-people.ts";
import { importSettings, laneOf } from "./import-settings.ts";
import { mapIntoProject, renumber } from "./import-into.ts";
import { checkTask, importTasks } from "./import-tasks.ts";
import { type Importing, LeftOut, past, resolved } from "./importing.ts";

const MOST_NAMES = 1_000;
const LONGEST_KEY = 10;

/** What is there between two tries: the file, and the projects once they are made. */
const Checkpoint = z.object({
  fileId: Id,
  projects: z.array(z.object({ id: Id, key: z.string(), keyBefore: z.string() })).optional(),
  /** The first number that its tasks have in a given project. */
  firstNumber: z.int().optional(),
});
type Checkpoint = z.infer<typeof Checkpoint>;
type MadeProject = Imported["projects"][number];

type ImportRun = RunningOperation<ImportInput>;

export function archiveImportWorker(app: AppServices): Worker {
  return operationWorker(app, IMPORT, { run: importArchive, abandon });
}

/** Lets go of the file, and of projects in which nothing is. */
async function abandon(app: AppServices, { orgId, userId, checkpoint, input }: ImportRun): Promise<void> {
  const kept = Checkpoint.safeParse(checkpoint);
  if (!kept.success) return;
  await app.files.release({ orgId, id: kept.data.fileId });
  const made = input.projectId === null ? (kept.data.projects ?? []) : [];
  for (const { id: projectId } of made) {
    await tidy(app, { orgId, streamIds: [orgId], signedBy: userId }, async (tx) => {
      await signAs(tx, orgId);
      await deleteProject(tx, { userId, orgId, role: "admin", allowed: null }, { orgId, projectId }).catch(
        (error: unknown) => {
          if (!(error instanceof AppError)) throw error;
        },
      );
    });
  }
}

/**
 * Reads all of an archive, and then writes it: projects, empty at first; then all boards in one transaction, which nobody
 * sees before its end. Fails: ARCHIVE_INVALID, ARCHIVE_TOO_NEW, FILE_MISSING, FILES_FULL, PROJECTS_TOO_MANY,
 * BOARDS_TOO_MANY, ORG_NOT_FOUND, ACTION_FORBIDDEN, SECOND_FACTOR_DEMANDED.
 */
async function importArchive(app: AppServices, operation: ImportRun): Promise<Imported> {
  const { orgId } = operation;
  const { fileId } = Checkpoint.parse(operation.checkpoint);
  const { maxBytes: fileBytes, maxArchiveBytes: filesBytes } = app.files.config;
  return app.files.onDisk({ orgId, id: fileId }, async (path) => {
    const rows: Progress = { done: 0, total: null };
    const onLines = () => operation.progress(rows.done, rows.total);
    const archive = await ArchiveReader.open(path, { fileBytes, filesBytes }, onLines);
    const files = new Map<string, NewFile>();
    try {
      return await importFrom(app, operation, { archive, files, rows });
    } finally {
      archive.close();
      if (!operation.hasEnded) for (const file of files.values()) await app.files.release(file);
    }
  });
}

/** How many rows and files are written, of how many. */
interface Progress {
  done: number;
  total: number | null;
}

interface Source {
  readonly archive: ArchiveReader;
  /** By their digests, in the store and not referred to yet. */
  readonly files: Map<string, NewFile>;
}

async function importFrom(
  app: AppServices,
  operation: ImportRun,
  { archive, files, rows }: Source & { rows: Progress },
): Promise<Imported> {
  const { orgId, userId, input } = operation;
  const { projectId } = input;
  const db = app.db.within({ orgId });
  await requireImporter(db, operation);
  const { counts } = await archive.manifest();
  rows.total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const map = new ArchiveMap();
  await mapPeople(db, orgId, archive, map);
  await mapSettings(archive, map);
  await mapTasks(archive, map, (line, where) => checkTask(map, line, where));
  if (projectId !== null) await mapIntoProject(db, { orgId, projectId }, map);
  rows.total += map.files.size;
  const progress = async (more: number) => {
    rows.done += more;
    rows.total = Math.max(rows.total ?? 0, rows.done);
    await operation.progress(rows.done, rows.total);
  };
  await storeFiles(app, operation, { archive, files, wanted: map.files, progress });
  const projects = await makeProjects(app, operation, { archive, map });
  const leftOut = new LeftOut();
  let result: Imported | undefined;
  await react(app, async (tx) => {
    tx.enter({ orgId, userId });
    const isGiven = projectId !== null;
    const work: Importing = { tx, archive, map, orgId, userId, isGiven, leftOut, progress };
    const boards = await importSettings(work);
    await importTasks(work, files);
    for (const file of files.values()) await app.files.refer(tx, file);
    const actor = await show(work, operation, boards);
    await importRules(work, actor, operation.input);
    await importViews(work, actor, operation.input);
    if (!isGiven) await archiveProjects(work, actor);
    const strangers = map.people.filter((person) => person.userId === null).map(({ name }) => name);
    const unmatchedPeople = strangers.slice(0, MOST_NAMES);
    result = { projects, boardIds: boards.map(({ id }) => id), counts, leftOut: leftOut.counts, unmatchedPeople };
    await operation.endWithin(tx, result);
  });
  await app.files.release({ orgId, id: Checkpoint.parse(operation.checkpoint).fileId });
  if (!result) throw new Error("an import that is committed has a result");
  return result;
}

/** Who imports, as they are now. Fails: ORG_NOT_FOUND, ACTION_FORBIDDEN, SECOND_FACTOR_DEMANDED. */
async function requireImporter(db: Db, { orgId, userId, input }: ImportRun): Promise<OrgActor> {
  const actor = await requireOrgActor(db, { userId, orgId, key: undefined }, "import:create");
  const mayMake = input.projectId !== null || mayDo(actor, "project:create");
  const mayCreate = input.mayCreate && mayMake && mayDo(actor, "board:create");
  if (!mayCreate) throw new AppError("ACTION_FORBIDDEN");
  return actor;
}

/** Puts the files of attachments into the store. What may not be there, by its type, is left out. Fails: ARCHIVE_INVALID. */
async function storeFiles(
  app: AppServices,
  operation: ImportRun,
  { archive, files, wanted, progress }: Source & Pick<Importing, "progress"> & { wanted: ReadonlySet<string> },
): Promise<void> {
  for (const sha256 of wanted) {
    const where = `files/${sha256}`;
    try {
      const file = await app.files.receive(operation.orgId, archive.file(sha256));
      files.set(sha256, file);
      if (file.sha256 !== sha256) throw invalid(where, "Its bytes are others than its name says.");
    } catch (error) {
      if (!(error instanceof AppError) || error.kind !== "FILE_TYPE_REFUSED") throw error;
    }
    await progress(1);
  }
}

/** Makes the projects, or takes numbers of the given one, unless a try before has. Announces `project.created`. Fails: PROJECTS_TOO_MANY, BOARDS_TOO_MANY. */
async function makeProjects(
  app: AppServices,
  operation: ImportRun,
  { archive, map }: { archive: ArchiveReader; map: ArchiveMap },
): Promise<MadeProject[]> {
  const { orgId, userId } = operation;
  const kept = Checkpoint.parse(operation.checkpoint);
  let { projects: made, firstNumber } = kept;
  if (!made) {
    const numbers = await lastNumbers(archive);
    await tidy(app, { orgId, streamIds: [orgId], signedBy: userId }, async (tx) => {
      await signAs(tx, orgId);
      const actor = await requireImporter(tx.db, operation);
      await requireRoomForBoard(tx.db, actor, map.boards.length);
      if (operation.input.projectId === null) {
        await requireRoomForProjects(tx.db, actor, map.projects.length);
        made = await insertProjects(tx, actor, { archive, map, numbers });
      } else {
        const project = await requireOpenProject(tx, actor, operation.input.projectId);
        made = [{ id: project.id, key: project.key, keyBefore: map.projects[0]?.key ?? "" }];
        firstNumber = await takeNumbers(tx, { orgId, projectId: project.id }, map.tasks.size);
      }
      const taken = firstNumber === undefined ? {} : { firstNumber };
      await operation.keepWithin(tx, { ...kept, projects: made, ...taken } satisfies Checkpoint);
    });
  }
  if (firstNumber !== undefined) renumber(map, firstNumber);
  for (const [index, { id }] of (made ?? []).entries()) {
    const project = map.projects[index];
    if (project) project.id = id;
  }
  return made ?? [];
}

/** Project → the last number that it has given. */
async function lastNumbers(archive: ArchiveReader): Promise<Map<string, number>> {
  const numbers = new Map<string, number>();
  for await (const { line } of archive.lines("tasks")) {
    const project = line.key.slice(0, line.key.lastIndexOf("-"));
    const last = [numberOf(line.key), ...line.formerNumbers].reduce((one, other) => Math.max(one, other));
    numbers.set(project, Math.max(numbers.get(project) ?? 0, last));
  }
  return numbers;
}

async function insertProjects(
  tx: Tx,
  { orgId, userId }: OrgActor,
  { archive, map, numbers }: { archive: ArchiveReader; map: ArchiveMap; numbers: ReadonlyMap<string, number> },
): Promise<MadeProject[]> {
  const rows = await tx.db.execute<{ key: string }>(sql`select key from project where org_id = ${orgId}::uuid`);
  const taken = new Set(rows.map(({ key }) => key));
  const made: MadeProject[] = [];
  for await (const { line, where } of archive.lines("projects")) {
    const { id } = at(map.projects, line.n, where);
    const key = freeKey(line.key, taken);
    taken.add(key);
    const project: Project = { id, orgId, name: line.name, key, state: "open", createdAt: past(line.createdAt, tx) };
    insertProject(tx, { orgId, userId }, project, (numbers.get(line.key) ?? 0) + 1);
    made.push({ id, key, keyBefore: line.key });
  }
  return made;
}

/** A key that no project has: the same one, or with a number behind it. */
function freeKey(key: string, taken: ReadonlySet<string>): string {
  for (let count = 1; ; count += 1) {
    const end = count === 1 ? "" : String(count);
    const free = key.slice(0, LONGEST_KEY - end.length) + end;
    if (!taken.has(free)) return free;
  }
}

/** Events of who imports carry the access version of now, as those of a write do. */
async function signAs(tx: Tx, orgId: string): Promise<void> {
  const [org] = await tx.db.execute<{ accessVersion: string }>(
    sql`select access_version as "accessVersion" from org where id = ${orgId}::uuid for key share`,
  );
  tx.accessVersion = Number(org?.accessVersion ?? 0);
}

/** From here on others wait: it ends soon. Announces `board.created`, `share.received` and `board.reset`. */
async function show(
  { tx, orgId, userId }: Importing,
  operation: ImportRun,
  boards: readonly Board[],
): Promise<OrgActor> {
  await holdStreams(tx, [orgId, userId]);
  await signAs(tx, orgId);
  const actor = await requireImporter(tx.db, operation);
  for (const board of boards) {
    showBoard(tx, actor, board);
    announce(tx, { userId, boardId: board.id }, { type: "board.reset", data: {} });
  }
  return actor;
}

/** Turned off, in the name of who imports: they say themselves what is done in it. Announces `rule.created`. */
async function importRules(work: Importing, actor: OrgActor, { mayRule }: ImportInput): Promise<void> {
  const { tx, archive, map, orgId, leftOut } = work;
  for await (const { line, where } of archive.lines("rules")) {
    const { project, board, name, timeZone, trigger, filter, actions } = line;
    const said = resolved(JSON.stringify({ trigger, filter, actions }), map);
    const rule = CreateRule.safeParse({
      ...(said === undefined ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(said))),
      orgId,
      projectId: at(map.projects, project, where).id,
      boardId: board === null ? null : at(map.boards, board, where).id,
      name,
      timeZone,
      state: "off",
    });
    if (!mayRule || !rule.success) leftOut.add("rules");
    else await createRule(tx, actor, rule.data).catch(leavingOut(leftOut, "rules"));
  }
}

/** Announces `view.created`. */
async function importViews(work: Importing, actor: OrgActor, { mayShare }: ImportInput): Promise<void> {
  const { tx, archive, map, orgId, leftOut } = work;
  for await (const { line, where } of archive.lines("views")) {
    const { project, board, groupBy, filter, ...said } = line;
    if (typeof groupBy === "object" && groupBy !== null) at(map.fields, groupBy.field, where);
    const view = CreateView.safeParse({
      ...said,
      orgId,
      ...(project === null ? {} : { projectId: at(map.projects, project, where).id }),
      ...(board === null ? {} : { boardId: at(map.boards, board, where).id }),
      filter: resolved(filter, map),
      groupBy: laneOf({ map }, groupBy, where),
      visibility: "shared",
    });
    if (!mayShare || !view.success || resolved(filter, map) === undefined) leftOut.add("views");
    else await createView(tx, actor, view.data).catch(leavingOut(leftOut, "views"));
  }
}

/** What is refused has changed nothing. */
function leavingOut(leftOut: LeftOut, what: string): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof AppError)) throw error;
    leftOut.add(what);
  };
}

/** Announces `project.archived`. */
async function archiveProjects({ tx, archive, map, orgId }: Importing, actor: OrgActor): Promise<void> {
  for await (const { line, where } of archive.lines("projects")) {
    if (line.state !== "archived") continue;
    await archiveProject(tx, actor, { orgId, projectId: at(map.projects, line.n, where).id });
  }
}
