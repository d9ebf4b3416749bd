import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { rulesTexts } from "../texts/rules.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { SelectField } from "../ui/field.tsx";
import { failureOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { RuleForm } from "./rule-form.tsx";
import { RuleRuns } from "./rule-runs.tsx";
import type { Rule } from "./rule-shapes.ts";
import { PAGES } from "../ui/pages.ts";

/** What happens of itself in the projects of an organisation. */
export function RulesPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="rules">
      {(found) => <Rules {...found} />}
    </OrgFrame>
  );
}

function Rules({ org, may }: InOrg) {
  const [chosen, setChosen] = useState<string>();
  const projects = org.projects.filter(({ state }) => state === "open");
  const projectId = chosen ?? projects[0]?.id;
  return (
    <>
      <h1 className="text-xl font-semibold wrap-anywhere">{rulesTexts.title(org.org.name)}</h1>
      <p className="text-quiet">{rulesTexts.says}</p>
      {projectId === undefined ? (
        <p>{rulesTexts.noProject}</p>
      ) : (
        <>
          <SelectField label={rulesTexts.project} value={projectId} onChange={(event) => setChosen(event.target.value)}>
            {projects.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectField>
          <RulesOf key={projectId} org={org} may={may} projectId={projectId} />
        </>
      )}
    </>
  );
}

function RulesOf({ org, may, projectId }: InOrg & { projectId: string }) {
  const { rules } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [changed, setChanged] = useState<Rule | "new">();
  const orgId = org.org.id;
  const list = useInfiniteQuery({
    queryKey: ["rules", projectId],
    ...PAGES,
    queryFn: ({ pageParam }) => rules.list.query({ orgId, projectId, cursor: pageParam }),
  });
  const change = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      await list.refetch();
    });
  const saved = async () => {
    setChanged(undefined);
    await list.refetch();
  };
  if (changed) {
    return (
      <RuleForm
        org={org}
        projectId={projectId}
        rule={changed === "new" ? undefined : changed}
        onSaved={saved}
        onClose={() => setChanged(undefined)}
      />
    );
  }
  const all = list.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      {all?.length === 0 && <p>{rulesTexts.none}</p>}
      <ul className="flex flex-col gap-3">
        {all?.map((rule) => (
          <li key={rule.id} className="flex flex-col gap-2 rounded-md border border-line bg-surface p-3">
            <div className="flex flex-wrap items-center gap-3">
              <span className="min-w-36 flex-1 wrap-anywhere">
                {rule.name}
                <span className="block text-sm text-quiet">
                  {rulesTexts.when} {rulesTexts.triggers[rule.trigger.on]} →{" "}
                  {rule.actions.map((action) => rulesTexts.actions[action.do]).join(", ")}
                </span>
              </span>
              {may("rule:update") ? (
                <input
                  type="checkbox"
                  aria-label={rulesTexts.isOn(rule.name)}
                  checked={rule.state === "on"}
                  onChange={(event) => {
                    const state = event.target.checked ? "on" : "off";
                    change(() => rules.update.mutate({ orgId, ruleId: rule.id, state }));
                  }}
                  className="size-4 accent-accent"
                />
              ) : (
                <span className="text-quiet">{rulesTexts.states[rule.state]}</span>
              )}
              {may("rule:update") && (
                <Button aria-label={rulesTexts.change(rule.name)} onClick={() => setChanged(rule)}>
                  {rulesTexts.changeIt}
                </Button>
              )}
              {may("rule:delete") && (
                <AskedButton
                  label={rulesTexts.remove(rule.name)}
                  action={rulesTexts.removeIt}
                  says={rulesTexts.removeSays}
                  onSure={() => change(() => rules.delete.mutate({ orgId, ruleId: rule.id }))}
                />
              )}
            </div>
            {rule.stopReason !== null && <p className="text-danger">{rulesTexts.stops[rule.stopReason]}</p>}
            <RuleRuns orgId={orgId} rule={rule} />
          </li>
        ))}
      </ul>
      <MoreButton {...list} />
      <Trouble says={trouble ?? failureOf(list.error)} />
      {may("rule:create") && (
        <Button className="self-start" onClick={() => setChanged("new")}>
          {rulesTexts.create}
        </Button>
      )}
      {dialog}
    </>
  );
}
