import { useId } from "react";
import { type LiveBoard, PRIORITIES, type Snapshot } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import type { May } from "./access.ts";

interface Props {
  readonly state: Snapshot;
  readonly board: LiveBoard;
  readonly taskIds: readonly string[];
  readonly may: May;
  readonly change: (change: { done: Promise<unknown> }) => void;
  readonly onClear: () => void;
}

/** What can be done with the tasks that are chosen: with all of them, or none. */
export function BulkBar({ state, board, taskIds, may, change, onClear }: Props) {
  const ids = [...taskIds];
  return (
    <div
      role="toolbar"
      aria-label={texts.list.selected(ids.length)}
      className="flex flex-wrap items-center gap-2 sm:flex-nowrap"
    >
      <span className="text-sm font-medium whitespace-nowrap max-sm:flex-1">{texts.list.selected(ids.length)}</span>
      <div className="flex gap-2 p-1 max-sm:order-last max-sm:w-full max-sm:overflow-x-auto sm:flex-wrap">
        {may("task:move") && (
          <Choose
            label={texts.list.moveTo}
            options={state.columns}
            onChoose={(columnId) => {
              const chosen = new Set(ids);
              const last = state.tasks.findLast((card) => card.columnId === columnId && !chosen.has(card.id));
              change(board.moveTasks({ taskIds: ids, columnId, after: last?.id ?? null }));
            }}
          />
        )}
        {may("task:update") && (
          <>
            <Choose
              label={texts.list.setPriority}
              options={PRIORITIES.map((id) => ({ id, name: texts.board.priority[id] }))}
              onChoose={(id) => {
                const priority = PRIORITIES.find((known) => known === id) ?? "none";
                change(board.updateTasks({ taskIds: ids, priority }));
              }}
            />
            <Choose
              label={texts.list.assign}
              options={state.members.map(({ userId, name }) => ({ id: userId, name }))}
              onChoose={(id) => change(board.updateTasks({ taskIds: ids, addAssigneeIds: [id] }))}
            />
            <Choose
              label={texts.list.addLabel}
              options={state.labels.map(({ id, name, color }) => ({ id, name: name === "" ? color : name }))}
              onChoose={(id) => change(board.updateTasks({ taskIds: ids, addLabelIds: [id] }))}
            />
          </>
        )}
        {may("task:archive") && (
          <Button className="whitespace-nowrap" onClick={() => change(board.archiveTasks({ taskIds: ids }))}>
            {texts.list.archive}
          </Button>
        )}
      </div>
      <Button look="quiet" className="whitespace-nowrap" onClick={onClear}>
        {texts.list.selectNone}
      </Button>
    </div>
  );
}

interface ChooseProps {
  readonly label: string;
  readonly options: readonly { readonly id: string; readonly name: string }[];
  readonly onChoose: (id: string) => void;
}

/** Does one of several things at once. */
function Choose({ label, options, onChoose }: ChooseProps) {
  const id = useId();
  if (options.length === 0) return null;
  return (
    <>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <select
        id={id}
        value=""
        onChange={(event) => onChoose(event.target.value)}
        className="min-h-8 max-w-36 rounded-md border border-line bg-surface px-2 py-1"
      >
        <option value="" disabled>
          {label}
        </option>
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.name}
          </option>
        ))}
      </select>
    </>
  );
}
