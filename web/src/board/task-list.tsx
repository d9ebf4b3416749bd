import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { Link } from "wouter";
import type { Card } from "../../../client/index.ts";
import { shownDay, shownInstant, texts } from "../texts.ts";
import { saysOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { BulkBar } from "./card-work.tsx";
import { inOrder, LIST_COLUMNS, type ListColumn, type ListOrder } from "./list-order.ts";
import { Spacer } from "./spacer.tsx";
import { searchWith } from "./look.ts";
import { MOST_CHOSEN, useChoice } from "./use-choice.ts";
import type { ViewProps } from "./view-props.ts";

const ROW_HEIGHT = 41;

/** The cards of a board as a table, to be ordered, and changed many at a time. */
export function TaskList({ state, shown, board, may, look, setLook }: ViewProps) {
  const { order } = look;
  const [refused, setRefused] = useState<string>();
  const scroller = useRef<HTMLElement>(null);
  const cards = useMemo(() => inOrder(state, shown, order), [state, shown, order]);
  const { chosen, taskIds, choose, toggle, clear } = useChoice(cards);
  const columns = useMemo(() => new Map(state.columns.map(({ id, name }) => [id, name])), [state.columns]);
  const people = useMemo(() => new Map(state.members.map(({ userId, name }) => [userId, name])), [state.members]);
  const rows = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => cards[index]?.id ?? index,
    overscan: 12,
  });
  const seen = rows.getVirtualItems();
  const [above, below] = [seen[0]?.start ?? 0, rows.getTotalSize() - (seen.at(-1)?.end ?? 0)];
  const canChoose = may("task:update") || may("task:move") || may("task:archive");
  const change = ({ done }: { done: Promise<unknown> }) => {
    setRefused(undefined);
    done.catch((error: unknown) => setRefused(saysOf(error)));
  };
  return (
    <main ref={scroller} className="min-h-0 flex-1 overflow-auto p-3">
      <Trouble says={refused} />
      {taskIds.length > 0 && (
        <div className="sticky top-0 left-0 z-10 mb-2 rounded-md border border-line bg-surface p-2">
          <BulkBar {...{ state, board, taskIds, may, change }} onClear={clear} />
        </div>
      )}
      <table aria-rowcount={cards.length + 1} className="w-full min-w-2xl text-left">
        <thead>
          <tr className="border-b border-line text-sm text-quiet">
            {canChoose && (
              <th scope="col" className="w-8 p-2">
                <input
                  type="checkbox"
                  aria-label={texts.list.selectAll}
                  checked={cards.length > 0 && taskIds.length === Math.min(cards.length, MOST_CHOSEN)}
                  onChange={(event) => choose(event.target.checked ? cards.map(({ id }) => id) : [])}
                />
              </th>
            )}
            <th scope="col" className="w-24 p-2 font-normal">
              {texts.list.key}
            </th>
            {LIST_COLUMNS.map((by) => (
              <SortHeader key={by} by={by} order={order} onOrder={(next) => setLook({ order: next })} />
            ))}
            <th scope="col" className="p-2 font-normal">
              {texts.task.assignees}
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {seen.map(({ index }) => {
            const card = cards[index];
            if (!card) return null;
            return (
              <tr key={card.id} aria-rowindex={index + 2} className="h-[41px] border-b border-line">
                {canChoose && (
                  <td className="p-2">
                    <input
                      type="checkbox"
                      aria-label={texts.list.select(card.title)}
                      checked={chosen.has(card.id)}
                      disabled={!chosen.has(card.id) && taskIds.length >= MOST_CHOSEN}
                      onChange={() => toggle(card.id)}
                    />
                  </td>
                )}
                <td className="p-2 text-sm whitespace-nowrap text-quiet">
                  {card.key === "" ? texts.board.unnumbered : card.key}
                </td>
                <td className="max-w-0 min-w-44 p-2 sm:min-w-64">
                  <Link to={`/boards/${board.boardId}/tasks/${card.id}${searchWith(look)}`} className="block truncate">
                    {card.title}
                  </Link>
                </td>
                <td className="max-w-40 truncate p-2">{columns.get(card.columnId)}</td>
                <td className="p-2">{card.priority === "none" ? "" : texts.board.priority[card.priority]}</td>
                <td className="p-2 whitespace-nowrap">{dueOf(card)}</td>
                <td className="p-2">{card.estimate}</td>
                <td className="max-w-40 truncate p-2">{assigneesOf(card, people)}</td>
              </tr>
            );
          })}
          <Spacer height={below} />
        </tbody>
      </table>
      {cards.length === 0 && <p className="p-2 text-quiet">{texts.board.empty}</p>}
    </main>
  );
}

interface HeaderProps {
  readonly by: ListColumn;
  readonly order: ListOrder;
  readonly onOrder: (order: ListOrder) => void;
}

/** Orders by its column: up, down, and then as the board stands again. */
function SortHeader({ by, order, onOrder }: HeaderProps) {
  const isThis = order.by === by;
  const next = isThis && order.isDescending ? undefined : by;
  return (
    <th
      scope="col"
      aria-sort={isThis ? (order.isDescending ? "descending" : "ascending") : "none"}
      className="p-2 font-normal"
    >
      <button
        type="button"
        className="hover:text-text"
        onClick={() => onOrder({ by: next, isDescending: isThis && next !== undefined })}
      >
        {texts.task[by]} <span aria-hidden="true">{isThis ? (order.isDescending ? "↓" : "↑") : ""}</span>
      </button>
    </th>
  );
}

function dueOf({ dueAt, dueOn }: Card): string {
  if (dueAt === null) return "";
  return dueOn === null ? shownInstant(dueAt) : shownDay(dueOn);
}

function assigneesOf({ assigneeIds, assigneeNames }: Card, people: ReadonlyMap<string, string>): string {
  return [...assigneeIds.map((id) => people.get(id) ?? "?"), ...assigneeNames].join(", ");
}
