import type { OrgSnapshot } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { orgTexts } from "../texts/organisation.ts";

type BuiltIn = OrgSnapshot["members"][number]["role"];

/** What the role of somebody is called: a custom one as the organisation named it. */
export function roleName(
  roles: OrgSnapshot["roles"],
  held: { readonly role: BuiltIn; readonly roleId: string | null },
): string {
  return roles.find(({ id }) => id === held.roleId)?.name ?? orgTexts.members.roles[held.role];
}

interface Props {
  /** Whose role it is. */
  readonly name: string;
  /** A built-in one, or the id of a custom one. */
  readonly value: string;
  readonly builtIn: readonly BuiltIn[];
  readonly custom: OrgSnapshot["roles"];
  readonly onChange: (role: string) => void;
}

export function RoleSelect({ name, value, builtIn, custom, onChange }: Props) {
  return (
    <select
      aria-label={texts.settings.roleOf(name)}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="min-h-8 max-w-full rounded-md border border-line bg-surface px-2 py-1"
    >
      <RoleOptions builtIn={builtIn} custom={custom} />
    </select>
  );
}

export function RoleOptions({ builtIn, custom }: Pick<Props, "builtIn" | "custom">) {
  return (
    <>
      {builtIn.map((role) => (
        <option key={role} value={role}>
          {orgTexts.members.roles[role]}
        </option>
      ))}
      {custom.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </>
  );
}
