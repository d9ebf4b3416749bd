import { type Action, groupsOf } from "./actions.ts";

interface Props {
  readonly label: string;
  /** What may be chosen. */
  readonly actions: readonly Action[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: Action[]) => void;
}

/** What is allowed: in words, by what it is about, with the names that it has in the API. */
export function ActionChoice({ label, actions, chosen, onChange }: Props) {
  const toggle = (action: Action) => onChange(actions.filter((one) => chosen.includes(one) !== (one === action)));
  return (
    <fieldset>
      <legend className="text-sm font-medium">{label}</legend>
      <div className="mt-1 flex flex-col gap-3">
        {groupsOf(actions).map((group) => (
          <fieldset key={group.noun}>
            <legend className="text-sm text-quiet">{group.noun}</legend>
            <ul className="mt-0.5 grid grid-cols-[repeat(auto-fill,minmax(min(16rem,100%),1fr))] gap-x-4 gap-y-1">
              {group.actions.map(({ action, says }) => (
                <li key={action}>
                  <label className="flex items-baseline gap-1.5">
                    <input
                      type="checkbox"
                      checked={chosen.includes(action)}
                      onChange={() => toggle(action)}
                      className="translate-y-0.5 accent-accent"
                    />
                    <span className="min-w-0">
                      {says} <span className="font-mono text-xs text-quiet wrap-anywhere">{action}</span>
                    </span>
                  </label>
                </li>
              ))}
            </ul>
          </fieldset>
        ))}
      </div>
    </fieldset>
  );
}
