import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { BOARD_ROLES, type Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Form, textOf } from "../ui/form.tsx";
import { Section } from "../ui/section.tsx";
import { membersQuery } from "../home/org-queries.ts";
import { useAct } from "./use-act.ts";
import type { May } from "../board/access.ts";
import { Trouble } from "../ui/trouble.tsx";

interface Props {
  readonly state: Snapshot;
  readonly may: May;
}

/** What a board is called, who sees it, and its end. */
export function General({ state, may }: Props) {
  const { boards } = useTrestle();
  const [, go] = useLocation();
  const { act, trouble } = useAct();
  const [isSaved, setSaved] = useState(false);
  const { id: boardId, name, visibility } = state.board;
  const save = async (values: FormData) => {
    setSaved(false);
    const isPrivate = textOf(values, "visibility") === "private";
    await boards.update.mutate({ boardId, name: textOf(values, "name"), visibility: isPrivate ? "private" : "org" });
    setSaved(true);
  };
  const archive = () =>
    act(async () => {
      await boards.archive.mutate({ boardId });
      go("/");
    });
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
      <div className="flex flex-wrap items-center gap-3">
        <a href={`/boards/${boardId}/tasks.csv`} download className="text-accent underline">
          {boardSettingsTexts.csv}
        </a>
        {may("board:archive") && (
          <Button look="danger" className="ml-auto" onClick={archive}>
            {boardSettingsTexts.archive}
          </Button>
        )}
      </div>
      <Trouble says={trouble} />
    </Section>
  );
}

/** With whom a board is shared, and as what; and whom else of the organisation it could be shared with. */
export function Shares({ state }: { state: Snapshot }) {
  const trestle = useTrestle();
  const { boards } = trestle;
  const { act, trouble } = useAct();
  const { id: boardId, orgId } = state.board;
  const { data } = useQuery(membersQuery(trestle, orgId));
  const shared = state.members.flatMap(({ role, ...member }) => (role === null ? [] : [{ ...member, role }]));
  const others = (data?.items ?? []).filter(({ userId }) => !shared.some((member) => member.userId === userId));
  const share = (userId: string, to: string) => {
    const role = BOARD_ROLES.find((one) => one === to) ?? "viewer";
    act(() => boards.share.mutate({ boardId, userId, role }));
  };
  return (
    <Section level={2} title={boardSettingsTexts.sharedWith}>
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
                  {boardSettingsTexts.roles[one]}
                </option>
              ))}
            </select>
            <Button
              look="quiet"
              aria-label={boardSettingsTexts.unshare(name)}
              onClick={() => act(() => boards.unshare.mutate({ boardId, userId }))}
            >
              ×
            </Button>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <SelectField
          label={boardSettingsTexts.shareWith}
          value=""
          onChange={(event) => share(event.target.value, "editor")}
        >
          <option value="" disabled>
            {boardSettingsTexts.choose}
          </option>
          {others.map(({ userId, name }) => (
            <option key={userId} value={userId}>
              {name}
            </option>
          ))}
        </SelectField>
      )}
      <Trouble says={trouble} />
    </Section>
  );
}
