interface Props<Id extends string> {
  readonly label: string;
  readonly options: readonly { readonly id: Id; readonly name: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: Id[]) => void;
}

/** Some of several, in their order. */
export function CheckGroup<Id extends string>({ label, options, chosen, onChange }: Props<Id>) {
  const toggle = (id: Id) =>
    onChange(options.map((option) => option.id).filter((one) => chosen.includes(one) !== (one === id)));
  return (
    <fieldset>
      <legend className="text-sm font-medium">{label}</legend>
      <ul className="mt-1 flex flex-wrap gap-x-4 gap-y-1">
        {options.map(({ id, name }) => (
          <li key={id}>
            <label className="flex items-center gap-1.5">
              <input
                type="checkbox"
                checked={chosen.includes(id)}
                onChange={() => toggle(id)}
                className="accent-accent"
              />
              {name}
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
