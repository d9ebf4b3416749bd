import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { FoundTask } from "../../../client/index.ts";
import { useInbox, useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { saysOf } from "../ui/form.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";

/** So many organisations are searched at once, and so many tasks of each are shown. */
const MOST_ORGS = 5;
const MOST_FOUND = 8;

/** Finds tasks by what is typed. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const { found, wrong, isFetching } = useFound(text);
  const open = (task: FoundTask | undefined) => {
    if (!task) return;
    onClose();
    go(`/boards/${task.boardId}/tasks/${task.id}`);
  };
  const current = Math.min(at, found.length - 1);
  return (
    <>
      <input
        ref={field}
        role="combobox"
        aria-label={texts.search.title}
        aria-expanded={found.length > 0}
        aria-controls={listId}
        aria-activedescendant={current >= 0 ? `${listId}-${String(current)}` : undefined}
        placeholder={texts.search.hint}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (step !== undefined && found.length > 0) {
            event.preventDefault();
            setAt((current + step + found.length) % found.length);
          }
          if (event.key === "Enter") open(found[current]);
        }}
        className="w-full rounded-md border border-line bg-surface px-3 py-2 placeholder:text-quiet"
      />
      <p role="status" className={`mt-2 text-sm ${wrong === undefined ? "text-quiet" : "text-danger"}`}>
        {wrong ??
          (text.trim() === "" ? texts.search.says : isFetching ? texts.loading : texts.search.found(found.length))}
      </p>
      <div
        id={listId}
        role="listbox"
        aria-label={texts.search.results}
        className="mt-2 flex max-h-[60vh] flex-col overflow-y-auto"
      >
        {found.map((task, index) => (
          <button
            key={task.id}
            type="button"
            role="option"
            tabIndex={-1}
            id={`${listId}-${String(index)}`}
            aria-selected={index === current}
            onClick={() => open(task)}
            className={`rounded-md px-3 py-2 text-left wrap-anywhere ${index === current ? "bg-ground" : ""}`}
          >
            <span className="block">{task.title}</span>
            <span className="text-sm text-quiet">
              {task.key} · {task.boardName} · {task.columnName}
            </span>
          </button>
        ))}
      </div>
    </>
  );
}

function useFound(text: string): { found: readonly FoundTask[]; wrong: string | undefined; isFetching: boolean } {
  const { tasks } = useTrestle();
  const home = useInbox();
  const filter = useDeferredValue(text.trim());
  const orgIds = home?.orgs.slice(0, MOST_ORGS).map(({ id }) => id) ?? [];
  const { data, error, isFetching } = useQuery({
    queryKey: ["search", orgIds, filter],
    enabled: filter !== "" && orgIds.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => {
      const timeZone = ownTimeZone();
      const ask = (orgId: string) => tasks.search.query({ orgId, filter, timeZone, limit: MOST_FOUND }, { signal });
      return (await Promise.all(orgIds.map(ask))).flatMap(({ items }) => items);
    },
  });
  if (filter === "") return { found: [], wrong: undefined, isFetching: false };
  return {
    found: error ? [] : (data ?? []),
    wrong: error ? saysOf(error) : undefined,
    isFetching,
  };
}
