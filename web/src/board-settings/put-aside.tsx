import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import type { May } from "../board/access.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useAct } from "./use-act.ts";
import { PAGES } from "../ui/pages.ts";

interface Props {
  readonly state: Snapshot;
  readonly may: May;
}

/** What of a board is out of sight, and comes back: archived columns and tasks, and the trash. */
export function PutAside({ state, may }: Props) {
  const { columns, tasks, trash } = useTrestle();
  const { act, trouble } = useAct();
  const boardId = state.board.id;
  // Whatever happens on the board may put something aside: it is asked for anew, and what was there before is forgotten.
  const pages = {
    gcTime: 0,
    placeholderData: keepPreviousData,
    ...PAGES,
  };
  const goneColumns = useInfiniteQuery({
    ...pages,
    queryKey: ["aside", boardId, "columns", state.cursor],
    queryFn: ({ pageParam }) => columns.list.query({ boardId, state: "archived", cursor: pageParam }),
  });
  const archived = useInfiniteQuery({
    ...pages,
    queryKey: ["aside", boardId, "tasks", state.cursor],
    queryFn: ({ pageParam }) => tasks.list.query({ boardId, state: "archived", cursor: pageParam }),
  });
  const trashed = useInfiniteQuery({
    ...pages,
    queryKey: ["aside", boardId, "trash", state.cursor],
    queryFn: ({ pageParam }) => trash.list.query({ boardId, cursor: pageParam }),
  });
  const restore = (title: string, call: () => Promise<unknown>) => (
    <Button aria-label={boardSettingsTexts.restoreOf(title)} onClick={() => act(call)}>
      {boardSettingsTexts.restoreIt}
    </Button>
  );
  const columnRows = goneColumns.data?.pages.flatMap(({ items }) => items) ?? [];
  const taskRows = archived.data?.pages.flatMap(({ items }) => items) ?? [];
  const trashRows = trashed.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Section level={2} title={boardSettingsTexts.aside}>
      <Trouble says={trouble} />
      <Section title={boardSettingsTexts.archivedColumns}>
        <Rows
          rows={columnRows.map(({ id: columnId, name }) => ({
            id: columnId,
            title: name,
            buttons: may("column:restore") && restore(name, () => columns.restore.mutate({ boardId, columnId })),
          }))}
        />
        <MoreButton {...goneColumns} />
      </Section>
      <Section title={boardSettingsTexts.archivedTasks}>
        <Rows
          rows={taskRows.map(({ id: taskId, title }) => ({
            id: taskId,
            title,
            buttons: may("task:restore") && restore(title, () => tasks.restore.mutate({ boardId, taskId })),
          }))}
        />
        <MoreButton {...archived} />
      </Section>
      <Section title={boardSettingsTexts.trash}>
        <p className="text-quiet">{boardSettingsTexts.trashSays}</p>
        <Rows
          rows={trashRows.map(({ task: { id, title } }) => ({
            id,
            title,
            buttons: (
              <>
                {may("trash:restore") && restore(title, () => trash.restore.mutate({ boardId, taskIds: [id] }))}
                {may("trash:delete") && (
                  <AskedButton
                    label={boardSettingsTexts.forGood(title)}
                    action={boardSettingsTexts.forGoodIt}
                    says={boardSettingsTexts.sure}
                    onSure={() => act(() => trash.delete.mutate({ boardId, taskIds: [id] }))}
                  />
                )}
              </>
            ),
          }))}
        />
        <MoreButton {...trashed} />
      </Section>
    </Section>
  );
}

interface Row {
  readonly id: string;
  readonly title: string;
  readonly buttons: ReactNode;
}

function Rows({ rows }: { rows: readonly Row[] }) {
  if (rows.length === 0) return <p className="text-quiet">{boardSettingsTexts.empty}</p>;
  return (
    <ul className="flex flex-col gap-2">
      {rows.map(({ id, title, buttons }) => (
        <li key={id} className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 flex-1 wrap-anywhere">{title}</span>
          {buttons}
        </li>
      ))}
    </ul>
  );
}
