import { z } from "zod";
import type { STATE_GROUPS } from "../../../db/enums.ts";
import { Day, Id, TimeZone } from "../../fields.contract.ts";

/** The most days of a report. */
const MOST_DAYS = 400;
const DAY_MS = 86_400_000;

const Period = {
  from: Day,
  /** This day, too. */
  to: Day,
  /** In which days begin and end. */
  timeZone: TimeZone.default("UTC"),
};
const Place = {
  orgId: Id,
  projectId: Id,
  /** Only there. */
  boardId: Id.optional(),
};

function isPeriod({ from, to }: { from: string; to: string }): boolean {
  return from <= to && Date.parse(to) - Date.parse(from) < MOST_DAYS * DAY_MS;
}
const PERIOD_SAYS = { message: `A report is of 1 to ${MOST_DAYS} days.`, path: ["to"] };

export const ReportFlow = z.strictObject({ ...Place, ...Period }).refine(isPeriod, PERIOD_SAYS);
export type ReportFlow = z.infer<typeof ReportFlow>;

export const ReportBurn = z.strictObject({ orgId: Id, planId: Id, ...Period }).refine(isPeriod, PERIOD_SAYS);
export type ReportBurn = z.infer<typeof ReportBurn>;

export const ReportTimes = z.strictObject({ ...Place, ...Period }).refine(isPeriod, PERIOD_SAYS);
export type ReportTimes = z.infer<typeof ReportTimes>;

export const ReportLoad = z.strictObject({ ...Place });
export type ReportLoad = z.infer<typeof ReportLoad>;

/** How many tasks there are, and their estimates together. */
const Amount = z.object({ tasks: z.int(), points: z.number() });
export type Amount = z.infer<typeof Amount>;
const ByGroup = z.object({
  backlog: Amount,
  unstarted: Amount,
  started: Amount,
  completed: Amount,
  cancelled: Amount,
} satisfies Record<(typeof STATE_GROUPS)[number], unknown>);

/** At the end of each day, of each state group. Archived tasks are in it when they were done before. */
export const Flow = z.object({ days: z.array(z.object({ on: Day, groups: ByGroup })) });
export type Flow = z.infer<typeof Flow>;

/** At the end of each day. Burn-up is `done` under `scope`, burn-down is `remaining`. */
export const Burn = z.object({
  days: z.array(
    z.object({
      on: Day,
      /** All but what is cancelled. */
      scope: Amount,
      done: Amount,
      remaining: Amount,
      /** Tasks that came into the plan on that day, and that left it. */
      added: z.int(),
      removed: z.int(),
    }),
  ),
});
export type Burn = z.infer<typeof Burn>;

/** Of a number of tasks, in seconds: half of them took no longer than `p50`. Null: there are none. */
const Percentiles = z.object({
  count: z.int(),
  p50: z.number().nullable(),
  p85: z.number().nullable(),
  p95: z.number().nullable(),
});

export const Times = z.object({
  /** From when it was made to when it was completed. */
  lead: Percentiles,
  /** From when it was first started; of those that never were, there is none. */
  cycle: Percentiles,
  /** Of what is completed by now, on which day that was: days with none are left out. */
  throughput: z.array(z.object({ on: Day, tasks: z.int(), points: z.number() })),
});
export type Times = z.infer<typeof Times>;

/** What people have to do: open tasks that are not done. A task of several counts for each. Null: nobody's. */
export const Load = z.object({
  people: z.array(
    z.object({
      userId: Id.nullable(),
      tasks: z.int(),
      points: z.number(),
      started: z.int(),
      overdue: z.int(),
    }),
  ),
});
export type Load = z.infer<typeof Load>;
