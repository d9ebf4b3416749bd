import { z } from "zod";
import {
  BOARD_ROLES,
  CHECK_STATES,
  COMMENT_STATES,
  FIELD_KINDS,
  LABEL_COLORS,
  LANE_KINDS,
  PLAN_KINDS,
  PLAN_STATES,
  PRIORITIES,
  RECURRENCE_MODES,
  RELATION_KINDS,
  STATE_GROUPS,
  STATES,
  TRANSITION_FIELDS,
  VIEW_KINDS,
  VISIBILITIES,
  WIP_MODES,
} from "../../../../db/enums.ts";
import { Day, Email, Instant, line, prose, TimeZone } from "../../../fields.contract.ts";
import { TaskOrder } from "../search.contract.ts";

// What is in an archive (docs/archive.md): a zip of a manifest, of a table of lines of JSON for each noun, and of files by
// their digests. Nothing in it is an id of ours: rows have numbers (`n`) within their table, tasks their keys.

export const FORMAT = "trestle-archive";
export const FORMAT_VERSION = 1;

/** The number of a row of another table. */
const N = z.int().min(1);
const Key = z.string().regex(/^[A-Z][A-Z0-9]{0,9}-[1-9]\d{0,8}$/u, "This is not the key of a task.");
const Sha256 = z.string().regex(/^[0-9a-f]{64}$/u, "This is not a SHA-256 in hexadecimal digits.");
/** An instant that Postgres stores. */
const At = Instant.refine((text) => !text.startsWith("0000"), "The year must be 1 to 9999.");
const Emoji = z
  .string()
  .max(64)
  .regex(/^\p{RGI_Emoji}$/v, "This is not an emoji.");
/** A text in which other rows are named, as `@{person/3}`. */
const references = (max: number) => prose(max);

const OfField = z.strictObject({ field: N });
const FieldValue = z.union([
  prose(2_000),
  z.number(),
  z.boolean(),
  z.strictObject({ option: N }),
  z.strictObject({ options: z.array(N).max(100) }),
  z.strictObject({ person: N }),
]);
const Estimate = z
  .number()
  .min(0)
  .max(100_000)
  .refine((points) => Math.round(points * 100) / 100 === points, "An estimate has at most two decimals.");

