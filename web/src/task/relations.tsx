import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { Link } from "wouter";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { saysOf } from "../ui/form.tsx";
import type { TaskProps } from "./task-props.ts";
import { Section } from "../ui/section.tsx";
import { useAnswer } from "./use-answer.ts";

type Relation = RouterOutputs["relations"]["get"]["relations"][number];

const NAMES = ["blocks", "blocked-by", "relates", "duplicates", "duplicated-by"] as const satisfies Relation["name"][];
const CHANGES = ["relation.created", "relation.deleted", "task.updated", "task.moved"] as const;
const MOST_FOUND = 6;

/** What a task is to others: each leads there. */
export function Relations(props: TaskProps) {
  const { board, card, may, change } = props;
  const { relations } = useTrestle();
  const [isAdding, setAdding] = useState(false);
  const at = { boardId: board.boardId, taskId: card.id };
  const answer = useAnswer(props, { name: "relations", changedBy: CHANGES, ask: () => relations.get.query(at) });
  const canEdit = may("task:update");
  if (!answer || (answer.relations.length === 0 && !canEdit)) return null;
  return (
    <Section title={texts.task.relations}>
      <ul className="flex flex-col gap-1">
        {answer.relations.map(({ id, name, task }) => (
          <li key={id} className="flex items-center gap-2">
            <span className="text-sm text-quiet">{texts.task.relation[name]}</span>
            <Link
              to={`/boards/${task.boardId}/tasks/${task.id}`}
              className={`min-w-0 flex-1 truncate text-accent underline ${isOver(task) ? "line-through" : ""}`}
            >
              {task.key} {task.title}
            </Link>
            {canEdit && (
              <Button
                look="quiet"
                className="min-h-6 px-2 py-0"
                aria-label={texts.task.deleteRelation(task.title)}
                onClick={() => change({ done: relations.delete.mutate({ ...at, relationId: id }) })}
              >
                ×
              </Button>
            )}
          </li>
        ))}
      </ul>
      {isAdding && <NewRelation {...props} onDone={() => setAdding(false)} />}
      {canEdit && !isAdding && (
        <Button className="self-start" onClick={() => setAdding(true)}>
          {texts.task.addRelation}
        </Button>
      )}
    </Section>
  );
}

function isOver({ state, stateGroup }: Relation["task"]): boolean {
  return state !== "open" || stateGroup === "completed" || stateGroup === "cancelled";
}

/** First what it is, then to which task: the one that is chosen of those found is related at once. */
function NewRelation({ state, board, card, change, onDone }: TaskProps & { onDone: () => void }) {
  const { relations, tasks } = useTrestle();
  const [name, setName] = useState<Relation["name"]>("blocked-by");
  const [text, setText] = useState("");
  const filter = useDeferredValue(text.trim());
  const { orgId } = state.board;
  const { data, error } = useQuery({
    queryKey: ["related", orgId, filter],
    enabled: filter !== "",
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => tasks.search.query({ orgId, filter, limit: MOST_FOUND + 1 }, { signal }),
  });
  const found = filter === "" || error ? [] : (data?.items ?? []).filter(({ id }) => id !== card.id);
  return (
    <div className="flex flex-col gap-3 rounded-md border border-line p-3">
      <SelectField
        label={texts.task.relationName}
        value={name}
        onChange={(event) => setName(NAMES.find((known) => known === event.target.value) ?? "relates")}
      >
        {NAMES.map((known) => (
          <option key={known} value={known}>
            {texts.task.relation[known]}
          </option>
        ))}
      </SelectField>
      <TextField
        label={texts.task.otherTask}
        value={text}
        placeholder={texts.search.hint}
        wrong={error && filter !== "" ? saysOf(error) : undefined}
        onChange={(event) => setText(event.target.value)}
      />
      <ul aria-label={texts.search.results} className="flex flex-col">
        {found.slice(0, MOST_FOUND).map((task) => (
          <li key={task.id}>
            <Button
              look="quiet"
              className="w-full text-left wrap-anywhere"
              onClick={() => {
                const ends = { boardId: board.boardId, taskId: card.id, otherTaskId: task.id };
                change({ done: relations.create.mutate({ ...ends, name }).then(onDone) });
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
