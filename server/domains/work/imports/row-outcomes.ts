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
  ];
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
  await Promise.all([
    // Between these rows: nobody has counted those of a file that has just come, and the planner would read all of them.
    tx.db.execute(sql`
      update import_row r set outcome = n.outcome, external_id = n."externalId", other_id = n."otherId",
        task_id = n."taskId", refusal = n.refusal, links = n.links,
        notes = array(select json_array_elements_text(n.notes)),
        content = case when n.outcome = 'refused' then r.content end
      from json_to_recordset(${JSON.stringify(rows)}::json) n(row int, outcome text, "externalId" text, "otherId" text,
        "taskId" uuid, refusal text, links jsonb, notes json)
      where r.org_id = ${board.orgId}::uuid and r.import_id = ${held.id}::uuid and r.row = n.row
        and r.row > ${held.done}::int and r.row <= ${done}::int`),
    tx.db.execute(sql`
      update board_import set rows_done = ${done}::int, report = ${JSON.stringify(report)}::jsonb
      where org_id = ${board.orgId}::uuid and id = ${held.id}::uuid`),
  ]);
}
