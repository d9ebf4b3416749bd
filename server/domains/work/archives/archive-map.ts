import { newId } from "../../../core/ids.ts";
import { ATTACHMENTS_PER_TASK } from "../attachments.service.ts";
import { ITEMS_PER_TASK } from "../check-items.service.ts";
import { CHECKLISTS_PER_TASK } from "../checklists.service.ts";
import { COLUMNS_PER_BOARD } from "../columns.service.ts";
import { COMMENTS_PER_TASK } from "../comments.service.ts";
import { DEEPEST, SUBTASKS_PER_TASK } from "../family.ts";
import { FIELDS_PER_PROJECT } from "../fields.service.ts";
import { LABELS_PER_BOARD } from "../labels.service.ts";
import { PLANS_PER_PROJECT } from "../plans.service.ts";
import { RECURRENCES_PER_BOARD } from "../recurrences.service.ts";
import { RELATIONS_PER_TASK } from "../relations.service.ts";
import { TRANSITIONS_PER_BOARD } from "../transitions.service.ts";
import type { Field } from "../fields.contract.ts";
import type { FieldKind, LineOf, Named } from "./archive-format.ts";
import { type ArchiveReader, invalid } from "./archive-reader.ts";

/** A row of an archive that others name, with its id here. */
interface Mapped {
  readonly id: string;
}
interface MappedBoard extends Mapped {
  readonly project: number;
  readonly visibility: LineOf<"boards">["visibility"];
  columns: number;
}
interface OfBoard extends Mapped {
  readonly board: number;
}
interface MappedColumn extends OfBoard {
  readonly stateGroup: LineOf<"columns">["stateGroup"];
  tasks: number;
}
/** A field or plan, which in a given project may be there before, or have no place. */
interface OfProject {
  id: string;
  readonly project: number;
  readonly name: string;
  place: "new" | "there" | "none";
}
interface MappedField extends OfProject {
  readonly kind: FieldKind;
  options: Field["options"];
}
interface MappedPlan extends OfProject {
  readonly kind: LineOf<"plans">["kind"];
}

/** A task, with what its card says of what is on it. */
export interface MappedTask extends OfBoard {
  number: number;
  comments: number;
  attachments: number;
  itemsDone: number;
  itemsTotal: number;
}

/** Somebody whom an archive names. */
export interface Somebody {
  readonly name: string;
  /** Null: they are no member here. */
  readonly userId: string | null;
  /** They see boards that the organisation sees. */
  readonly seesBoards: boolean;
  /** They see all boards. */
  readonly seesAll: boolean;
}

/**
 * The rows of an archive that others name, with the ids that they get. Made by reading all of it, which is whole and
 * fits together: ids, places and counts are all that is kept of it.
 */
export class ArchiveMap {
  readonly people: Somebody[] = [];
  readonly projects: { id: string; readonly key: string }[] = [];
  readonly boards: MappedBoard[] = [];
  readonly columns: MappedColumn[] = [];
  readonly labels: OfBoard[] = [];
  readonly fields: MappedField[] = [];
  readonly options: { id: string; readonly field: number }[] = [];
  readonly plans: MappedPlan[] = [];
  readonly tasks = new Map<string, MappedTask>();
  /** Digests of the files that its attachments have. */
  readonly files = new Set<string>();

  /** What a name within a text stands for; undefined: nothing, or somebody who is no member. */
  idOf(name: string): string | undefined {
    const [kind = "", number = ""] = name.split("/");
    const at = Number(number) - 1;
    return isNamed(kind) ? this.#named[kind](at) : undefined;
  }

