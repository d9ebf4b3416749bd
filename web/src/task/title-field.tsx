import { useState } from "react";
import { texts } from "../texts.ts";

interface Props {
  readonly title: string;
  readonly canEdit: boolean;
  readonly onSave: (title: string) => void;
}

/** A title that is written over: Enter and leaving it save, Escape takes it back. */
export function TitleField({ title, canEdit, onSave }: Props) {
  const [text, setText] = useState(title);
  if (!canEdit) return <h2 className="flex-1 pt-1 text-lg font-semibold wrap-anywhere">{title}</h2>;
  return (
    <textarea
      aria-label={texts.task.title}
      value={text}
      rows={1}
      maxLength={500}
      onChange={(event) => setText(event.target.value.replaceAll("\n", " "))}
      onBlur={() => {
        if (text.trim() === "") setText(title);
        else if (text.trim() !== title) onSave(text.trim());
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) {
          event.preventDefault();
          event.currentTarget.blur();
        }
        if (event.key === "Escape" && text !== title) {
          // The panel stays open.
          event.stopPropagation();
          event.preventDefault();
          setText(title);
        }
      }}
      className="field-sizing-content flex-1 resize-none rounded-md border border-transparent bg-transparent px-1.5 py-0.5 text-lg font-semibold hover:border-line focus:border-line"
    />
  );
}
