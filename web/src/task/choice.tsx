import type { ReactNode } from "react";
import { texts } from "../texts.ts";

interface ChoiceProps<Option extends { readonly id: string }> {
  readonly label: string;
  readonly chosen: readonly string[];
  readonly options: readonly Option[];
  readonly canEdit: boolean;
  readonly onChange: (chosen: string[]) => void;
  readonly show: (option: Option) => ReactNode;
  readonly children?: ReactNode;
}

/** Some of several: those that are chosen, and behind a press the rest. */
export function Choice<Option extends { readonly id: string }>({
  label,
  chosen,
  options,
  canEdit,
  onChange,
  show,
  children,
}: ChoiceProps<Option>) {
  const among = new Set(chosen);
  const shown = options.filter(({ id }) => among.has(id));
  return (
    <div className="flex flex-col gap-1">
      <span className="text-sm font-medium">{label}</span>
      <ul className="flex flex-wrap gap-1.5">
        {shown.map((option) => (
          <li key={option.id}>{show(option)}</li>
        ))}
      </ul>
      {canEdit && (
        <details className="rounded-md border border-line">
          <summary className="px-2 py-1 text-sm text-quiet">{`${texts.task.edit} ${label}`}</summary>
          <fieldset className="flex max-h-56 flex-col gap-1 overflow-y-auto border-t border-line p-2">
            <legend className="sr-only">{label}</legend>
            {options.map((option) => (
              <label key={option.id} className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={among.has(option.id)}
                  onChange={({ target: { checked } }) =>
                    onChange(checked ? [...chosen, option.id] : chosen.filter((id) => id !== option.id))
                  }
                />
                {show(option)}
              </label>
            ))}
            {children}
          </fieldset>
        </details>
      )}
    </div>
  );
}
