import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { shownSpan } from "../texts.ts";
import { reportsTexts } from "../texts/reports.ts";
import { Chart } from "./chart.tsx";
import { type Asked, daysBetween } from "./period.ts";
import { Report } from "./report.tsx";

type Percentiles = RouterOutputs["reports"]["times"]["lead"];

const ROWS = [
  ["half", "p50"],
  ["most", "p85"],
  ["nearlyAll", "p95"],
] as const;

/** Lead and cycle times, and how much was done on which day. */
export function Times({ asked }: { asked: Asked }) {
  const { reports } = useTrestle();
  const query = useQuery({
    queryKey: ["reports.times", asked],
    placeholderData: keepPreviousData,
    queryFn: () => reports.times.query({ ...asked }),
  });
  return (
    <>
      <Report title={reportsTexts.times} says={reportsTexts.timesSays} query={query}>
        {({ lead, cycle }) =>
          lead.count === 0 ? (
            <p>{reportsTexts.nothing}</p>
          ) : (
            <div className="grid gap-3 sm:grid-cols-2">
              <Span title={reportsTexts.lead} times={lead} />
              <Span title={reportsTexts.cycle} times={cycle} />
            </div>
          )
        }
      </Report>
      <Report title={reportsTexts.throughput} says={reportsTexts.throughputSays} query={query}>
        {({ throughput }) => {
          const days = daysBetween(asked);
          const done = new Map(throughput.map(({ on, tasks }) => [on, tasks]));
          const values = days.map((day) => done.get(day) ?? 0);
          return (
            <Chart
              kind="bars"
              label={reportsTexts.throughput}
              days={days}
              series={[{ name: reportsTexts.done, color: 1, values }]}
            />
          );
        }}
      </Report>
    </>
  );
}

function Span({ title, times }: { title: string; times: Percentiles }) {
  return (
    <div className="rounded-md border border-line bg-surface p-3">
      <h3 className="font-medium">{title}</h3>
      <p className="text-sm text-quiet">{reportsTexts.count(times.count)}</p>
      <dl className="mt-2 flex flex-col gap-1 text-sm">
        {ROWS.map(([name, part]) => {
          const seconds = times[part];
          return (
            <div key={name} className="flex gap-2">
              <dt className="mr-auto text-quiet">{reportsTexts[name]}</dt>
              <dd className="font-medium whitespace-nowrap">
                {seconds === null ? reportsTexts.noTime : shownSpan(seconds)}
              </dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