  readonly #named: Record<Named, (at: number) => string | undefined> = {
    person: (at) => this.people[at]?.userId ?? undefined,
    project: (at) => this.projects[at]?.id,
    board: (at) => this.boards[at]?.id,
    column: (at) => this.columns[at]?.id,
    label: (at) => this.labels[at]?.id,
    field: (index) => this.#ofField(index + 1, this.fields[index]?.id),
    option: (index) => this.#ofField(this.options[index]?.field ?? 0, this.options[index]?.id),
    plan: (at) => this.plans[at]?.id,
  };

  /** Undefined: the project that it comes into has none like it. Fails: ARCHIVE_INVALID. */
  fieldId(number: number, where: string): string | undefined {
    const { id } = at(this.fields, number, where);
    return this.#ofField(number, id);
  }

  #ofField(number: number, id: string | undefined): string | undefined {
    return this.fields[number - 1]?.place === "none" ? undefined : id;
  }

  /** Fails: ARCHIVE_INVALID. */
  task(key: string, where: string): MappedTask {
    return this.tasks.get(key) ?? fail(where, `There is no task ${key}.`);
  }
}

/** An id of many that are kept: as it is made it is a chain of its characters, of 800 bytes. */
function keptId(): string {
  return Buffer.from(newId()).toString("latin1");
}

const NAMED: readonly Named[] = ["person", "project", "board", "column", "label", "field", "option", "plan"];

function isNamed(kind: string): kind is Named {
  return NAMED.some((known) => known === kind);
}

export function fail(where: string, says: string): never {
  throw invalid(where, says);
}

/** The row of a number. Fails: ARCHIVE_INVALID. */
export function at<Row>(rows: readonly Row[], number: number, where: string): Row {
  return rows[number - 1] ?? fail(where, `There is no row ${number} where it names one.`);
}

/** The rows of a table are numbered as they come. Fails: ARCHIVE_INVALID. */
function requireNext(rows: readonly unknown[], n: number, where: string): void {
  if (n !== rows.length + 1) fail(where, `This is row ${rows.length + 1}, and says ${n}.`);
}

