import type { CheckItem } from "../../../client/index.ts";
import { useChecklists, useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { Button } from "../ui/button.tsx";
import { AddLine } from "./add-line.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { columnOfNewParts } from "./part-columns.ts";

/** Lists of what is to be done; an item that outgrows its line becomes a part of the task. */
export function Checklists({ state, board, card, may, change }: TaskProps) {
  const trestle = useTrestle();
  const at = { boardId: board.boardId, taskId: card.id };
  const opened = useChecklists(board, card.id);
  const canEdit = may("task:update");
  const columnId = columnOfNewParts(state.columns);
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
                  {may("task:create") && columnId !== undefined && (
                    <Button
                      look="quiet"
                      className="min-h-6 px-2 py-0"
                      title={taskTexts.convert}
                      aria-label={taskTexts.convertItem(item.text)}
                      onClick={() =>
                        change({ done: trestle.checkItems.convert.mutate({ ...at, itemId: item.id, columnId }) })
                      }
                    >
                      ↳
                    </Button>
                  )}
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
