import { type ReactNode, useState } from "react";
import type { HomeOrg } from "../../../client/index.ts";
import { useInbox } from "../../../client/react/index.ts";
import { accountTexts } from "../texts/account.ts";
import { SelectField } from "../ui/field.tsx";
import { Section } from "../ui/section.tsx";

interface Props {
  readonly title: string;
  readonly says: string;
  /** Which organisations it is about; all, unless it says so. */
  readonly isMeant?: (org: HomeOrg) => boolean;
  readonly children: (orgId: string) => ReactNode;
}

/** What somebody has in each of their organisations, one at a time; nothing, where they are in none. */
export function OrgChoice({ title, says, isMeant = () => true, children }: Props) {
  const home = useInbox();
  const orgs = (home?.orgs ?? []).filter(isMeant);
  const [chosen, setChosen] = useState<string>();
  const orgId = orgs.find(({ id }) => id === chosen)?.id ?? orgs[0]?.id;
  if (orgId === undefined) return null;
  return (
    <Section level={2} title={title}>
      <p className="text-quiet">{says}</p>
      {orgs.length > 1 && (
        <SelectField label={accountTexts.org} value={orgId} onChange={(event) => setChosen(event.target.value)}>
          {orgs.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
      {children(orgId)}
    </Section>
  );
}
