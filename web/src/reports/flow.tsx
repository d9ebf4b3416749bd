import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTrestle } from "../../../client/react/index.ts";
import { reportsTexts } from "../texts/reports.ts";
import { Chart } from "./chart.tsx";
import type { Asked } from "./period.ts";
import { Report } from "./report.tsx";

const GROUPS = ["completed", "started", "unstarted", "backlog"] as const;
const COLORS = { completed: 1, started: 2, unstarted: 3, backlog: 4 } as const;

/** The cumulative flow. */
export function Flow({ asked }: { asked: Asked }) {
  const { reports } = useTrestle();
  const query = useQuery({
    queryKey: ["reports.flow", asked],
    placeholderData: keepPreviousData,
    queryFn: () => reports.flow.query({ ...asked }),
  });
  return (
    <Report title={reportsTexts.flow} says={reportsTexts.flowSays} query={query}>
      {({ days }) => (
        <Chart
          kind="areas"
          label={reportsTexts.flow}
          days={days.map(({ on }) => on)}
          series={GROUPS.map((group) => ({
            name: reportsTexts.groups[group],
            color: COLORS[group],
            values: days.map(({ groups }) => groups[group].tasks),
          }))}
        />
      )}
    </Report>
  );
}
