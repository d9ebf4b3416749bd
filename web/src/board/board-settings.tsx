import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { BOARD_ROLES, type Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, saysOf, textOf } from "../ui/form.tsx";
import type { May } from "./access.ts";
import { Trouble } from "../ui/trouble.tsx";

interface Props {
  readonly state: Snapshot;
  readonly may: May;
}

/** What is set on a board, and with whom it is shared, behind a button. */
export function BoardSettings({ state, may }: Props) {
  const [isOpen, setOpen] = useState(false);
  if (!may("board:update")) return null;
  return (
    <>
      <Button look="quiet" onClick={() => setOpen(true)}>
        {texts.settings.open}
      </Button>
      {isOpen && <Settings state={state} may={may} onClose={() => setOpen(false)} />}
    </>
  );
}

function Settings({ state, may, onClose }: Props & { onClose: () => void }) {
  const { boards } = useTrestle();
  const [, go] = useLocation();
  const [trouble, setTrouble] = useState<string>();
  const { id: boardId, name, visibility } = state.board;
  const save = async (values: FormData) => {
    const isPrivate = textOf(values, "visibility") === "private";
    await boards.update.mutate({ boardId, name: textOf(values, "name"), visibility: isPrivate ? "private" : "org" });
    onClose();
  };
  const archive = async () => {
    try {
      await boards.archive.mutate({ boardId });
      go("/");
    } catch (error) {
      setTrouble(saysOf(error));
    }
  };
  return (
    <Dialog label={texts.settings.title} onClose={onClose}>
      <Form action={texts.save} onSend={save} onCancel={onClose}>
        {(wrong) => (
          <>
            <TextField
              label={texts.home.boardName}
              name="name"
              defaultValue={name}
              required
              maxLength={200}
              wrong={wrong["name"]}
            />
            <SelectField label={texts.settings.visibility} name="visibility" defaultValue={visibility}>
              <option value="org">{texts.settings.visibleToOrg}</option>
              <option value="private">{texts.settings.visibleToShared}</option>
            </SelectField>
          </>
        )}
      </Form>
      {may("board:share") && <Shares state={state} />}
      <div className="mt-4 flex flex-wrap items-center gap-3 border-t border-line pt-4">
        <a href={`/boards/${boardId}/tasks.csv`} download className="text-accent underline">
          {texts.settings.csv}
        </a>
        {may("board:archive") && (
          <Button look="danger" className="ml-auto" onClick={() => void archive()}>
            {texts.settings.archive}
          </Button>
        )}
      </div>
      <Trouble says={trouble} />
    </Dialog>
  );
}

/** With whom a board is shared, and as what; and whom else of the organisation it could be shared with. */
function Shares({ state }: { state: Snapshot }) {
  const { boards, members } = useTrestle();
  const [trouble, setTrouble] = useState<string>();
  const { id: boardId, orgId } = state.board;
  const { data } = useQuery({
    queryKey: ["members", orgId],
    queryFn: () => members.list.query({ orgId, limit: 100 }),
    retry: false,
  });
  const shared = state.members.flatMap(({ role, ...member }) => (role === null ? [] : [{ ...member, role }]));
  const others = (data?.items ?? []).filter(({ userId }) => !shared.some((member) => member.userId === userId));
  const act = (done: Promise<unknown>) => {
    setTrouble(undefined);
    done.catch((error: unknown) => setTrouble(saysOf(error)));
  };
  const share = (userId: string, to: string) =>
    act(boards.share.mutate({ boardId, userId, role: BOARD_ROLES.find((role) => role === to) ?? "viewer" }));
  return (
    <section className="mt-5 flex flex-col gap-2 border-t border-line pt-4">
      <h3 className="font-semibold">{texts.settings.sharedWith}</h3>
      <ul className="flex flex-col gap-1.5">
        {shared.map(({ userId, name, role }) => (
          <li key={userId} className="flex items-center gap-2">
            <span className="min-w-0 flex-1 truncate">{name}</span>
            <select
              aria-label={texts.settings.roleOf(name)}
              value={role}
              onChange={(event) => share(userId, event.target.value)}
              className="rounded-md border border-line bg-surface px-2 py-1"
            >
              {BOARD_ROLES.map((one) => (
                <option key={one} value={one}>
                  {texts.settings.roles[one]}
                </option>
              ))}
            </select>
            <Button
              look="quiet"
              aria-label={texts.settings.unshare(name)}
              onClick={() => act(boards.unshare.mutate({ boardId, userId }))}
            >
              ×
            </Button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <SelectField
          label={texts.settings.shareWith}
          value=""
          onChange={(event) => share(event.target.value, "editor")}
        >
          <option value="" disabled>
            {texts.settings.choose}
          </option>
          {others.map(({ userId, name }) => (
            <option key={userId} value={userId}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
      <Trouble says={trouble} />
    </section>
  );
}
