import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { kindSays } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { shownInstant } from "../texts.ts";
import { auditTexts } from "../texts/audit.ts";
import { orgTexts } from "../texts/organisation.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { failureOf } from "../ui/form.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { Wide } from "../ui/wide.tsx";
import { AuditExport } from "./audit-export.tsx";
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

const KINDS = [
  ALL,
  "org",
  "member",
  "invitation",
  "role",
  "project",
  "board",
  "share",
  "rule",
  "service",
  "key",
  "import",
  "audit",
] as const satisfies (keyof typeof auditTexts.kinds)[];
const WORDS: ReadonlyMap<string, string> = new Map(Object.entries(auditTexts.actions));

function Audit({ org, may }: InOrg) {
  const { audit } = useTrestle();
  const [kind, setKind] = useState<(typeof KINDS)[number]>(ALL);
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [actorId, setActorId] = useState("");
  const [outcome, setOutcome] = useState<Outcome>(ALL);
  const [typed, setTyped] = useState("");
  const action = useDeferredValue(typed.trim());
  const orgId = org.org.id;
  const asked = {
    ...(actorId !== "" && { actorId }),
    ...(action !== "" && { action }),
    ...(outcome !== ALL && { outcome }),
    ...(kind !== ALL && { objectKind: kind }),
    ...(from !== "" && { from: startOf(from) }),
    ...(to !== "" && { to: startOf(to, 1) }),
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
          list="audited"
          value={typed}
          maxLength={100}
          onChange={(event) => setTyped(event.target.value)}
        />
        <datalist id="audited">
          {[...WORDS].map(([action, says]) => (
            <option key={action} value={action}>
              {says}
            </option>
          ))}
        </datalist>
        <SelectField
          label={auditTexts.kind}
          value={kind}
          onChange={(event) => setKind(KINDS.find((one) => one === event.target.value) ?? ALL)}
        >
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {auditTexts.kinds[one]}
            </option>
          ))}
        </SelectField>
        <TextField label={auditTexts.from} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
        <TextField label={auditTexts.to} type="date" value={to} onChange={(event) => setTo(event.target.value)} />
      </div>
      <Trouble says={failureOf(list.error)} />
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
                  <td className="min-w-24 px-2 py-1 wrap-anywhere">
                    {(by === null ? undefined : names.get(by)) ?? orgTexts.audit.unknown}
                  </td>
                  <td className="min-w-44 px-2 py-1 wrap-anywhere">
                    {WORDS.get(what) ?? what}
                    {times > 1 && ` ${orgTexts.audit.times(times)}`}
                    {WORDS.has(what) && <code className="block text-xs text-quiet">{what}</code>}
                  </td>
                  <td className={`px-2 py-1 ${came === "refused" ? "text-danger" : ""}`}>
                    {orgTexts.audit.outcomes[came]}
                    {reason !== null && <span className="block">{reasonSays(reason)}</span>}
                  </td>
                  <td className="px-2 py-1">{address ?? orgTexts.audit.unknown}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      <MoreButton {...list} />
      {may("audit:export") && <AuditExport orgId={orgId} />}
    </>
  );
}

/** When a day begins here, or the one so many days later. */
function startOf(day: string, later = 0): string {
  const start = new Date(`${day}T00:00`);
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

/** Why something was refused: in words, or, of a kind that is newer than this page, its code. */
function reasonSays(reason: string): string {
  if (reason === "several") return auditTexts.several;
  const says = kindSays(reason);
  return says === kindSays("INTERNAL") ? reason : says;
}
