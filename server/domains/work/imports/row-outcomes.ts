import { sql } from "drizzle-orm";
import type { HeldImport } from "./held-import.ts";
import type { ImportPlace } from "./new-tasks.ts";
import type { Ground, RowDecision } from "./row-decision.ts";
import type { RowLinks } from "./row-draft.ts";
import type { RowNote, RowProblem } from "./row-problems.contract.ts";
import { withRows } from "./rows-report.ts";
import type { Decided, Written } from "./write-rows.ts";

/** What has been done with some rows. */
export interface Outcomes {
  readonly refused: readonly { row: number; refusal: RowProblem }[];
  readonly decided: readonly Decided[];
  readonly written: Written;
  readonly notPlanned: ReadonlySet<number>;
  readonly done: number;
  readonly ground: Ground;
}

/** What is remembered of a row. */
interface KeptOutcome {
  readonly row: number;
  readonly outcome: RowDecision["outcome"];
  readonly externalId?: string;
  readonly otherId?: string | null;
  readonly taskId?: string | undefined;
  readonly refusal?: RowProblem;
  readonly notes: readonly RowNote[];
  readonly links?: RowLinks | null;
}

/** In the order of the rows, of which none is left out. */
function outcomesOf({ refused, decided, written, notPlanned }: Outcomes): KeptOutcome[] {
  const taskIds = new Map(written.rows.map(({ row, taskId }) => [row, taskId]));
  return [
    ...refused.map(({ row, refusal }): KeptOutcome => ({ row, outcome: "refused", refusal, notes: [] })),
    ...decided.map(({ row, externalId, draft, decision }): KeptOutcome => {
      const { outcome } = decision;
      const named = { row, outcome, externalId, otherId: draft.otherId, notes: [] };
      if (outcome === "refused") return { ...named, refusal: decision.refusal };
      if (outcome === "unchanged") return { ...named, taskId: decision.taskId };
      const { parent, blocks, blockedBy } = draft.links;
      const links = parent !== null || blocks.length + blockedBy.length > 0 ? draft.links : null;
      const notes = [...decision.notes];
      if (notPlanned.has(row)) notes.push("PLANS_FULL");
      if (written.cut.has(row)) notes.push("COMMENTS_FULL");
      return { ...named, taskId: taskIds.get(row), notes, links };
    }),
  ].toSorted((a, b) => a.row - b.row);
}

/** With what they are of: whoever runs this again after the commit finds them done. */
export async function keepOutcomes({ tx, board }: ImportPlace, held: HeldImport, outcomes: Outcomes): Promise<void> {
  const { ground, written, done } = outcomes;
  const rows = outcomesOf(outcomes);
  const report = withRows(held.report, {
    columns: ground.newColumns.length,
    labels: ground.newLabels.length,
    comments: written.comments,
    outcomes: rows.map(({ outcome }) => outcome),
    people: ground.people,
    drafts: written.rows.map(({ draft }) => draft),
  });
  // By their places: until Postgres has counted the rows of a file that has just come, it would join them one by one.
  const given = sql`given.rows -> (r.row - ${held.done + 1}::int)`;
  await Promise.all([
    tx.db.execute(sql`
      with given as (select ${JSON.stringify(rows)}::jsonb as rows)
      update import_row r set outcome = ${given} ->> 'outcome', external_id = ${given} ->> 'externalId',
        other_id = ${given} ->> 'otherId', task_id = (${given} ->> 'taskId')::uuid, refusal = ${given} ->> 'refusal',
        links = nullif(${given} -> 'links', 'null'), notes = array(select jsonb_array_elements_text(${given} -> 'notes')),
        content = case when ${given} ->> 'outcome' = 'refused' then r.content end
      from given where r.org_id = ${board.orgId}::uuid and r.import_id = ${held.id}::uuid and r.row > ${held.done}::int
        and r.row <= ${done}::int`),
    tx.db.execute(sql`
      update board_import set rows_done = ${done}::int, report = ${JSON.stringify(report)}::jsonb
      where org_id = ${board.orgId}::uuid and id = ${held.id}::uuid`),
  ]);
}
