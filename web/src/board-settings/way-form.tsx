import { useState } from "react";
import { BOARD_ROLES, type RouterInputs, type Snapshot } from "../../../client/index.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { CheckGroup } from "../ui/check-group.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";

const FIELDS = ["assignees", "description", "due", "estimate", "labels", "priority"] as const;

export type Way = Snapshot["transitions"][number];
type Wanted = Pick<
  RouterInputs["transitions"]["create"],
  "name" | "toColumnId" | "fromColumnIds" | "minimumRole" | "requiredFields"
>;

interface Named {
  readonly id: string;
  readonly name: string;
}

interface Props {
  readonly state: Snapshot;
  /** The one that is changed; none: it is a new one. */
  readonly way?: Way;
  readonly action: string;
  readonly onSend: (wanted: Wanted) => Promise<unknown>;
  readonly onCancel?: () => void;
}

/** From where to where a way leads, who takes it, and what their tasks have. */
export function WayForm({ state, way, action, onSend, onCancel }: Props) {
  const [from, setFrom] = useState<readonly string[]>(way?.fromColumnIds ?? []);
  const [required, setRequired] = useState<readonly string[]>(way?.requiredFields ?? []);
  const columns = columnsOf(state, way);
  const send = (values: FormData) => {
    const role = textOf(values, "role");
    return onSend({
      name: textOf(values, "name"),
      toColumnId: textOf(values, "into"),
      fromColumnIds: from.length === 0 ? null : [...from],
      minimumRole: BOARD_ROLES.find((one) => one === role) ?? null,
      // One that is archived stays as long as nothing else is demanded, and is not demanded anew.
      ...(required !== way?.requiredFields && { requiredFields: [...required] }),
    });
  };
  return (
    <Form action={action} onSend={send} onCancel={onCancel}>
      {(wrong) => (
        <>
          <div className="grid gap-3 sm:grid-cols-2">
            <TextField
              label={boardSettingsTexts.wayName}
              name="name"
              defaultValue={way?.name}
              required
              maxLength={200}
              wrong={wrong["name"]}
            />
            <SelectField label={boardSettingsTexts.wayInto} name="into" defaultValue={way?.toColumnId}>
              {columns.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </SelectField>
            <SelectField label={boardSettingsTexts.wayRole} name="role" defaultValue={way?.minimumRole ?? ""}>
              <option value="">{boardSettingsTexts.anybody}</option>
              {BOARD_ROLES.map((role) => (
                <option key={role} value={role}>
                  {boardSettingsTexts.roles[role]}
                </option>
              ))}
            </SelectField>
          </div>
          <CheckGroup label={boardSettingsTexts.wayFrom} options={columns} chosen={from} onChange={setFrom} />
          <CheckGroup
            label={boardSettingsTexts.wayFields}
            options={demandsOf(state, way)}
            chosen={required}
            onChange={setRequired}
          />
        </>
      )}
    </Form>
  );
}

/** The columns of a board, and those that a way names though they are archived. */
export function columnsOf({ columns }: Snapshot, way: Way | undefined): readonly Named[] {
  const open = columns.map(({ id, name }) => ({ id, name }));
  const named = way ? [...(way.fromColumnIds ?? []), way.toColumnId] : [];
  return withArchived(open, named, boardSettingsTexts.archivedColumn);
}

/** What a way may demand of tasks: what all have, fields of the project, and those that it demands though they are archived. */
export function demandsOf({ fields }: Snapshot, way: Way | undefined): readonly Named[] {
  const open = [
    ...FIELDS.map((id) => ({ id, name: boardSettingsTexts.fieldNames[id] })),
    ...fields.map(({ id, name }) => ({ id, name })),
  ];
  return withArchived(open, way?.requiredFields ?? [], boardSettingsTexts.archivedField);
}

function withArchived(open: readonly Named[], named: readonly string[], name: string): readonly Named[] {
  const gone = new Set(named.filter((id) => !open.some((one) => one.id === id)));
  return [...open, ...Array.from(gone, (id) => ({ id, name }))];
}
