import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { reportsTexts } from "../texts/reports.ts";
import { SelectField } from "../ui/field.tsx";
import { saysOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Chart } from "./chart.tsx";
import type { Asked } from "./period.ts";
import { Report } from "./report.tsx";

/** The burn-down and burn-up of a milestone or sprint of the project: the latest, until one is chosen. */
export function Burn({ asked }: { asked: Asked }) {
  const { plans, reports } = useTrestle();
  const [chosen, setChosen] = useState<string>();
  const { orgId, projectId, from, to, timeZone } = asked;
  const { data, error } = useQuery({
    queryKey: ["plans", projectId],
    queryFn: () => plans.list.query({ orgId, projectId, limit: 100 }),
  });
  const planId = chosen ?? data?.items.at(-1)?.id;
  const query = useQuery({
    queryKey: ["reports.burn", planId, from, to],
    enabled: planId !== undefined,
    placeholderData: keepPreviousData,
    queryFn: () => reports.burn.query({ orgId, planId: planId ?? "", from, to, timeZone }),
  });
  if (error) {
    return (
      <Section title={reportsTexts.burn} level={2}>
        <Trouble says={saysOf(error)} />
      </Section>
    );
  }
  if (data?.items.length === 0) {
    return (
      <Section title={reportsTexts.burn} level={2}>
        <p className="text-quiet">{reportsTexts.noPlan}</p>
      </Section>
    );
  }
  const choice = (
    <SelectField label={reportsTexts.plan} value={planId ?? ""} onChange={(event) => setChosen(event.target.value)}>
      {data?.items.map(({ id, name, kind }) => (
        <option key={id} value={id}>
          {reportsTexts.kinds[kind]}: {name}
        </option>
      ))}
    </SelectField>
  );
  return (
    <Report title={reportsTexts.burn} says={reportsTexts.burnSays} query={query} above={choice}>
      {({ days }) => (
        <Chart
          kind="lines"
          label={reportsTexts.burn}
          days={days.map(({ on }) => on)}
          series={[
            { name: reportsTexts.scope, color: 3, values: days.map(({ scope }) => scope.tasks) },
            { name: reportsTexts.done, color: 1, values: days.map(({ done }) => done.tasks) },
            { name: reportsTexts.remaining, color: 2, values: days.map(({ remaining }) => remaining.tasks) },
          ]}
        />
      )}
    </Report>
  );
}
