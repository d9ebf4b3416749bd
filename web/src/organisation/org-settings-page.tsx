import { useState } from "react";
import { useLocation } from "wouter";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { shownInstant, texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { NameDialog } from "../ui/name-dialog.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useQuestion } from "../ui/use-question.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { useReadAgain } from "../home/org-queries.ts";

/** What an organisation is called and demands, and the ways out of it. */
export function OrgSettingsPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="settings">
      {(found) => <Settings {...found} />}
    </OrgFrame>
  );
}

function Settings({ org: { org }, may }: InOrg) {
  const { members, orgs } = useTrestle();
  const [, go] = useLocation();
  const { act, trouble, dialog } = useProof();
  const readAgain = useReadAgain();
  const [isSaved, setSaved] = useState(false);
  const { ask, question } = useQuestion();
  const [isDeleting, setDeleting] = useState(false);
  const { id: orgId, name, slug, factorDueAt } = org;
  const save = async (values: FormData) => {
    setSaved(false);
    await orgs.update.mutate({ orgId, name: textOf(values, "name"), slug: textOf(values, "slug") });
    readAgain();
    setSaved(true);
  };
  const demand = (from: "now" | null) => act(() => orgs.demandSecondFactor.mutate({ orgId, from }));
  const away = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      go("/");
    });
  const askToLeave = () =>
    ask({
      title: orgTexts.settings.leaveIt,
      says: orgTexts.settings.leaveSays,
      does: orgTexts.settings.leaveIt,
      onYes: () => away(() => members.leave.mutate({ orgId })),
    });
  return (
    <>
      <h1 className="text-xl font-semibold wrap-anywhere">{orgTexts.settings.title(name)}</h1>
      {may("org:update") && (
        <>
          <Form key={`${name} ${slug}`} action={texts.save} onSend={save}>
            {(wrong) => (
              <>
                <TextField
                  label={orgTexts.settings.name}
                  name="name"
                  defaultValue={name}
                  required
                  maxLength={100}
                  wrong={wrong["name"]}
                />
                <TextField
                  label={orgTexts.settings.slug}
                  name="slug"
                  defaultValue={slug}
                  required
                  maxLength={60}
                  wrong={wrong["slug"]}
                />
              </>
            )}
          </Form>
          <p role="status" className="empty:hidden">
            {isSaved ? orgTexts.settings.saved : ""}
          </p>
        </>
      )}
      <Trouble says={trouble} />
      {may("org:demand-factor") && (
        <Section level={2} title={orgTexts.settings.factor}>
          <p className="text-quiet">{orgTexts.settings.factorSays}</p>
          <p>
            {factorDueAt === null
              ? orgTexts.settings.factorNot
              : orgTexts.settings.factorDue(shownInstant(factorDueAt))}
          </p>
          <Button className="self-start" onClick={() => demand(factorDueAt === null ? "now" : null)}>
            {factorDueAt === null ? orgTexts.settings.demand : orgTexts.settings.demandNot}
          </Button>
        </Section>
      )}
      <Section level={2} title={orgTexts.settings.leave}>
        <p className="text-quiet">{orgTexts.settings.leaveSays}</p>
        <Button look="danger" className="self-start" onClick={askToLeave}>
          {orgTexts.settings.leaveIt}
        </Button>
      </Section>
      {may("org:delete") && (
        <Section level={2} title={orgTexts.settings.remove}>
          <p className="text-quiet">{orgTexts.settings.removeSays}</p>
          <Button look="danger" className="self-start" onClick={() => setDeleting(true)}>
            {orgTexts.settings.removeIt}
          </Button>
        </Section>
      )}
      {question}
      {isDeleting && (
        <NameDialog
          label={orgTexts.settings.removeIt}
          name={name}
          onClose={() => setDeleting(false)}
          onSure={() => {
            setDeleting(false);
            away(() => orgs.delete.mutate({ orgId }));
          }}
        />
      )}
      {dialog}
    </>
  );
}
