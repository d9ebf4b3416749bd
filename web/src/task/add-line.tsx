import { useState } from "react";
import { Button } from "../ui/button.tsx";
import type { TaskProps } from "./task-props.ts";

interface LineProps {
  readonly label: string;
  readonly action: string;
  readonly onAdd: (text: string) => Promise<unknown>;
  readonly change: TaskProps["change"];
}

/** One more line of a list. What is refused comes back, unless something else was written meanwhile. */
export function AddLine({ label, action, onAdd, change }: LineProps) {
  const [text, setText] = useState("");
  const add = async (line: string) => {
    try {
      await onAdd(line);
    } catch (error) {
      setText((now) => (now === "" ? line : now));
      throw error;
    }
  };
  return (
    <form
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() === "") return;
        setText("");
        change({ done: add(text.trim()) });
      }}
    >
      <input
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="min-w-0 flex-1 rounded-md border border-line bg-surface px-2 py-1 placeholder:text-quiet"
      />
      <Button type="submit">{action}</Button>
    </form>
  );
}
