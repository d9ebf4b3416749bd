interface Props {
  /** What it is the name of. */
  readonly label: string;
  readonly name: string;
  readonly maxLength: number;
  readonly readOnly?: boolean;
  readonly mayBeEmpty?: boolean;
  readonly onSave: (name: string) => void;
}

/** A name that is written over where it stands: leaving it and Enter save, Escape puts back what there was. */
export function NameInput({ label, name, maxLength, readOnly = false, mayBeEmpty = false, onSave }: Props) {
  return (
    <input
      key={name}
      aria-label={label}
      defaultValue={name}
      maxLength={maxLength}
      readOnly={readOnly}
      onBlur={({ target }) => {
        const said = target.value.trim();
        if (said === "" && !mayBeEmpty) target.value = name;
        else if (said !== name) onSave(said);
      }}
      onKeyDown={({ key, currentTarget, nativeEvent }) => {
        if (nativeEvent.isComposing) return;
        if (key === "Escape") currentTarget.value = name;
        if (key === "Enter" || key === "Escape") currentTarget.blur();
      }}
      className="min-h-8 min-w-24 flex-1 rounded-md border border-line bg-surface px-2 py-1"
    />
  );
}
