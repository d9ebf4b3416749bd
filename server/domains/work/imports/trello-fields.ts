import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../../db/client.ts";
import { AppError } from "../../../core/app-error.ts";
import type { AppServices } from "../../../core/context.ts";
import { write } from "../../../core/write.ts";
import { checkValues } from "../field-values.ts";
import { CreateField, type Field, type FieldValues } from "../fields.contract.ts";
import { boardsOfProject, createField } from "../fields.service.ts";
import { fieldJson } from "../rows.ts";
import { type Cutter, toExternalId, toInstant, toLabelColor, toLine, TrelloId } from "./trello-texts.ts";

const FIELD_NAME = 100;
const OPTIONS = 100;

/** What Trestle reads of a custom field. */
export const TrelloField = z.object({
  id: TrelloId,
  name: z.string(),
  type: z.enum(["text", "number", "date", "checkbox", "list"]),
  options: z
    .array(
      z.object({
        id: TrelloId,
        value: z.object({ text: z.string().nullish() }).nullish(),
        color: z.string().nullish(),
      }),
    )
    .nullish(),
});

/** What a card has of one. */
const TrelloFieldItem = z.object({
  idCustomField: TrelloId,
  idValue: TrelloId.nullish(),
  value: z
    .object({
      text: z.string().nullish(),
      number: z.string().nullish(),
      date: z.string().nullish(),
      checked: z.string().nullish(),
    })
    .nullish(),
});

export interface FieldDraft {
  readonly externalId: string;
  readonly name: string;
  readonly kind: "text" | "number" | "date" | "checkbox" | "select";
  readonly options: readonly { externalId: string; name: string; color: ReturnType<typeof toLabelColor> }[];
}

/** By the external ids of the field and, of one that has options, of the option. */
export const FieldItemDraft = z.object({
  fieldId: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]),
});
export type FieldItemDraft = z.infer<typeof FieldItemDraft>;

export function toFieldDraft(cutter: Cutter, { id, name, type, options }: z.infer<typeof TrelloField>): FieldDraft {
  const named = (options ?? []).map((option) => ({
    externalId: toExternalId(option.id),
    name: toLine(cutter, option.value?.text ?? "", FIELD_NAME),
    color: toLabelColor(option.color),
  }));
  // No two options have the same name here.
  const first = named.filter(
    (option, index) => named.findIndex((one) => one.name.toLowerCase() === option.name.toLowerCase()) === index,
  );
  return {
    externalId: toExternalId(id),
    name: toLine(cutter, name, FIELD_NAME),
    kind: type === "list" ? "select" : type,
    options: type === "list" ? first.slice(0, OPTIONS) : [],
  };
}

/** What of a card's custom fields can be read. */
export function toFieldItems(items: readonly unknown[] | null | undefined): FieldItemDraft[] {
  return (items ?? []).flatMap((item): FieldItemDraft[] => {
    const parsed = TrelloFieldItem.safeParse(item);
    if (!parsed.success) return [];
    const { idCustomField, idValue, value } = parsed.data;
    const read = idValue ? toExternalId(idValue) : value ? readValue(value) : undefined;
    return read === undefined ? [] : [{ fieldId: toExternalId(idCustomField), value: read }];
  });
}

function readValue({
  text,
  number,
  date,
  checked,
}: NonNullable<z.infer<typeof TrelloFieldItem>["value"]>): FieldItemDraft["value"] | undefined {
  if (checked) return checked === "true";
  if (number) return Number(number);
  if (date) return toInstant(date)?.slice(0, 10);
  return text ?? undefined;
}

/** Custom fields → those of the project: by name and kind. What may not be made there is left out. */
export type MatchedFields = ReadonlyMap<
  string,
  { readonly field: Field; readonly options: ReadonlyMap<string, string> }
>;

/** Makes the fields that the project does not have, as whoever imports may; each in a transaction of its own. */
export async function makeFields(
  app: AppServices,
  { orgId, projectId, userId }: { orgId: string; projectId: string; userId: string },
  drafts: readonly FieldDraft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const known = await projectFields(app.db.within({ orgId }), { orgId, projectId });
  const missing = drafts.filter(({ name }) => known.every((field) => field.name.toLowerCase() !== name.toLowerCase()));
  for (const { name, kind, options } of missing) {
    const given = options.map((option) => ({ name: option.name, color: option.color }));
    const input = CreateField.parse({ orgId, projectId, name, kind, options: given });
    const call = {
      scope: { on: "org", userId, orgId, action: "project:update" },
      procedure: "fields.create",
      alsoLocks: boardsOfProject,
    } as const;
    try {
      await write(app, call, { service: createField, input });
    } catch (error) {
      // Who may not make them, and what has no room, imports without.
      if (!(error instanceof AppError) || error.kind === "SERVER_UNAVAILABLE") throw error;
    }
  }
}

async function projectFields(db: Db, { orgId, projectId }: { orgId: string; projectId: string }): Promise<Field[]> {
  const rows = await db.execute<{ field: Field }>(sql`
    select ${fieldJson} as field from task_field f
    where f.org_id = ${orgId}::uuid and f.project_id = ${projectId}::uuid order by f.rank, f.id`);
  return rows.map(({ field }) => field);
}

export async function matchFields(
  db: Db,
  project: { orgId: string; projectId: string },
  drafts: readonly FieldDraft[],
): Promise<MatchedFields> {
  const fields = drafts.length === 0 ? [] : await projectFields(db, project);
  return new Map(
    drafts.flatMap(({ externalId, name, kind, options }) => {
      const field = fields.find(
        (one) => one.state === "open" && one.kind === kind && one.name.toLowerCase() === name.toLowerCase(),
      );
      if (!field) return [];
      const ids = options.flatMap((option) => {
        const same = field.options.find((one) => one.name.toLowerCase() === option.name.toLowerCase());
        return same ? [[option.externalId, same.id] as const] : [];
      });
      return [[externalId, { field, options: new Map(ids) }] as const];
    }),
  );
}

/** What a task gets of a card's custom fields, and how many values have no place. */
export function fieldValuesOf(
  items: readonly FieldItemDraft[],
  matched: MatchedFields,
): { values: FieldValues; leftOut: number } {
  const values: FieldValues = {};
  let leftOut = 0;
  for (const { fieldId, value } of items) {
    const found = matched.get(fieldId);
    const given = found?.field.kind === "select" ? found.options.get(String(value)) : value;
    const checked =
      found && given !== undefined ? checkValues([found.field], {}, { [found.field.id]: given }) : undefined;
    const kept = checked && "changes" in checked && found ? checked.changes[found.field.id] : undefined;
    if (found && kept !== undefined && kept !== null) values[found.field.id] = kept;
    else leftOut += 1;
  }
  return { values, leftOut };
}