/** Table → what each of its lines says. In the order in which they are written. */
export const TABLES = {
  projects: z.strictObject({
    n: N,
    name: line(100),
    key: z.string().regex(/^[A-Z][A-Z0-9]{0,9}$/u, "This is not the key of a project."),
    state: z.enum(STATES),
    createdAt: At,
  }),
  fields: z.strictObject({
    n: N,
    project: N,
    name: line(100),
    kind: z.enum(FIELD_KINDS),
    options: z
      .array(z.strictObject({ n: N, name: line(100), color: z.enum(LABEL_COLORS), isArchived: z.boolean() }))
      .max(1_000),
    state: z.enum(STATES),
  }),
  plans: z.strictObject({
    n: N,
    project: N,
    kind: z.enum(PLAN_KINDS),
    name: line(200),
    startsOn: Day.nullable(),
    endsOn: Day.nullable(),
    state: z.enum(PLAN_STATES),
    createdAt: At,
  }),
  boards: z.strictObject({
    n: N,
    project: N,
    name: line(200),
    visibility: z.enum(VISIBILITIES),
    state: z.enum(STATES),
    laneBy: z.union([z.enum(LANE_KINDS), OfField]).nullable(),
    createdAt: At,
  }),
  columns: z.strictObject({
    n: N,
    board: N,
    name: line(200),
    stateGroup: z.enum(STATE_GROUPS),
    wipLimit: z.int().min(1).max(10_000).nullable(),
    wipMode: z.enum(WIP_MODES),
    state: z.enum(STATES),
  }),
  labels: z.strictObject({ n: N, board: N, name: prose(100), color: z.enum(LABEL_COLORS) }),
  transitions: z.strictObject({
    board: N,
    name: line(200),
    from: z.array(N).min(1).max(500).nullable(),
    to: N,
    minimumRole: z.enum(BOARD_ROLES).nullable(),
    requires: z.array(z.union([z.enum(TRANSITION_FIELDS), OfField])).max(50),
  }),
  tasks: z.strictObject({
    key: Key,
    board: N,
    column: N,
    title: line(500),
    description: prose(32_768),
    priority: z.enum(PRIORITIES),
    startAt: At.nullable(),
    startOn: Day.nullable(),
    dueAt: At.nullable(),
    dueOn: Day.nullable(),
    timeZone: TimeZone.nullable(),
    estimate: Estimate.nullable(),
    coverColor: z.enum(LABEL_COLORS).nullable(),
    labels: z.array(N).max(200),
    assignees: z.array(N).max(200),
    assigneeNames: z.array(prose(200)).max(200),
    fields: z.array(z.strictObject({ field: N, value: FieldValue })).max(100),
    parent: Key.nullable(),
    plans: z.array(N).max(PLAN_KINDS.length),
    /** Numbers of its project that it has had, and is found by. */
    formerNumbers: z.array(z.int().min(1)).max(1_000),
    state: z.enum(STATES),
    completedAt: At.nullable(),
    createdBy: N,
    createdAt: At,
    updatedAt: At,
  }),
  checklists: z.strictObject({
    task: Key,
    name: line(200),
    items: z
      .array(
        z.strictObject({
          text: line(2_000),
          state: z.enum(CHECK_STATES),
          assignee: N.nullable(),
          dueAt: At.nullable(),
        }),
      )
      .max(500),
  }),
  comments: z.strictObject({
    task: Key,
    /** Counts the comments of the task. */
    n: N,
    /** The comment of the task that it answers, which stands before it. */
    answers: N.nullable(),
    /** Null: nobody knows, or somebody of this name. */
    author: N.nullable(),
    authorName: prose(200).nullable(),
    state: z.enum(COMMENT_STATES),
    text: references(40_000),
    createdAt: At,
    editedAt: At.nullable(),
    reactions: z.array(z.strictObject({ emoji: Emoji, person: N })).max(10_000),
  }),
  attachments: z.strictObject({
    task: Key,
    name: line(255),
    contentType: z.string().max(255),
    sizeBytes: z.int().min(0),
    /** Its bytes are `files/` and this; without them it is not imported. */
    sha256: Sha256,
    createdBy: N,
    createdAt: At,
  }),
  relations: z.strictObject({
    kind: z.enum(RELATION_KINDS),
    from: Key,
    to: Key,
    createdBy: N,
    createdAt: At,
  }),
  times: z.strictObject({
    task: Key,
    person: N,
    note: prose(500),
    startedAt: At,
    stoppedAt: At,
    createdAt: At,
    updatedAt: At,
  }),
  recurrences: z.strictObject({
    board: N,
    task: Key,
    column: N,
    rule: z.string().max(500),
    startsOn: Day,
    time: z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u),
    timeZone: TimeZone,
    mode: z.enum(RECURRENCE_MODES),
    dueAfterDays: z.int().min(0).max(366).nullable(),
    createdAt: At,
  }),
  rules: z.strictObject({
    project: N,
    board: N.nullable(),
    name: line(100),
    /** As in the API, with references. */
    trigger: z.json(),
    filter: references(4_000),
    timeZone: TimeZone,
    actions: z.array(z.json()).max(10),
  }),
  views: z.strictObject({
    project: N.nullable(),
    board: N.nullable(),
    name: line(100),
    kind: z.enum(VIEW_KINDS),
    filter: references(4_000),
    order: TaskOrder,
    groupBy: z.union([z.enum(LANE_KINDS), OfField]).nullable(),
  }),
  /** The last one: it has those whom the others name. */
  people: z.strictObject({
    n: N,
    name: prose(200),
    /** Null: whoever made the archive does not see it. */
    email: Email.nullable(),
  }),
} as const;

export type Table = keyof typeof TABLES;
export type FieldKind = (typeof FIELD_KINDS)[number];
/** A line of a table. */
export type LineOf<T extends Table> = z.infer<(typeof TABLES)[T]>;
export const TABLE_NAMES: readonly Table[] = Object.keys(TABLES).filter(isTable);

function isTable(name: string): name is Table {
  return name in TABLES;
}

const Count = z.int().min(0);
export const Manifest = z.object({
  format: z.literal(FORMAT),
  version: z.int().min(1),
  of: z.enum(["board", "project", "org"]),
  /** Table → how many lines it has. */
  counts: z.record(z.string(), Count),
  /** Files of attachments whose bytes were not there any more. */
  missingFiles: Count,
});
export type Manifest = z.infer<typeof Manifest>;

export const MANIFEST = "manifest.json";
export const FILES = "files/";

export function tableFile(table: Table): string {
  return `${table}.jsonl`;
}

/** What may be named within a text. */
export type Named = "person" | "project" | "board" | "column" | "label" | "field" | "option" | "plan";

/** A text with the names of rows in place of their ids; what looks like the beginning of one becomes `@{}`. */
export function withReferences(text: string, nameOf: (id: string) => string | undefined): string {
  return text.replaceAll("@{", "@{}").replaceAll(UUID, (id) => {
    const name = nameOf(id.toLowerCase());
    return name === undefined ? id : `@{${name}}`;
  });
}
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/giu;

/** The other way; `idOf` answers what stands in the place of a name. */
export function withoutReferences(text: string, idOf: (name: string) => string): string {
  return text.replaceAll(REFERENCE, (_, name: string | undefined) => (name === undefined ? "@{" : idOf(name)));
}
const REFERENCE = /@\{([a-z]+\/[1-9]\d{0,8})?\}/gu;
