import { useState } from "react";
import { useLocation } from "wouter";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import type { May } from "../board/access.ts";
import { texts } from "../texts.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { NameDialog } from "../ui/name-dialog.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useAct } from "./use-act.ts";

interface Props {
  readonly state: Snapshot;
  readonly may: May;
}

/** What a board is called, and who sees it. */
export function General({ state, may }: Props) {
  const { boards } = useTrestle();
  const [isSaved, setSaved] = useState(false);
  const { id: boardId, name, visibility } = state.board;
  const save = async (values: FormData) => {
    setSaved(false);
    const isPrivate = textOf(values, "visibility") === "private";
    await boards.update.mutate({ boardId, name: textOf(values, "name"), visibility: isPrivate ? "private" : "org" });
    setSaved(true);
  };
  return (
    <Section level={2} title={boardSettingsTexts.general}>
      {may("board:update") && (
        <Form key={`${name} ${visibility}`} action={texts.save} onSend={save}>
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
              <SelectField label={boardSettingsTexts.visibility} name="visibility" defaultValue={visibility}>
                <option value="org">{boardSettingsTexts.visibleToOrg}</option>
                <option value="private">{boardSettingsTexts.visibleToShared}</option>
              </SelectField>
            </>
          )}
        </Form>
      )}
      <p role="status" className="empty:hidden">
        {isSaved ? boardSettingsTexts.saved : ""}
      </p>
      <a href={`/boards/${boardId}/tasks.csv`} download className="self-start text-accent underline">
        {boardSettingsTexts.csv}
      </a>
    </Section>
  );
}

/** That a board is archived, and the way back. */
export function Archived({ state, may }: Props) {
  const { boards } = useTrestle();
  const { act, trouble } = useAct();
  const boardId = state.board.id;
  return (
    <div className="flex flex-wrap items-center gap-3 rounded-md border border-line bg-surface p-3">
      <p className="min-w-0 flex-1 basis-60">{boardSettingsTexts.isArchived}</p>
      {may("board:restore") && (
        <Button look="primary" onClick={() => act(() => boards.restore.mutate({ boardId }))}>
          {boardSettingsTexts.restoreBoard}
        </Button>
      )}
      <Trouble says={trouble} />
    </div>
  );
}

/** The ends of a board: out of sight, or for good. */
export function Ends({ state, may }: Props) {
  const { boards } = useTrestle();
  const [, go] = useLocation();
  const { act, trouble } = useAct();
  const [isDeleting, setDeleting] = useState(false);
  const { id: boardId, name, state: boardState } = state.board;
  const away = (call: () => Promise<unknown>) =>
    act(async () => {
      await call();
      go("/");
    });
  const mayArchive = may("board:archive") && boardState === "open";
  if (!mayArchive && !may("board:delete")) return null;
  return (
    <Section level={2} title={boardSettingsTexts.ends}>
      <p className="text-quiet">{boardSettingsTexts.endsSay}</p>
      <div className="flex flex-wrap gap-3">
        {mayArchive && (
          <Button look="danger" onClick={() => away(() => boards.archive.mutate({ boardId }))}>
            {boardSettingsTexts.archive}
          </Button>
        )}
        {may("board:delete") && (
          <Button look="danger" onClick={() => setDeleting(true)}>
            {boardSettingsTexts.deleteBoard}
          </Button>
        )}
      </div>
      <Trouble says={trouble} />
      {isDeleting && (
        <NameDialog
          label={boardSettingsTexts.deleteBoard}
          name={name}
          onClose={() => setDeleting(false)}
          onSure={() => {
            setDeleting(false);
            away(() => boards.delete.mutate({ boardId }));
          }}
        />
      )}
    </Section>
  );
}
