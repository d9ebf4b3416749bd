import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { saysOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Wide } from "../ui/wide.tsx";
import { type InOrg, OrgFrame } from "./org-frame.tsx";
import { PAGES } from "../ui/pages.ts";

/** What was done and refused in an organisation. */
export function AuditPage({ orgId }: { orgId: string }) {
  return (
    <OrgFrame orgId={orgId} screen="audit">
      {(found) => <Audit {...found} />}
    </OrgFrame>
  );
}

const ALL = "all";
const OUTCOMES = [ALL, "done", "refused"] as const;
type Outcome = (typeof OUTCOMES)[number];

function Audit({ org }: InOrg) {
  const { audit } = useTrestle();
  const [actorId, setActorId] = useState("");
  const [outcome, setOutcome] = useState<Outcome>(ALL);
  const [typed, setTyped] = useState("");
  const action = useDeferredValue(typed.trim());
  const orgId = org.org.id;
  const asked = {
    ...(actorId !== "" && { actorId }),
    ...(action !== "" && { action }),
    ...(outcome !== ALL && { outcome }),
  };
  const list = useInfiniteQuery({
    queryKey: ["audit", orgId, asked],
    ...PAGES,
    queryFn: ({ pageParam }) => audit.list.query({ orgId, ...asked, cursor: pageParam, limit: 50 }),
    placeholderData: keepPreviousData,
  });
  const names = new Map(org.members.map(({ userId, name }) => [userId, name]));
  const records = list.data?.pages.flatMap(({ items }) => items);
  return (
    <>
      <h1 className="text-xl font-semibold wrap-anywhere">{orgTexts.audit.title(org.org.name)}</h1>
      <div className="grid gap-3 sm:grid-cols-3">
        <SelectField label={orgTexts.audit.person} value={actorId} onChange={(event) => setActorId(event.target.value)}>
          <option value="">{orgTexts.audit.everybody}</option>
          {org.members.map(({ userId, name }) => (
            <option key={userId} value={userId}>
              {name}
            </option>
          ))}
        </SelectField>
        <SelectField
          label={orgTexts.audit.outcome}
          value={outcome}
          onChange={(event) => setOutcome(OUTCOMES.find((one) => one === event.target.value) ?? ALL)}
        >
          {OUTCOMES.map((one) => (
            <option key={one} value={one}>
              {orgTexts.audit.outcomes[one]}
            </option>
          ))}
        </SelectField>
        <TextField
          label={orgTexts.audit.action}
          hint={orgTexts.audit.actionHint}
          value={typed}
          maxLength={100}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <Trouble says={list.error ? saysOf(list.error) : undefined} />
      {records?.length === 0 && <p>{orgTexts.audit.nothing}</p>}
      {records && records.length > 0 && (
        <Wide label={orgTexts.screens.audit}>
          <table className="w-full text-left text-sm">
            <thead>
              <tr className="text-quiet">
                {(["when", "who", "what", "outcome", "where"] as const).map((head) => (
                  <th key={head} scope="col" className="px-2 py-1 font-medium">
                    {orgTexts.audit[head]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {records.map(({ id, at, actorId: by, action: what, outcome: came, reason, times, address }) => (
                <tr key={id} className="border-t border-line">
                  <td className="px-2 py-1 whitespace-nowrap">{shownInstant(at)}</td>
                  <td className="px-2 py-1 wrap-anywhere">
                    {(by === null ? undefined : names.get(by)) ?? orgTexts.audit.unknown}
                  </td>
                  <td className="px-2 py-1 wrap-anywhere">
                    {what}
                    {times > 1 && ` ${orgTexts.audit.times(times)}`}
                  </td>
                  <td className={`px-2 py-1 ${came === "refused" ? "text-danger" : ""}`}>
                    {orgTexts.audit.outcomes[came]}
                    {reason !== null && <span className="block">{reason}</span>}
                  </td>
                  <td className="px-2 py-1">{address ?? orgTexts.audit.unknown}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      <MoreButton {...list} />
    </>
  );
}
