import { useInfiniteQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { daysOf } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { shownDay, texts } from "../texts.ts";
import { projectViewsTexts } from "../texts/project-views.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { saysOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";
import { TaskLink } from "../ui/task-link.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import { Trouble } from "../ui/trouble.tsx";
import { type View, ViewForm } from "./view-form.tsx";

interface Props {
  readonly view: View;
  readonly mayChange: boolean;
  readonly mayDelete: boolean;
  readonly mayShare: boolean;
  readonly onChanged: () => Promise<unknown>;
}

/** A saved view: behind a press the tasks that it means; for who may, it is changed and deleted. */
export function ProjectView({ view, mayChange, mayDelete, mayShare, onChanged }: Props) {
  const { views } = useTrestle();
  const { act, trouble, dialog } = useProof();
  const [isOpen, setOpen] = useState(false);
  const [isChanged, setChanged] = useState(false);
  const rowsId = useId();
  const { id: viewId, orgId, name, filter, visibility } = view;
  const remove = () =>
    act(async () => {
      await views.delete.mutate({ orgId, viewId });
      await onChanged();
    });
  return (
    <li className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <button
          type="button"
          aria-expanded={isOpen}
          aria-controls={isOpen ? rowsId : undefined}
          onClick={() => setOpen(!isOpen)}
          className="group min-w-0 flex-1 basis-40 rounded-md text-left wrap-anywhere"
        >
          <span aria-hidden="true" className="mr-1.5 inline-block text-xs text-quiet">
            {isOpen ? "▾" : "▸"}
          </span>
          <span className="group-hover:underline">{name}</span>
          <span className="block text-sm text-quiet">
            {filter === "" ? projectViewsTexts.allTasks : filter} · {projectViewsTexts.visibilities[visibility]}
          </span>
        </button>
        <span className="ml-auto flex gap-2 empty:hidden">
          {mayChange && (
            <Button aria-label={projectViewsTexts.change(name)} onClick={() => setChanged(true)}>
              {projectViewsTexts.changeIt}
            </Button>
          )}
          {mayDelete && (
            <AskedButton
              label={projectViewsTexts.remove(name)}
              action={projectViewsTexts.removeIt}
              says={projectViewsTexts.removeSays}
              onSure={remove}
            />
          )}
        </span>
      </div>
      <Trouble says={trouble} />
      {isOpen && <Rows id={rowsId} view={view} />}
      {isChanged && (
        <Dialog label={projectViewsTexts.change(name)} onClose={() => setChanged(false)}>
          <ViewForm
            view={view}
            action={texts.save}
            mayShare={mayShare}
            onSend={async (wanted) => {
              await views.update.mutate({ orgId, viewId, ...wanted });
              setChanged(false);
              await onChanged();
            }}
            onCancel={() => setChanged(false)}
          />
        </Dialog>
      )}
      {dialog}
    </li>
  );
}

/** The tasks that a view means, of all boards that one sees. */
function Rows({ id, view }: { id: string; view: View }) {
  const { views } = useTrestle();
  const { id: viewId, orgId, updatedAt } = view;
  const timeZone = ownTimeZone();
  const { data, error, ...pages } = useInfiniteQuery({
    queryKey: ["view-rows", viewId, updatedAt],
    ...PAGES,
    queryFn: ({ pageParam }) => views.rows.query({ orgId, viewId, timeZone, cursor: pageParam }),
  });
  const tasks = data?.pages.flatMap(({ items }) => items);
  return (
    <section id={id} aria-label={projectViewsTexts.show(view.name)} className="flex flex-col gap-2">
      {!tasks && !error && <Loading />}
      {error && <Trouble says={saysOf(error)} />}
      {tasks?.length === 0 && <p className="text-quiet">{projectViewsTexts.nothing}</p>}
      <ul className="flex flex-col gap-2">
        {tasks?.map((task) => {
          const { due } = daysOf(task, timeZone);
          return (
            <li key={task.id} className="flex items-center gap-3 rounded-md border border-line px-3 py-2">
              <TaskLink task={task} />
              {due !== null && <span className="text-sm whitespace-nowrap text-quiet">{shownDay(due)}</span>}
            </li>
          );
        })}
      </ul>
      <MoreButton {...pages} />
    </section>
  );
}
