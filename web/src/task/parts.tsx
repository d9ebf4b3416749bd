import { useState } from "react";
import { Link } from "wouter";
import { type Card, countSubtasks } from "../../../client/index.ts";
import { doneIn } from "../board/done.ts";
import { texts } from "../texts.ts";
import { taskTexts } from "../texts/task.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Section } from "../ui/section.tsx";
import { AddLine } from "./add-line.tsx";
import { columnOfNewParts, columnWhen } from "./part-columns.ts";
import type { TaskProps } from "./task-props.ts";

const MOST_FOUND = 6;

/** What a task is made of, and how much of that is done; each part is a task of the board, and leads there. */
export function Parts(props: TaskProps) {
  const { state, board, card, may, change } = props;
  const [isFinding, setFinding] = useState(false);
  const parts = state.tasks.filter(({ parentId }) => parentId === card.id);
  const columnId = columnOfNewParts(state.columns);
  const canAdd = may("task:create") && columnId !== undefined;
  if (parts.length === 0 && card.parentId === null && !canAdd) return null;
  const progress = countSubtasks(state).get(card.id);
  return (
    <Section title={taskTexts.parts}>
      {card.parentId !== null && <Parent {...props} />}
      {progress && (
        <div className="flex items-center gap-2 text-sm text-quiet">
          <progress
            aria-label={taskTexts.parts}
            value={progress.done}
            max={Math.max(1, progress.total)}
            className="h-1.5 w-32 appearance-none overflow-hidden rounded bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
          />
          {taskTexts.partsDone(progress.done, progress.total)}
        </div>
      )}
      <ul className="flex flex-col gap-1">
        {parts.map((part) => (
          <Part key={part.id} part={part} {...props} />
        ))}
      </ul>
      {canAdd && (
        <AddLine
          label={taskTexts.partTitle}
          action={taskTexts.addPart}
          onAdd={(title) => board.createTask({ columnId, title, parentId: card.id }).done}
          change={change}
        />
      )}
      {isFinding && <ExistingPart {...props} onDone={() => setFinding(false)} />}
      {may("task:update") && !isFinding && (
        <Button look="quiet" className="self-start" onClick={() => setFinding(true)}>
          {taskTexts.existingPart}
        </Button>
      )}
    </Section>
  );
}

function Parent({ state, board, card, may, change }: TaskProps) {
  const parent = state.tasks.find(({ id }) => id === card.parentId);
  return (
    <p className="flex items-center gap-2">
      <span className="text-sm text-quiet">{taskTexts.partOf}</span>
      {parent ? <TaskLink task={parent} boardId={board.boardId} /> : <span>{taskTexts.partOfHidden}</span>}
      {may("task:update") && (
        <RemoveButton
          label={taskTexts.detachSelf}
          onClick={() => change(board.updateTask({ taskId: card.id, parentId: null }))}
        />
      )}
    </p>
  );
}

function Part({ part, state, board, may, change }: TaskProps & { readonly part: Card }) {
  const isDone = doneIn(state.columns)(part.columnId);
  const goesTo = columnWhen(state.columns, !isDone);
  return (
    <li className="flex items-center gap-2">
      <input
        type="checkbox"
        aria-label={taskTexts.partDone(part.title)}
        checked={isDone}
        disabled={!may("task:move") || goesTo === undefined}
        onChange={() => {
          if (goesTo !== undefined) change(board.move({ taskId: part.id, columnId: goesTo }));
        }}
      />
      <TaskLink task={part} boardId={board.boardId} isOver={isDone} />
      <span className="hidden text-sm text-quiet sm:inline">
        {state.columns.find(({ id }) => id === part.columnId)?.name}
      </span>
      {may("task:update") && (
        <RemoveButton
          label={taskTexts.detach(part.title)}
          onClick={() => change(board.updateTask({ taskId: part.id, parentId: null }))}
        />
      )}
    </li>
  );
}

function TaskLink({ task, boardId, isOver = false }: { task: Card; boardId: string; isOver?: boolean }) {
  return (
    <Link
      to={`/boards/${boardId}/tasks/${task.id}`}
      className={`min-w-0 flex-1 truncate text-accent ${isOver ? "line-through" : "underline"}`}
    >
      {task.key} {task.title}
    </Link>
  );
}

function RemoveButton({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <Button look="quiet" className="min-h-6 px-2 py-0" aria-label={label} title={label} onClick={onClick}>
      ×
    </Button>
  );
}

/** A task of the board that is chosen by what is typed becomes a part at once. */
function ExistingPart({ state, board, card, change, onDone }: TaskProps & { readonly onDone: () => void }) {
  const [text, setText] = useState("");
  const found = text.trim() === "" ? [] : candidates(state.tasks, card, text.trim().toLowerCase());
  return (
    <div className="flex flex-col gap-3 rounded-md border border-line p-3">
      <TextField
        label={taskTexts.findPart}
        placeholder={taskTexts.findHint}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <ul aria-label={texts.search.results} className="flex flex-col">
        {found.map((task) => (
          <li key={task.id}>
            <Button
              look="quiet"
              className="w-full text-left wrap-anywhere"
              onClick={() => {
                change(board.updateTask({ taskId: task.id, parentId: card.id }));
                onDone();
              }}
            >
              {task.key} {task.title}
            </Button>
          </li>
        ))}
      </ul>
      <Button look="quiet" className="self-start" onClick={onDone}>
        {texts.cancel}
      </Button>
    </div>
  );
}

/** Those that are called like it, and neither the task itself, nor a part of it, nor what it is a part of. */
function candidates(tasks: readonly Card[], card: Card, words: string): Card[] {
  const above = new Set<string>();
  for (let at: Card | undefined = card; at && !above.has(at.id); at = parentOf(tasks, at)) above.add(at.id);
  const isOne = ({ id, parentId, key, title }: Card) =>
    parentId !== card.id && !above.has(id) && `${key} ${title}`.toLowerCase().includes(words);
  return tasks.filter(isOne).slice(0, MOST_FOUND);
}

function parentOf(tasks: readonly Card[], { parentId }: Card): Card | undefined {
  return parentId === null ? undefined : tasks.find(({ id }) => id === parentId);
}
