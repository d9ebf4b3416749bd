import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { kindSays, type RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant } from "../texts.ts";
import { rulesTexts } from "../texts/rules.ts";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";

type Result = RouterOutputs["rules"]["preview"]["results"][number];

interface Props {
  readonly orgId: string;
  readonly rule: { readonly id: string; readonly name: string };
}

/** When a rule ran and what came of it, looked at once that is asked for. */
export function RuleRuns(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)} className="text-sm">
      <summary className="text-quiet">{rulesTexts.runs(props.rule.name)}</summary>
      {isOpen && <Runs {...props} />}
    </details>
  );
}

function Runs({ orgId, rule }: Props) {
  const { rules } = useTrestle();
  const ruleId = rule.id;
  const list = useInfiniteQuery({
    queryKey: ["rule-runs", ruleId],
    ...PAGES,
    queryFn: ({ pageParam }) => rules.runs.query({ orgId, ruleId, cursor: pageParam, limit: 20 }),
  });
  const all = list.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      {all?.length === 0 && <p className="mt-1">{rulesTexts.noRuns}</p>}
      <ul className="mt-1 flex flex-col gap-1">
        {all?.map(({ id, createdAt, outcome, reason, taskIds, results }) => (
          <li key={id}>
            {shownInstant(createdAt)} · {rulesTexts.tasks(taskIds.length)} · {rulesTexts.outcomes[outcome]}
            {reason !== null && `: ${SKIPS.get(reason) ?? reason}`}
            <Results results={results.filter((result) => result.outcome === "refused")} />
          </li>
        ))}
      </ul>
      <MoreButton {...list} />
    </>
  );
}

/** Why a rule did not run, in words, by the code of the reason. */
const SKIPS: ReadonlyMap<string, string> = new Map(Object.entries(rulesTexts.skips));

/** What became, or would, of the actions of a rule. */
export function Results({ results }: { results: readonly Result[] }) {
  return (
    <ul className="ml-4 list-disc">
      {results.map(({ do: name, outcome, kind }, index) => (
        // Their order is their name.
        <li key={index} className={outcome === "refused" ? "text-danger" : ""}>
          {rulesTexts.actions[name]}: {kind === null ? rulesTexts.outcomes[outcome] : kindSays(kind)}
        </li>
      ))}
    </ul>
  );
}
