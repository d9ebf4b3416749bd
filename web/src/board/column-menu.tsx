import { useState } from "react";
import { type LiveBoard, type RouterOutputs, STATE_GROUPS, WIP_MODES } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, saysOf, textOf } from "../ui/form.tsx";
import type { May } from "./access.ts";
import { Trouble } from "../ui/trouble.tsx";

type Column = RouterOutputs["boards"]["get"]["columns"][number];

interface Props {
  readonly column: Column;
  /** All of the board, in their order. */
  readonly columns: readonly Column[];
  readonly board: LiveBoard;
  readonly may: May;
}

/** What is set on a column, behind a button of it. */
export function ColumnMenu(props: Props) {
  const [isOpen, setOpen] = useState(false);
  const { column, may } = props;
  if (!may("column:update")) return null;
  return (
    <>
      <Button
        look="quiet"
        className="ml-auto min-h-6 px-2 py-0"
        aria-label={texts.column.settingsOf(column.name)}
        onClick={() => setOpen(true)}
      >
        ⋯
      </Button>
      {isOpen && <Settings {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function Settings({ column, columns, board, may, onClose }: Props & { onClose: () => void }) {
  const [trouble, setTrouble] = useState<string>();
  const save = async (values: FormData) => {
    const limit = textOf(values, "limit");
    const change = {
      columnId: column.id,
      name: textOf(values, "name"),
      stateGroup: STATE_GROUPS.find((group) => group === textOf(values, "group")) ?? column.stateGroup,
      wipLimit: limit === "" ? null : Number(limit),
      wipMode: WIP_MODES.find((mode) => mode === textOf(values, "mode")) ?? column.wipMode,
    };
    await board.updateColumn(change).done;
    onClose();
  };
  const act = (done: Promise<unknown>) => {
    setTrouble(undefined);
    done.then(onClose, (error: unknown) => setTrouble(saysOf(error)));
  };
  const place = columns.findIndex(({ id }) => id === column.id);
  const move = (after: string | null) => act(board.moveColumn({ columnId: column.id, after }).done);
  return (
    <Dialog label={texts.column.settingsOf(column.name)} onClose={onClose}>
      <Form action={texts.save} onSend={save} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField
              label={texts.name}
              name="name"
              defaultValue={column.name}
              required
              maxLength={200}
              wrong={wrong["name"]}
            />
            <SelectField
              label={texts.column.group}
              name="group"
              defaultValue={column.stateGroup}
              hint={texts.column.groupSays}
            >
              {STATE_GROUPS.map((group) => (
                <option key={group} value={group}>
                  {texts.column.groups[group]}
                </option>
              ))}
            </SelectField>
            <TextField
              label={texts.column.limit}
              name="limit"
              type="number"
              min={1}
              max={10_000}
              defaultValue={column.wipLimit ?? ""}
              hint={texts.column.limitSays}
              wrong={wrong["wipLimit"]}
            />
            <SelectField label={texts.column.mode} name="mode" defaultValue={column.wipMode}>
              {WIP_MODES.map((mode) => (
                <option key={mode} value={mode}>
                  {texts.column.modes[mode]}
                </option>
              ))}
            </SelectField>
          </>
        )}
      </Form>
      <Trouble says={trouble} />
      <div className="mt-4 flex flex-wrap gap-2 border-t border-line pt-4">
        {may("column:move") && (
          <>
            <Button disabled={place === 0} onClick={() => move(columns[place - 2]?.id ?? null)}>
              {texts.column.left}
            </Button>
            <Button disabled={place === columns.length - 1} onClick={() => move(columns[place + 1]?.id ?? null)}>
              {texts.column.right}
            </Button>
          </>
        )}
        {may("column:archive") && (
          <Button look="danger" onClick={() => act(board.archiveColumn({ columnId: column.id }).done)}>
            {texts.column.archive}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
