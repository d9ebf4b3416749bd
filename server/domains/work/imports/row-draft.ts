import { z } from "zod";
import type { LABEL_COLORS, PLAN_KINDS, PRIORITIES, STATE_GROUPS, STATES } from "../../../../db/enums.ts";
import type { FieldPatch } from "../fields.contract.ts";
import type { TaskDates } from "../task-dates.ts";
import type { RowNote, RowProblem } from "./row-problems.contract.ts";

const Line = z.string();

/** What a row of any file says of a task. People, columns, labels and other rows go by what the file calls them. */
export interface RowDraft {
  /** What it is called in its source; null: it says nothing. */
  readonly id: string | null;
  /** What other rows may call it besides. */
  readonly otherId: string | null;
  readonly title: string;
  readonly description: string;
  readonly column: { readonly name: string; readonly stateGroup: (typeof STATE_GROUPS)[number] | null };
  readonly priority: (typeof PRIORITIES)[number];
  readonly dates: TaskDates;
  readonly estimate: number | null;
  readonly people: readonly string[];
  readonly labels: readonly { readonly name: string; readonly color: (typeof LABEL_COLORS)[number] }[];
  readonly fields: FieldPatch;
  /** Fields that hold somebody. */
  readonly fieldPeople: readonly { readonly fieldId: string; readonly name: string }[];
  readonly state: (typeof STATES)[number];
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly completedAt: string | null;
  readonly plans: readonly {
    readonly kind: (typeof PLAN_KINDS)[number];
    readonly name: string;
    readonly endsOn: string | null;
  }[];
  readonly comments: readonly {
    readonly author: string;
    readonly text: string;
    readonly createdAt: string | null;
    readonly editedAt: string | null;
  }[];
  readonly links: RowLinks;
  readonly notes: readonly RowNote[];
}

/** What a row says of others, which may come behind it. */
export const RowLinks = z.object({
  parent: Line.nullable(),
  blocks: z.array(Line),
  blockedBy: z.array(Line),
});
export type RowLinks = z.infer<typeof RowLinks>;

/** A row that is refused says for which of its columns. */
export type Drafted = { readonly draft: RowDraft } | { readonly refusal: RowProblem; readonly says: string };

/** A row that says a task, and what that is called here. */
export interface NamedDraft {
  readonly row: number;
  readonly externalId: string;
  readonly draft: RowDraft;
}

/** A row that became a task. */
export interface WrittenRow extends NamedDraft {
  readonly taskId: string;
}
