import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { dayAt, daysOf, type FoundTask } from "../../../client/index.ts";
import { useInbox, useInboxEvents, useTrestle } from "../../../client/react/index.ts";
import { addDays } from "../board/days.ts";
import { TopBar } from "../home/top-bar.tsx";
import { shownDay, texts } from "../texts.ts";
import { myWorkTexts } from "../texts/my-work.ts";
import { saysOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { Section } from "../ui/section.tsx";
import { TaskLink } from "../ui/task-link.tsx";
import { ownTimeZone } from "../ui/time-zone.ts";
import { Trouble } from "../ui/trouble.tsx";

const FILTER = "assignee:me -state:completed,cancelled";
/** So many tasks of an organisation are looked for: the ones that are due first. */
const MOST_PAGES = 5;
const GROUPS = ["overdue", "today", "week", "later", "none"] as const;
type Group = (typeof GROUPS)[number];

/** What one is assigned to and is not done, on all boards, by when it is due. */
export function MyWorkPage() {
  const found = useMyTasks();
  useEffect(() => {
    document.title = `${myWorkTexts.title} · ${texts.product}`;
  }, []);
  const { complete, says, trouble } = useCompleting(found.refresh);
  return (
    <>
      <TopBar />
      <main className="mx-auto flex max-w-2xl flex-col gap-6 px-4 py-8">
        <div>
          <h1 className="text-xl font-semibold">{myWorkTexts.title}</h1>
          <p className="text-quiet">{myWorkTexts.says}</p>
        </div>
        <p role="status" className="text-quiet empty:hidden">
          {says}
        </p>
        <Trouble says={trouble ?? found.trouble} />
        {!found.tasks && found.trouble === undefined && <Loading />}
        {found.tasks?.length === 0 && <p>{myWorkTexts.none}</p>}
        {GROUPS.map((group) => {
          const tasks = found.tasks?.filter((task) => groupOf(task) === group) ?? [];
          return (
            tasks.length > 0 && (
              <Section key={group} title={myWorkTexts.groups[group]} level={2}>
                <ul className="flex flex-col gap-2">
                  {tasks.map((task) => (
                    <OneTask key={task.id} task={task} onDone={() => void complete(task)} />
                  ))}
                </ul>
              </Section>
            )
          );
        })}
      </main>
    </>
  );
}

function OneTask({ task, onDone }: { task: FoundTask; onDone: () => void }) {
  const { due } = daysOf(task, ownTimeZone());
  return (
    <li className="flex items-center gap-3 rounded-md border border-line bg-surface px-3 py-2">
      <input
        type="checkbox"
        aria-label={myWorkTexts.done(task.title)}
        checked={false}
        onChange={onDone}
        className="size-4 shrink-0 accent-accent"
      />
      <TaskLink task={task} />
      {due !== null && (
        <span className={`text-sm whitespace-nowrap ${groupOf(task) === "overdue" ? "text-danger" : "text-quiet"}`}>
          {shownDay(due)}
        </span>
      )}
    </li>
  );
}

function groupOf(task: FoundTask): Group {
  const { due } = daysOf(task, ownTimeZone());
  if (due === null) return "none";
  const now = dayAt(new Date(), ownTimeZone());
  if (due < now) return "overdue";
  if (due === now) return "today";
  return due <= addDays(now, 7) ? "week" : "later";
}

/** What has no date comes last. */
function dueOf(task: FoundTask): string {
  return daysOf(task, ownTimeZone()).due ?? "~";
}

interface Found {
  readonly tasks: readonly FoundTask[] | undefined;
  readonly trouble: string | undefined;
  readonly refresh: () => Promise<unknown>;
}

/** What is assigned to one, asked for again whenever something happens in the inbox. */
function useMyTasks(): Found {
  const { tasks } = useTrestle();
  const queries = useQueryClient();
  const tasksOf = async (orgId: string): Promise<FoundTask[]> => {
    const found: FoundTask[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const input = { orgId, filter: FILTER, timeZone: ownTimeZone(), order: "due" as const, limit: 100, cursor };
      const { items, nextCursor } = await tasks.search.query(input);
      found.push(...items);
      cursor = nextCursor;
      if (cursor === null) break;
    }
    return found;
  };
  const orgIds = useInbox()?.orgs.map(({ id }) => id);
  const { data, error, refetch } = useQuery({
    queryKey: ["my-work", orgIds],
    enabled: orgIds !== undefined,
    refetchInterval: 60_000,
    queryFn: async () => {
      const all = await Promise.all((orgIds ?? []).map((orgId) => tasksOf(orgId)));
      return all.flat().toSorted((a, b) => (dueOf(a) < dueOf(b) ? -1 : 1));
    },
  });
  const hear = useCallback(() => void queries.invalidateQueries({ queryKey: ["my-work"] }), [queries]);
  useInboxEvents(hear);
  return { tasks: data, trouble: error ? saysOf(error) : undefined, refresh: refetch };
}

/** Moves what is done to where what is done stands on its board. */
function useCompleting(refresh: () => Promise<unknown>) {
  const { columns, tasks } = useTrestle();
  const [says, setSays] = useState("");
  const [trouble, setTrouble] = useState<string>();
  const complete = async ({ id: taskId, boardId, title }: FoundTask) => {
    setTrouble(undefined);
    try {
      const { items } = await columns.list.query({ boardId, limit: 100 });
      const done = items.find(({ stateGroup, state }) => stateGroup === "completed" && state === "open");
      if (!done) {
        setTrouble(myWorkTexts.noDoneColumn);
        return;
      }
      await tasks.move.mutate({ boardId, taskId, columnId: done.id });
      setSays(myWorkTexts.isDone(title));
      await refresh();
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return { complete, says, trouble };
}
