import { useQuery } from "@tanstack/react-query";
import { LABEL_COLORS } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { taskTexts } from "../texts/task.ts";
import { SelectField } from "../ui/field.tsx";
import type { TaskProps } from "./task-props.ts";
import { useAnswer } from "./use-answer.ts";

const KINDS = ["milestone", "sprint"] as const;
const CHANGES = ["tasks.planned"] as const;

/** What a task is to be done for, and the colour of its card. */
export function Plans(props: TaskProps) {
  const { state, board, card, may, change } = props;
  const { plans } = useTrestle();
  const { orgId, projectId } = state.board;
  const { boardId } = board;
  const canEdit = may("task:update");
  const { data: open } = useQuery({
    // Not the key of reports, which ask for closed ones, too.
    queryKey: ["plans", projectId, "open"],
    queryFn: () => plans.list.query({ orgId, projectId, state: "open", limit: 100 }),
  });
  const ask = () => plans.list.query({ orgId, projectId, taskId: card.id });
  const own = useAnswer(props, { name: "plans-of-task", changedBy: CHANGES, ask });
  const offered = [...(own?.items ?? []), ...(open?.items ?? [])];
  const ofKind = (kind: (typeof KINDS)[number]) =>
    offered.filter((plan, index) => plan.kind === kind && offered.findIndex(({ id }) => id === plan.id) === index);
  const shown = KINDS.filter((kind) => ofKind(kind).length > 0);
  return (
    <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
      {shown.map((kind) => (
        <SelectField
          key={kind}
          label={taskTexts.planKinds[kind]}
          value={own?.items.find((plan) => plan.kind === kind)?.id ?? ""}
          disabled={!canEdit || !own}
          onChange={({ target }) => {
            const planId = target.value === "" ? null : target.value;
            change({ done: plans.setTasks.mutate({ boardId, taskIds: [card.id], kind, planId }) });
          }}
        >
          <option value="">{taskTexts.none}</option>
          {ofKind(kind).map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
      ))}
      {(canEdit || card.coverColor !== null) && (
        <SelectField
          label={taskTexts.cover}
          value={card.coverColor ?? ""}
          disabled={!canEdit}
          onChange={({ target }) => {
            const coverColor = LABEL_COLORS.find((color) => color === target.value) ?? null;
            change(board.updateTask({ taskId: card.id, coverColor }));
          }}
        >
          <option value="">{taskTexts.none}</option>
          {LABEL_COLORS.map((color) => (
            <option key={color}>{color}</option>
          ))}
        </SelectField>
      )}
    </div>
  );
}
