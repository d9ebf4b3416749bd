import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../../../db/client.ts";
import { each } from "../../../../db/columns.ts";
import { newId } from "../../../core/ids.ts";
import type { Board } from "../boards.contract.ts";
import type { Ground, GroundColumn, GroundLabel } from "./row-decision.ts";
import type { NamedDraft } from "./row-draft.ts";
import { matchPeople } from "./trello-people.ts";

interface Asked {
  readonly orgId: string;
  /** Null: it is not there yet, and will be the organisation's. */
  readonly board: Board | null;
  readonly importId: string;
  readonly drafts: readonly NamedDraft[];
  readonly may: Ground["may"];
}

const NOTHING = { columns: [], labels: [], there: [], before: [] };

/** Looks up what rows are decided on. */
export async function loadGround(db: Db, { orgId, board, importId, drafts, may }: Asked): Promise<Ground> {
  const [found, people] = await Promise.all([
    board ? look(db, { board, importId, drafts }) : NOTHING,
    matchPeople(db, board ?? { id: newId(), orgId, visibility: "org" }, peopleOf(drafts)),
  ]);
  const columns = new Map<string, GroundColumn>();
  // Of several with one name the first open one is meant.
  for (const column of found.columns) {
    const key = column.name.toLowerCase();
    const known = columns.get(key);
    if (!known || (known.state === "archived" && column.state === "open")) columns.set(key, column);
  }
  const labels = new Map<string, GroundLabel>();
  for (const label of found.labels) {
    if (!labels.has(label.name.toLowerCase())) labels.set(label.name.toLowerCase(), label);
  }
  return {
    counts: { columns: found.columns.length, labels: found.labels.length },
    columns,
    labels,
    newColumns: [],
    newLabels: [],
    people,
    there: new Map(found.there.map(({ externalId, id }) => [externalId, id])),
    before: new Set(found.before),
    may,
  };
}

interface Found extends Record<string, unknown> {
  readonly columns: GroundColumn[];
  readonly labels: GroundLabel[];
  readonly there: { externalId: string; id: string }[];
  readonly before: string[];
}

/**
 * The rows `r` of an import, found by something else: nobody has counted those of a file that has just come, and the planner
 * would take them for one, and read them all.
 */
export function isOfImport(orgId: string, importId: string): SQL {
  return sql`(r.org_id = ${orgId}::uuid) is true and (r.import_id = ${importId}::uuid) is true`;
}

/** Tasks `t` that are found by their ids, and are on a board: the same, for the same reason. */
export function isOnBoard({ orgId, boardId }: { orgId: string; boardId: string }): SQL {
  return sql`(t.org_id = ${orgId}::uuid) is true and (t.board_id = ${boardId}::uuid) is true`;
}

async function look(
  db: Db,
  { board, importId, drafts }: { board: Board; importId: string; drafts: readonly NamedDraft[] },
): Promise<Found> {
  const at = sql`org_id = ${board.orgId}::uuid and board_id = ${board.id}::uuid`;
  const names = each("text", drafts, ({ externalId }) => externalId);
  const [row] = await db.execute<Found>(sql`
    select coalesce((select json_agg(json_build_object('id', c.id, 'name', c.name, 'stateGroup', c.state_group, 'state', c.state,
          'lastRank', (select max(t.rank) from task t where t.column_id = c.id and t.state = 'open'),
          'room', case when c.wip_mode = 'hard' and c.wip_limit is not null then greatest(0, c.wip_limit
            - (select count(*) from task t where t.column_id = c.id and t.state = 'open')) end) order by c.rank, c.id)
        from board_column c where c.${at}), '[]') as columns,
      coalesce((select json_agg(json_build_object('id', l.id, 'name', l.name, 'color', l.color) order by l.id)
        from label l where l.${at}), '[]') as labels,
      coalesce((select json_agg(json_build_object('externalId', t.external_id, 'id', t.id)) from task t
        where t.board_id = ${board.id}::uuid and t.external_id = any(${names})
          and (t.org_id = ${board.orgId}::uuid) is true), '[]') as there,
      coalesce((select json_agg(r.external_id) from import_row r where r.external_id = any(${names})
        and ${isOfImport(board.orgId, importId)} and r.outcome in ('created', 'unchanged')), '[]') as before`);
  return row ?? NOTHING;
}

/** Everybody whom rows name, as they might be known here: by an address or a name. */
function peopleOf(drafts: readonly NamedDraft[]) {
  const names = new Set(
    drafts.flatMap(({ draft }) => [
      ...draft.people,
      ...draft.fieldPeople.map(({ name }) => name),
      ...draft.comments.map(({ author }) => author),
    ]),
  );
  names.delete("");
  return [...names].map((name) => {
    const bare = name.toLowerCase();
    return { externalId: name, name, username: bare, fullName: bare, email: bare };
  });
}
