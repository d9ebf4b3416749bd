import { z } from "zod";
import { FIELD_KINDS, LABEL_COLORS, STATES } from "../../../db/enums.ts";
import { Id, line, MutationId } from "../../fields.contract.ts";
import { After } from "./columns.contract.ts";

const FieldName = line(100);

/** What a field of the kinds `select` and `multi-select` may be set to. */
const FieldOption = z.object({
  id: Id,
  name: z.string(),
  color: z.enum(LABEL_COLORS),
  /** It is not chosen any more, and still says what it meant to tasks that have it. */
  isArchived: z.boolean(),
});

/** What the tasks of a project may have besides what all tasks have. */
export const Field = z.object({
  id: Id,
  projectId: Id,
  name: z.string(),
  kind: z.enum(FIELD_KINDS),
  /** Of selects alone, in their order; archived ones last. */
  options: z.array(FieldOption),
  /** Orders the fields of a project, compared byte by byte. Made by the server. */
  rank: z.string(),
  /** Tasks keep what they have of an archived one, out of sight. */
  state: z.enum(STATES),
});
export type Field = z.infer<typeof Field>;

/** Text, a number, a day, an option, a sorted set of options, a person, whether it is so, or an address of the web. */
const FieldValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
export type FieldValue = z.infer<typeof FieldValue>;

/** What a task has, by the id of the field. */
export const FieldValues = z.record(z.string(), FieldValue);
export type FieldValues = z.infer<typeof FieldValues>;

/** What a task gets; null takes it away. What it has to be depends on the kind of the field. */
export const FieldPatch = z
  .record(Id, z.union([z.string().max(1_000), z.number(), z.boolean(), z.array(Id).max(50)]).nullable())
  .refine((values) => Object.keys(values).length <= 50, "At most 50 fields are set at once.");
export type FieldPatch = z.infer<typeof FieldPatch>;

/** The same in an event. */
export const FieldChanges = z.record(z.string(), FieldValue.nullable());

export const ProjectFields = z.object({ projectId: Id, fields: z.array(Field) });
export type ProjectFields = z.infer<typeof ProjectFields>;

export const GetFields = z.strictObject({ orgId: Id, projectId: Id });
export type GetFields = z.infer<typeof GetFields>;

/** With the id of one that there is, it stays that one under another name or colour. */
const GivenOption = z.strictObject({
  id: Id.optional(),
  name: line(100),
  color: z.enum(LABEL_COLORS).default("gray"),
});
const GivenOptions = z
  .array(GivenOption)
  .max(100)
  .refine(
    (options) => new Set(options.map(({ name }) => name.toLowerCase())).size === options.length,
    "No two options have the same name.",
  );
export type GivenOptions = z.infer<typeof GivenOptions>;

export const CreateField = z.strictObject({
  orgId: Id,
  projectId: Id,
  name: FieldName,
  kind: z.enum(FIELD_KINDS),
  /** For selects alone. */
  options: GivenOptions.default([]),
  after: After,
  ...MutationId,
});
export type CreateField = z.infer<typeof CreateField>;

/** What is absent stays. Options are said as a whole: those that are left out are archived. */
export const UpdateField = z.strictObject({
  orgId: Id,
  projectId: Id,
  fieldId: Id,
  name: FieldName.optional(),
  options: GivenOptions.optional(),
  ...MutationId,
});
export type UpdateField = z.infer<typeof UpdateField>;

export const MoveField = z.strictObject({ orgId: Id, projectId: Id, fieldId: Id, after: After, ...MutationId });
export type MoveField = z.infer<typeof MoveField>;

/** What archives and what restores a field. */
export const FieldTarget = z.strictObject({ orgId: Id, projectId: Id, fieldId: Id, ...MutationId });
export type FieldTarget = z.infer<typeof FieldTarget>;
