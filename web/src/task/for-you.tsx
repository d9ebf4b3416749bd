import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { type InboxEvent, REMINDER_LEADS, type RouterInputs, type Trestle } from "../../../client/index.ts";
import { useInboxEvents, useTrestle } from "../../../client/react/index.ts";
import { taskTexts } from "../texts/task.ts";
import { SelectField } from "../ui/field.tsx";
import { Section } from "../ui/section.tsx";
import { Choice } from "./choice.tsx";
import type { TaskProps } from "./task-props.ts";

type Level = RouterInputs["watches"]["set"]["level"];
const LEVELS = ["default", "watching", "involved", "muted"] as const satisfies Level[];
const MOST_PAGES = 20;

/** What one hears of a task oneself, and when one is reminded of it: nobody else is concerned. */
export function ForYou(props: TaskProps) {
  const { state, board, card, change } = props;
  const trestle = useTrestle();
  const { watches } = trestle;
  const queries = useQueryClient();
  const { orgId } = state.board;
  const at = { boardId: board.boardId, taskId: card.id };
  const asked = useCallback(
    ({ type }: InboxEvent) => {
      if (type === "watch.changed") void queries.invalidateQueries({ queryKey: ["watching"] });
    },
    [queries],
  );
  useInboxEvents(asked);
  const { data: level } = useQuery({
    queryKey: ["watching", card.id],
    queryFn: () => levelOf(trestle, orgId, card.id),
  });
  const { data: watchers } = useQuery({
    queryKey: ["watching", card.id, "watchers", card.assigneeIds, card.commentCount],
    placeholderData: (before) => before,
    queryFn: () => watches.watchers.query({ ...at, limit: 20 }),
  });
  const names = watchers?.items.map(({ name }) => name) ?? [];
  return (
    <Section title={taskTexts.forYou}>
      <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
        <SelectField
          label={taskTexts.watch}
          value={level ?? "default"}
          disabled={level === undefined}
          onChange={({ target }) => {
            const next = LEVELS.find((one) => one === target.value) ?? "default";
            change({ done: watches.set.mutate({ subject: { kind: "task", ...at }, level: next }) });
          }}
        >
          {LEVELS.map((one) => (
            <option key={one} value={one}>
              {taskTexts.levels[one]}
            </option>
          ))}
        </SelectField>
        <Reminders {...props} />
      </div>
      {names.length > 0 && (
        <p className="text-sm text-quiet wrap-anywhere">
          {taskTexts.watchers(new Intl.ListFormat("en").format(names))}
          {watchers?.nextCursor !== null && "…"}
        </p>
      )}
    </Section>
  );
}

/** What one said of a task: among all that one said anything of in the organisation. */
async function levelOf({ watches }: Trestle, orgId: string, taskId: string): Promise<Level> {
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer: Awaited<ReturnType<typeof watches.list.query>> = await watches.list.query({
      orgId,
      limit: 100,
      cursor,
    });
    const own = answer.items.find(({ subject }) => subject.kind === "task" && subject.taskId === taskId);
    if (own) return own.level;
    if (answer.nextCursor === null) break;
    cursor = answer.nextCursor;
  }
  return "default";
}

function Reminders({ board, card, change }: TaskProps) {
  const { reminders } = useTrestle();
  const queries = useQueryClient();
  const at = { boardId: board.boardId, taskId: card.id };
  const queryKey = ["reminders", card.id];
  const { data } = useQuery({ queryKey, queryFn: () => reminders.ofTask.query(at) });
  if (!data) return null;
  const { leadMinutes } = data;
  const set = async (leads: number[]) => {
    const known = REMINDER_LEADS.filter((lead) => leads.includes(lead));
    queries.setQueryData(queryKey, { leadMinutes: known });
    try {
      await reminders.setOfTask.mutate({ ...at, leadMinutes: known });
    } catch (error) {
      queries.setQueryData(queryKey, data);
      throw error;
    }
  };
  return (
    <div className="flex flex-col gap-1">
      <Choice
        label={taskTexts.reminders}
        chosen={(leadMinutes ?? []).map(String)}
        options={REMINDER_LEADS.map((lead) => ({ id: String(lead), lead }))}
        canEdit
        onChange={(leads) => change({ done: set(leads.map(Number)) })}
        show={({ lead }) => taskTexts.lead(lead)}
      />
      {leadMinutes === null && <span className="text-sm text-quiet">{taskTexts.ownReminders}</span>}
    </div>
  );
}
