import { LABEL_COLORS } from "../../../client/index.ts";
import { COVERS } from "../board/colors.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";

type Color = (typeof LABEL_COLORS)[number];

interface Props {
  readonly label: string;
  readonly color: Color;
  readonly disabled?: boolean;
  readonly onChange: (color: Color) => void;
}

/** The colour of a label or option, beside its name. */
export function ColorSelect({ label, color, disabled = false, onChange }: Props) {
  return (
    <span className="flex items-center gap-1.5">
      <span aria-hidden="true" className={`size-4 shrink-0 rounded-full ${COVERS[color]}`} />
      <select
        aria-label={label}
        value={color}
        disabled={disabled}
        onChange={({ target }) => onChange(colorOf(target.value))}
        className="min-h-8 rounded-md border border-line bg-surface px-2 py-1"
      >
        <Colors />
      </select>
    </span>
  );
}

/** All that there are to choose from. */
export function Colors() {
  return LABEL_COLORS.map((color) => (
    <option key={color} value={color}>
      {boardSettingsTexts.colors[color]}
    </option>
  ));
}

export function colorOf(value: string): Color {
  return LABEL_COLORS.find((color) => color === value) ?? "gray";
}
