import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { RouterOutputs } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { TopBar } from "../home/top-bar.tsx";
import { shownInstant, texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { saysOf } from "../ui/form.tsx";
import { Loading } from "../ui/loading.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { PAGES } from "../ui/pages.ts";

type Notification = RouterOutputs["notifications"]["list"]["items"][number];
type State = "unread" | "snoozed" | "all";

const STATES: readonly State[] = ["unread", "snoozed", "all"];
/** At which hour of tomorrow what is put off comes back. */
const MORNING = 9;

/** What one was told of, live. */
export function InboxPage() {
  const { notifications } = useTrestle();
  const queries = useQueryClient();
  const [state, setState] = useState<State>("unread");
  const [trouble, setTrouble] = useState<string>();
  const { data, hasNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: ["notifications", "list", state],
    placeholderData: keepPreviousData,
    ...PAGES,
    queryFn: ({ pageParam }) => notifications.list.query({ state, cursor: pageParam }),
  });
  useEffect(() => {
    document.title = `${texts.inbox.title} · ${texts.product}`;
  }, []);
  const items = data?.pages.flatMap((page) => page.items) ?? [];
  const [newest] = items;
  const act = async (done: Promise<unknown>) => {
    setTrouble(undefined);
    await done.catch((error: unknown) => setTrouble(saysOf(error)));
    await queries.invalidateQueries({ queryKey: ["notifications"] });
  };
  return (
    <div className="flex min-h-full flex-col">
      <TopBar />
      <main className="mx-auto flex w-full max-w-3xl flex-col gap-4 px-4 py-6">
        <div className="flex flex-wrap items-center gap-2">
          <h1 className="mr-auto text-xl font-semibold">{texts.inbox.title}</h1>
          {STATES.map((one) => (
            <Button
              key={one}
              look={one === state ? "plain" : "quiet"}
              aria-pressed={one === state}
              onClick={() => setState(one)}
            >
              {texts.inbox.states[one]}
            </Button>
          ))}
          {state === "unread" && newest && (
            <Button onClick={() => void act(notifications.readAll.mutate({ upTo: newest.id }))}>
              {texts.inbox.readAll}
            </Button>
          )}
        </div>
        <Trouble says={trouble} />
        {!data && <Loading />}
        {data && items.length === 0 && <p className="text-quiet">{texts.inbox.none[state]}</p>}
        <ul className="flex flex-col gap-2">
          {items.map((item) => (
            <li
              key={item.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-lg border border-line bg-surface p-3"
            >
              <Told item={item} />
              {item.readAt === null && (
                <>
                  <Button
                    look="quiet"
                    onClick={() =>
                      void act(
                        notifications.snooze.mutate({
                          notificationIds: [item.id],
                          until: item.snoozedUntil === null ? tomorrow() : null,
                        }),
                      )
                    }
                  >
                    {item.snoozedUntil === null ? texts.inbox.snooze : texts.inbox.wake}
                  </Button>
                  <Button
                    look="quiet"
                    onClick={() => void act(notifications.read.mutate({ notificationIds: [item.id] }))}
                  >
                    {texts.inbox.read}
                  </Button>
                </>
              )}
            </li>
          ))}
        </ul>
        <MoreButton {...{ hasNextPage, fetchNextPage }} />
      </main>
    </div>
  );
}

function Told({ item }: { item: Notification }) {
  return (
    <div className="min-w-0 flex-1">
      <p className="text-sm text-quiet">
        {texts.inbox.reasons[item.reason](item.taskCount)} · {item.boardName} ·{" "}
        <time dateTime={item.createdAt}>{shownInstant(item.createdAt)}</time>
      </p>
      <Link
        href={`/boards/${item.boardId}/tasks/${item.taskId}`}
        className={`wrap-anywhere hover:underline ${item.readAt === null ? "font-medium" : ""}`}
      >
        {item.taskKey} {item.taskTitle}
      </Link>
    </div>
  );
}

function tomorrow(): string {
  const at = new Date();
  at.setDate(at.getDate() + 1);
  at.setHours(MORNING, 0, 0, 0);
  return at.toISOString();
}
