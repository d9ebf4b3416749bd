import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { OrgSnapshot, RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { shownDay, texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Trouble } from "../ui/trouble.tsx";
import type { MayInOrg } from "./org-frame.tsx";
import { PAGES } from "../ui/pages.ts";

interface Props {
  readonly orgId: string;
  readonly project: OrgSnapshot["projects"][number];
  readonly may: MayInOrg;
}

/** The milestones and sprints of a project, looked at once they are asked for. */
export function Plans(props: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="text-quiet">{orgTexts.projects.plans(props.project.name)}</summary>
      {isOpen && <ListedPlans {...props} />}
    </details>
  );
}

function ListedPlans({ orgId, project, may }: Props) {
  const { plans } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [added, setAdded] = useState(0);
  const [changed, setChanged] = useState<PlanWords>();
  const projectId = project.id;
  const list = useInfiniteQuery({
    queryKey: ["plans", projectId, "all"],
    ...PAGES,
    queryFn: ({ pageParam }) => plans.list.query({ orgId, projectId, cursor: pageParam }),
  });
  const all = list.data?.pages.flatMap(({ items }) => items);
  const change = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      await list.refetch();
    });
  const add = async (values: FormData) => {
    const kind = textOf(values, "kind") === "sprint" ? "sprint" : "milestone";
    await plans.create.mutate({ orgId, projectId, kind, ...wordsOf(values) });
    setAdded(added + 1);
    await list.refetch();
  };
  const save = async (planId: string, values: FormData) => {
    await plans.update.mutate({ orgId, planId, ...wordsOf(values) });
    await list.refetch();
    setChanged(undefined);
  };
  return (
    <div className="mt-2 flex flex-col gap-3">
      {all?.length === 0 && <p className="text-quiet">{orgTexts.projects.noPlans}</p>}
      <ul className="flex flex-col gap-2">
        {all?.map(({ id: planId, kind, name, startsOn, endsOn, state }) => (
          <li key={planId} className="flex flex-wrap items-center gap-2">
            <span className="min-w-36 flex-1 wrap-anywhere">
              {orgTexts.projects.kinds[kind]}: {name}
              <span className="block text-sm text-quiet">
                {[startsOn, endsOn].flatMap((day) => (day === null ? [] : [shownDay(day)])).join(" – ")}
                {state === "closed" && ` ${orgTexts.projects.closed}`}
              </span>
            </span>
            {may("plan:update") && (
              <Button
                aria-label={orgTexts.projects.changePlan(name)}
                onClick={() => setChanged({ id: planId, name, startsOn, endsOn })}
              >
                {orgTexts.projects.changePlanIt}
              </Button>
            )}
            {may("plan:update") && (
              <Button
                aria-label={state === "open" ? orgTexts.projects.close(name) : orgTexts.projects.open(name)}
                onClick={() =>
                  change(() => plans.update.mutate({ orgId, planId, state: state === "open" ? "closed" : "open" }))
                }
              >
                {state === "open" ? orgTexts.projects.closeIt : orgTexts.projects.openIt}
              </Button>
            )}
            {may("plan:delete") && (
              <AskedButton
                label={orgTexts.projects.remove(name)}
                action={orgTexts.projects.removeIt}
                says={orgTexts.projects.removePlanSays}
                onSure={() => change(() => plans.delete.mutate({ orgId, planId }))}
              />
            )}
          </li>
        ))}
      </ul>
      <MoreButton {...list} />
      {may("plan:create") && project.state === "open" && (
        <Form key={added} action={orgTexts.projects.addPlan} onSend={add}>
          {(wrong) => (
            <div className="grid gap-3 sm:grid-cols-2">
              <SelectField label={orgTexts.projects.planKind} name="kind">
                <option value="milestone">{orgTexts.projects.kinds.milestone}</option>
                <option value="sprint">{orgTexts.projects.kinds.sprint}</option>
              </SelectField>
              <PlanFields wrong={wrong} />
            </div>
          )}
        </Form>
      )}
      {changed && (
        <Dialog label={orgTexts.projects.changePlan(changed.name)} onClose={() => setChanged(undefined)}>
          <Form
            action={texts.save}
            onSend={(values) => save(changed.id, values)}
            onCancel={() => setChanged(undefined)}
          >
            {(wrong) => <PlanFields plan={changed} wrong={wrong} />}
          </Form>
        </Dialog>
      )}
      <Trouble says={trouble} />
      {dialog}
    </div>
  );
}

type PlanWords = Pick<RouterOutputs["plans"]["list"]["items"][number], "id" | "name" | "startsOn" | "endsOn">;

interface FieldsProps {
  /** The one that is changed; undefined: it is a new one. */
  readonly plan?: PlanWords;
  readonly wrong: Readonly<Record<string, string>>;
}

function PlanFields({ plan, wrong }: FieldsProps) {
  return (
    <>
      <TextField
        label={orgTexts.projects.planName}
        name="name"
        defaultValue={plan?.name}
        required
        maxLength={200}
        wrong={wrong["name"]}
      />
      <TextField
        label={orgTexts.projects.startsOn}
        name="startsOn"
        defaultValue={plan?.startsOn ?? undefined}
        type="date"
        wrong={wrong["startsOn"]}
      />
      <TextField
        label={orgTexts.projects.endsOn}
        name="endsOn"
        defaultValue={plan?.endsOn ?? undefined}
        type="date"
        wrong={wrong["endsOn"]}
      />
    </>
  );
}

function wordsOf(values: FormData) {
  const day = (name: string) => textOf(values, name) || null;
  return { name: textOf(values, "name"), startsOn: day("startsOn"), endsOn: day("endsOn") };
}
