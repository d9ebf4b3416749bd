import { useState } from "react";
import type { LiveBoard } from "../../../client/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";

export function AddColumn({ board }: { board: LiveBoard }) {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return (
      <Button look="quiet" className="h-fit shrink-0" onClick={() => setOpen(true)}>
        + {texts.board.addColumn}
      </Button>
    );
  }
  const add = async (values: FormData) => {
    await board.createColumn({ name: textOf(values, "name") }).done;
    setOpen(false);
  };
  return (
    <div className="h-fit w-72 shrink-0 rounded-xl border border-line bg-surface p-3">
      <Form action={texts.create} onSend={add} onCancel={() => setOpen(false)}>
        {(wrong) => (
          <TextField label={texts.board.columnName} name="name" required maxLength={200} wrong={wrong["name"]} />
        )}
      </Form>
    </div>
  );
}
