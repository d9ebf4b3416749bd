import { type ComponentProps, type ReactNode, useId } from "react";

const INPUT = "w-full rounded-md border border-line bg-surface px-2.5 py-1.5 text-text placeholder:text-quiet";

interface Labelled {
  readonly label: string;
  /** What is to be known before one writes. */
  readonly hint?: string | undefined;
  /** What is wrong with it. */
  readonly wrong?: string | undefined;
}

export function TextField({ label, hint, wrong, ...props }: Labelled & ComponentProps<"input">) {
  return <Frame {...{ label, hint, wrong }}>{(own) => <input {...props} {...own} className={INPUT} />}</Frame>;
}

export function TextAreaField({ label, hint, wrong, ...props }: Labelled & ComponentProps<"textarea">) {
  return <Frame {...{ label, hint, wrong }}>{(own) => <textarea {...props} {...own} className={INPUT} />}</Frame>;
}

export function SelectField({ label, hint, wrong, ...props }: Labelled & ComponentProps<"select">) {
  return <Frame {...{ label, hint, wrong }}>{(own) => <select {...props} {...own} className={INPUT} />}</Frame>;
}

interface Own {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

function Frame({ label, hint, wrong, children }: Labelled & { children: (own: Own) => ReactNode }) {
  const id = useId();
  const says = wrong ?? hint;
  return (
    <div className="flex flex-col gap-1">
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, "aria-describedby": says && `${id}-says`, "aria-invalid": wrong !== undefined })}
      {says !== undefined && (
        <p id={`${id}-says`} className={`text-sm ${wrong === undefined ? "text-quiet" : "text-danger"}`}>
          {says}
        </p>
      )}
    </div>
  );
}
