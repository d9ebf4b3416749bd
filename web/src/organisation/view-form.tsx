import type { RouterInputs, RouterOutputs } from "../../../client/index.ts";
import { projectViewsTexts } from "../texts/project-views.ts";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";

export type View = RouterOutputs["views"]["list"]["items"][number];
type Wanted = Pick<RouterInputs["views"]["create"], "name" | "filter" | "order" | "visibility">;

const ORDERS = ["relevance", "due", "priority", "created", "updated"] as const;

interface Props {
  /** The one that is changed; none: it is a new one. */
  readonly view?: View;
  readonly action: string;
  readonly mayShare: boolean;
  readonly onSend: (wanted: Wanted) => Promise<unknown>;
  readonly onCancel?: () => void;
}

/** Which tasks a view means, what comes first, and who has it. */
export function ViewForm({ view, action, mayShare, onSend, onCancel }: Props) {
  const send = (values: FormData) =>
    onSend({
      name: textOf(values, "name"),
      filter: textOf(values, "filter").trim(),
      order: ORDERS.find((order) => order === textOf(values, "order")) ?? view?.order ?? "relevance",
      ...(mayShare && { visibility: textOf(values, "visibility") === "shared" ? "shared" : "private" }),
    });
  // An order by a field of the project, as the API has them, stays.
  const isOther = view !== undefined && !ORDERS.some((order) => order === view.order);
  return (
    <Form action={action} onSend={send} onCancel={onCancel}>
      {(wrong) => (
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={projectViewsTexts.name}
            name="name"
            defaultValue={view?.name}
            required
            maxLength={100}
            wrong={wrong["name"]}
          />
          <TextField
            label={projectViewsTexts.filter}
            name="filter"
            defaultValue={view?.filter}
            maxLength={1_000}
            hint={projectViewsTexts.filterHint}
            wrong={wrong["filter"]}
          />
          <SelectField label={projectViewsTexts.order} name="order" defaultValue={view?.order}>
            {isOther && <option value={view.order}>{view.order}</option>}
            {ORDERS.map((order) => (
              <option key={order} value={order}>
                {projectViewsTexts.orders[order]}
              </option>
            ))}
          </SelectField>
          {mayShare && (
            <SelectField label={projectViewsTexts.visibility} name="visibility" defaultValue={view?.visibility}>
              <option value="private">{projectViewsTexts.visibilities.private}</option>
              <option value="shared">{projectViewsTexts.visibilities.shared}</option>
            </SelectField>
          )}
        </div>
      )}
    </Form>
  );
}
