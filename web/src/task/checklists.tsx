import { useState } from "react";
import type { CheckItem } from "../../../client/index.ts";
import { useChecklists, useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";

export function Checklists({ board, card, may, change }: TaskProps) {
  const trestle = useTrestle();
  const at = { boardId: board.boardId, taskId: card.id };
  const opened = useChecklists(board, card.id);
  const canEdit = may("task:update");
  if (!opened || (opened.checklists.length === 0 && !canEdit)) return null;
  const set = (item: CheckItem, isDone: boolean) =>
    change({ done: trestle.checkItems.update.mutate({ ...at, itemId: item.id, state: isDone ? "done" : "open" }) });
  return (
    <Section title={texts.task.checklists}>
      {opened.checklists.map(({ id: checklistId, name }) => (
        <div key={checklistId} className="flex flex-col gap-1">
          <h4 className="font-medium">{name}</h4>
          <ul>
            {opened.items
              .filter((item) => item.checklistId === checklistId)
              .map((item) => (
                <li key={item.id} className="group flex items-center gap-2">
                  <label className="flex flex-1 items-start gap-2 py-0.5">
                    <input
                      type="checkbox"
                      className="mt-1"
                      checked={item.state === "done"}
                      disabled={!canEdit}
                      onChange={(event) => set(item, event.target.checked)}
                    />
                    <span className={item.state === "done" ? "text-quiet line-through" : ""}>{item.text}</span>
                  </label>
                  {canEdit && (
                    <Button
                      look="quiet"
                      className="min-h-6 px-2 py-0"
                      aria-label={texts.task.deleteItem(item.text)}
                      onClick={() => change({ done: trestle.checkItems.delete.mutate({ ...at, itemId: item.id }) })}
                    >
                      ×
                    </Button>
                  )}
                </li>
              ))}
          </ul>
          {canEdit && (
            <AddLine
              label={texts.task.itemText}
              action={texts.task.addItem}
              onAdd={(text) => trestle.checkItems.create.mutate({ ...at, checklistId, text })}
              change={change}
            />
          )}
        </div>
      ))}
      {canEdit && (
        <AddLine
          label={texts.task.checklistName}
          action={texts.task.addChecklist}
          onAdd={(name) => trestle.checklists.create.mutate({ ...at, name })}
          change={change}
        />
      )}
    </Section>
  );
}

interface LineProps {
  readonly label: string;
  readonly action: string;
  readonly onAdd: (text: string) => Promise<unknown>;
  readonly change: TaskProps["change"];
}

/** One more line of a list. What is refused comes back, unless something else was written meanwhile. */
function AddLine({ label, action, onAdd, change }: LineProps) {
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
