import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import type { Field } from "../fields.contract.ts";
import type { Plan } from "../plans.contract.ts";
import { fieldJson, planJson } from "../rows.ts";
import { type ArchiveMap, fail } from "./archive-map.ts";

/**
 * Takes fields and plans of a project for those of an archive that are called like them: fields of the same kind that have
 * all of its options. Others have no place: a project gets no fields by what comes into it. Fails: ARCHIVE_INVALID, when
 * the archive is of several projects.
 */
export async function mapIntoProject(
  db: Db,
  { orgId, projectId }: { orgId: string; projectId: string },
  map: ArchiveMap,
): Promise<void> {
  if (map.projects.length !== 1) fail("projects.jsonl", "Only an archive of one project goes into a project.");
  const ofProject = sql`org_id = ${orgId}::uuid and project_id = ${projectId}::uuid`;
  const [fields, plans] = await Promise.all([
    db.execute<{ field: Field }>(
      sql`select ${fieldJson} as field from task_field f where ${ofProject} order by f.rank, f.id`,
    ),
    db.execute<{ plan: Plan }>(sql`select ${planJson} as plan from plan n where ${ofProject} order by n.id`),
  ]);
  for (const mine of map.fields) {
    const like = fields.find(({ field }) => field.state === "open" && isLike(field, mine));
    if (like) takeField(map, mine, like.field);
    else mine.place = "none";
  }
  for (const mine of map.plans) {
    const like = plans.find(({ plan }) => plan.kind === mine.kind && isSame(plan.name, mine.name));
    if (like) Object.assign(mine, { id: like.plan.id, place: "there" });
  }
}

function isLike(field: Field, mine: Pick<Field, "kind" | "name" | "options">): boolean {
  const has = (name: string) => field.options.some((option) => isSame(option.name, name));
  return field.kind === mine.kind && isSame(field.name, mine.name) && mine.options.every(({ name }) => has(name));
}

function takeField(map: ArchiveMap, mine: ArchiveMap["fields"][number], field: Field): void {
  const idOf = new Map(field.options.map((option) => [option.name.toLowerCase(), option.id]));
  const options = mine.options.map((option) => ({ ...option, id: idOf.get(option.name.toLowerCase()) ?? option.id }));
  for (const [index, { id }] of mine.options.entries()) {
    const option = map.options.find((known) => known.id === id);
    if (option) option.id = options[index]?.id ?? id;
  }
  Object.assign(mine, { id: field.id, options, place: "there" });
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Gives the tasks of an archive the next numbers of a project, in the order of those that they had. */
export function renumber({ tasks }: ArchiveMap, first: number): void {
  const inOrder = [...tasks.values()].toSorted((one, other) => one.number - other.number);
  for (const [index, task] of inOrder.entries()) task.number = first + index;
}
