import { sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import { list } from "../../../../db/columns.ts";
import type { ActivityPart, ActivityValue, Named } from "./activity.contract.ts";
import type { RawPart, RawValue, Ref, Telling, Word } from "./words.ts";

/** The longest piece of a comment or item that stands for it. */
const LONGEST = 100;

/** What things are called now, by their ids, which are unique over all kinds. */
export class Names {
  readonly #known: ReadonlyMap<string, Named>;

  constructor(named: readonly Named[]) {
    this.#known = new Map(named.map((one) => [one.id, one]));
  }

  of({ kind, id }: Ref): Named {
    return this.#known.get(id) ?? { kind, id, name: null };
  }

  part({ field, of, from, to }: RawPart): ActivityPart {
    return {
      field,
      ...(of && { of: this.of(of) }),
      ...(from !== undefined && { from: this.#value(from) }),
      ...(to !== undefined && { to: this.#value(to) }),
    };
  }

  #value(value: RawValue): ActivityValue {
    if (value === null || typeof value !== "object") return value;
    if (!isList(value)) return this.of(value);
    const [first] = value;
    return typeof first === "string" ? value.filter(isText) : value.filter(isRef).map((one) => this.of(one));
  }
}

function isList(value: RawValue): value is readonly string[] | readonly Ref[] {
  return Array.isArray(value);
}

function isText(value: string | Ref): value is string {
  return typeof value === "string";
}

function isRef(value: string | Ref): value is Ref {
  return typeof value !== "string";
}

/** Everything that a telling names. */
export function refsIn({ says, parts }: Telling): Ref[] {
  return [...says.flatMap(refsOf), ...refsOf(parts)];
}

function refsOf(word: Word): Ref[] {
  if (typeof word === "string") return [];
  if (!isParts(word)) return [word];
  return word.flatMap(({ of, from, to }) => [...(of ? [of] : []), ...refsOfValue(from), ...refsOfValue(to)]);
}

export function isParts(word: Exclude<Word, string>): word is readonly RawPart[] {
  return Array.isArray(word);
}

function refsOfValue(value: RawValue | undefined): Ref[] {
  if (value === undefined || value === null || typeof value !== "object") return [];
  return isList(value) ? value.filter((one) => typeof one !== "string") : [value];
}

/**
 * Looks up what things are called: people of the organisation who were not deleted, and what is on these boards, which
 * the caller sees.
 */
export async function loadNames(
  db: Db,
  orgId: string,
  { ids, boardIds }: { ids: readonly string[]; boardIds: readonly string[] },
): Promise<Names> {
  if (ids.length === 0) return new Names([]);
  const meant = sql`any((select meant from asked)::uuid[])`;
  const here = sql`any((select boards from asked)::uuid[])`;
  const rows = await db.execute<Named & Record<string, unknown>>(sql`
    with asked as (select ${list("uuid", [...new Set(ids)])} as meant, ${list("uuid", [...new Set(boardIds)])} as boards)
    select 'person' as kind, u.id, u.name from app_user u where u.id = ${meant} and u.deleted_at is null
    union all select 'task', t.id, p.key || '-' || t.number || ' ' || t.title from task t
      join project p on p.id = t.project_id where t.id = ${meant} and t.board_id = ${here}
    union all select 'board', b.id, b.name from board b where b.id = ${meant} and b.id = ${here}
    union all select 'column', c.id, c.name from board_column c where c.id = ${meant} and c.board_id = ${here}
    union all select 'label', l.id, l.name from label l where l.id = ${meant} and l.board_id = ${here}
    union all select 'transition', w.id, w.name from transition w where w.id = ${meant} and w.board_id = ${here}
    union all select 'checklist', c.id, c.name from checklist c where c.id = ${meant} and c.board_id = ${here}
    union all select 'check-item', i.id, left(i.text, ${LONGEST}::int) from check_item i
      where i.id = ${meant} and i.board_id = ${here}
    union all select 'attachment', a.id, a.name from attachment a where a.id = ${meant} and a.board_id = ${here}
    union all select 'comment', c.id, left(c.text, ${LONGEST}::int) from comment c
      where c.id = ${meant} and c.board_id = ${here} and c.state = 'open'
    union all select 'project', p.id, p.name from project p where p.org_id = ${orgId}::uuid and p.id = ${meant}
    union all select 'role', r.id, r.name from org_role r where r.org_id = ${orgId}::uuid and r.id = ${meant}
    union all select 'field', f.id, f.name from task_field f where f.org_id = ${orgId}::uuid and f.id = ${meant}
    union all select 'option', (o->>'id')::uuid, o->>'name' from task_field f, jsonb_array_elements(f.options) o
      where f.org_id = ${orgId}::uuid and f.project_id in (select b.project_id from board b where b.id = ${here})
        and (o->>'id')::uuid = ${meant}`);
  return new Names(rows);
}