/** How many rows there are of something that may not have too many. */
class Counts<Of> {
  readonly #counts = new Map<Of, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Fails: ARCHIVE_INVALID. */
  add(of: Of, where: string): void {
    const count = (this.#counts.get(of) ?? 0) + 1;
    if (count > this.#most) fail(where, `There are more than ${this.#most} of them.`);
    this.#counts.set(of, count);
  }
}

/** Reads what the tasks of an archive stand on. Fails: ARCHIVE_INVALID. */
export async function mapSettings(archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  for await (const { line, where } of archive.lines("projects")) {
    requireNext(map.projects, line.n, where);
    if (map.projects.some(({ key }) => key === line.key)) fail(where, "Another project has this key.");
    map.projects.push({ id: keptId(), key: line.key });
  }
  const fields = new Counts<number>(FIELDS_PER_PROJECT);
  for await (const { line, where } of archive.lines("fields")) {
    fields.add(line.project, where);
    mapField(map, line, where);
  }
  const plans = new Counts<number>(PLANS_PER_PROJECT);
  for await (const { line, where } of archive.lines("plans")) {
    plans.add(line.project, where);
    requireNext(map.plans, line.n, where);
    at(map.projects, line.project, where);
    const { startsOn, endsOn } = line;
    if (startsOn !== null && endsOn !== null && startsOn > endsOn) fail(where, "It ends too early.");
    const { project, kind, name } = line;
    map.plans.push({ id: keptId(), project, kind, name, place: "new" });
  }
  for await (const { line, where } of archive.lines("boards")) {
    requireNext(map.boards, line.n, where);
    at(map.projects, line.project, where);
    if (line.laneBy !== null) requireField(map, line.laneBy, { project: line.project, where });
    map.boards.push({ id: keptId(), project: line.project, visibility: line.visibility, columns: 0 });
  }
  await mapBoards(archive, map);
}

async function mapBoards(archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  for await (const { line, where } of archive.lines("columns")) {
    requireNext(map.columns, line.n, where);
    const board = at(map.boards, line.board, where);
    board.columns += 1;
    if (board.columns > COLUMNS_PER_BOARD) fail(where, `There are more than ${COLUMNS_PER_BOARD} of them.`);
    map.columns.push({ id: keptId(), board: line.board, stateGroup: line.stateGroup, tasks: 0 });
  }
  const labels = new Counts<number>(LABELS_PER_BOARD);
  for await (const { line, where } of archive.lines("labels")) {
    labels.add(line.board, where);
    requireNext(map.labels, line.n, where);
    at(map.boards, line.board, where);
    map.labels.push({ id: keptId(), board: line.board });
  }
  const transitions = new Counts<number>(TRANSITIONS_PER_BOARD);
  for await (const { line, where } of archive.lines("transitions")) {
    transitions.add(line.board, where);
    const { project } = at(map.boards, line.board, where);
    const { board } = line;
    for (const column of [line.to, ...(line.from ?? [])]) requireOfBoard(map.columns, column, { board, where });
    for (const required of line.requires) requireField(map, required, { project, where });
  }
}

function mapField(map: ArchiveMap, { n, project, kind, name, options }: LineOf<"fields">, where: string): void {
  requireNext(map.fields, n, where);
  at(map.projects, project, where);
  const mapped = options.map(({ n: option, ...said }) => {
    requireNext(map.options, option, where);
    const id = keptId();
    map.options.push({ id, field: n });
    return { id, ...said };
  });
  map.fields.push({ id: keptId(), project, kind, name, options: mapped, place: "new" });
}

/** What may be a field, of that project. Fails: ARCHIVE_INVALID. */
export function requireField(
  map: ArchiveMap,
  named: string | { field: number },
  { project, where }: { project: number; where: string },
): void {
  if (typeof named === "string") return;
  if (at(map.fields, named.field, where).project !== project) fail(where, "It names a field of another project.");
}

/** A row of the same board. Fails: ARCHIVE_INVALID. */
export function requireOfBoard<Row extends { board: number }>(
  rows: readonly Row[],
  number: number,
  { board, where }: { board: number; where: string },
): Row {
  const row = at(rows, number, where);
  return row.board === board ? row : fail(where, "It names a row of another board.");
}

/** Reads the keys of tasks, and what is on them. Fails: ARCHIVE_INVALID. */
export async function mapTasks(archive: ArchiveReader, map: ArchiveMap, check: TaskCheck): Promise<void> {
  const parents = new Map<string, string>();
  for await (const { line, where } of archive.lines("tasks")) {
    const { key, board, parent } = line;
    if (map.tasks.has(key)) fail(where, "Another task has this key.");
    const project = at(map.projects, at(map.boards, board, where).project, where);
    if (!key.startsWith(`${project.key}-`)) fail(where, "Its key is not one of its project.");
    requireOfBoard(map.columns, line.column, { board, where }).tasks += 1;
    map.tasks.set(key, { id: keptId(), board, number: numberOf(key), ...NOTHING });
    if (parent !== null) parents.set(key, parent);
    check(line, where);
  }
  requireFamilies(map, parents);
  await mapChecklists(archive, map);
  await mapComments(archive, map);
  await mapAttachments(archive, map);
  await checkRelations(archive, map);
  for await (const { line, where } of archive.lines("times")) {
    map.task(line.task, where);
    at(map.people, line.person, where);
    const ms = Date.parse(line.stoppedAt) - Date.parse(line.startedAt);
    if (ms <= 0 || ms > 86_400_000) fail(where, "An entry is longer than nothing, and no longer than a day.");
  }
  const recurrences = new Counts<number>(RECURRENCES_PER_BOARD);
  for await (const { line, where } of archive.lines("recurrences")) {
    recurrences.add(line.board, where);
    map.task(line.task, where);
    requireOfBoard(map.columns, line.column, { board: line.board, where });
  }
}

async function mapChecklists(archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  const checklists = new Counts<string>(CHECKLISTS_PER_TASK);
  for await (const { line, where } of archive.lines("checklists")) {
    checklists.add(line.task, where);
    const task = map.task(line.task, where);
    task.itemsTotal += line.items.length;
    if (task.itemsTotal > ITEMS_PER_TASK) fail(where, `Its task has more than ${ITEMS_PER_TASK} items.`);
    task.itemsDone += line.items.filter(({ state }) => state === "done").length;
    for (const { assignee } of line.items) if (assignee !== null) at(map.people, assignee, where);
  }
}

async function mapAttachments(archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  const attachments = new Counts<string>(ATTACHMENTS_PER_TASK);
  for await (const { line, where } of archive.lines("attachments")) {
    attachments.add(line.task, where);
    at(map.people, line.createdBy, where);
    const task = map.task(line.task, where);
    if (!archive.hasFile(line.sha256)) continue;
    task.attachments += 1;
    map.files.add(line.sha256);
  }
}

const NOTHING = { comments: 0, attachments: 0, itemsDone: 0, itemsTotal: 0 };

export function numberOf(key: string): number {
  return Number(key.slice(key.lastIndexOf("-") + 1));
}

/** Looks closer at a task. Fails: ARCHIVE_INVALID. */
type TaskCheck = (line: LineOf<"tasks">, where: string) => void;

async function mapComments(archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  let last = { task: "", answered: new Map<number, boolean>() };
  for await (const { line, where } of archive.lines("comments")) {
    const task = map.task(line.task, where);
    if (line.task !== last.task) last = { task: line.task, answered: new Map() };
    if (line.n !== last.answered.size + 1) fail(where, `This is comment ${last.answered.size + 1} of its task.`);
    if (line.answers !== null && last.answered.get(line.answers) !== false) {
      fail(where, "It answers what is not before it, or answers something itself.");
    }
    last.answered.set(line.n, line.answers !== null);
    if (line.author !== null) at(map.people, line.author, where);
    for (const { person } of line.reactions) at(map.people, person, where);
    if (line.state === "open") task.comments += 1;
    if (task.comments > COMMENTS_PER_TASK) fail(where, `Its task has more than ${COMMENTS_PER_TASK} comments.`);
  }
}

/** Parts are of the same board, not too deep, not too many, and no task is a part of itself. */
function requireFamilies(map: ArchiveMap, parents: ReadonlyMap<string, string>): void {
  const counts = new Map<string, number>();
  for (const [key, parent] of parents) {
    const where = `tasks.jsonl ${key}`;
    const [task, above] = [map.task(key, where), map.task(parent, where)];
    if (task.board !== above.board) fail(where, "It is a part of a task of another board.");
    const count = (counts.get(parent) ?? 0) + 1;
    counts.set(parent, count);
    if (count > SUBTASKS_PER_TASK) fail(where, "Its task has too many parts.");
    let depth = 1;
    for (let up: string | undefined = parent; up !== undefined; up = parents.get(up)) {
      depth += 1;
      if (depth > DEEPEST) fail(where, "It is too deep a part, or a part of itself.");
    }
  }
}

/** What leads from a task leads never back to it. */
async function checkRelations(archive: ArchiveReader, map: ArchiveMap): Promise<void> {
  const relations = new Counts<string>(RELATIONS_PER_TASK);
  const ways = { blocks: new Map<string, string[]>(), duplicates: new Map<string, string[]>() };
  for await (const { line, where } of archive.lines("relations")) {
    const { kind, from, to } = line;
    at(map.people, line.createdBy, where);
    for (const key of [from, to]) {
      map.task(key, where);
      relations.add(key, where);
    }
    if (from === to) fail(where, "It relates a task to itself.");
    if (kind !== "relates") ways[kind].set(from, [...(ways[kind].get(from) ?? []), to]);
  }
  for (const next of Object.values(ways)) requireNoCycle(next);
}

function requireNoCycle(next: ReadonlyMap<string, readonly string[]>): void {
  const into = new Map<string, number>();
  for (const key of [...next.values()].flat()) into.set(key, (into.get(key) ?? 0) + 1);
  const free = [...next.keys()].filter((key) => !into.has(key));
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    for (const to of next.get(key) ?? []) {
      const left = (into.get(to) ?? 0) - 1;
      into.set(to, left);
      if (left === 0) free.push(to);
    }
  }
  const [stuck] = [...into].find(([, left]) => left > 0) ?? [];
  if (stuck !== undefined) fail("relations.jsonl", `They lead from ${stuck} back to itself.`);
}
