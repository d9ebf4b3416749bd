import { useQuery } from "@tanstack/react-query";
import { BOARD_ROLES, type Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { membersQuery } from "../home/org-queries.ts";
import { texts } from "../texts.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";
import { SelectField } from "../ui/field.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useQuestion } from "../ui/use-question.tsx";
import { useAct } from "./use-act.ts";

/** With whom a board is shared, and as what; and whom else of the organisation it could be shared with. */
export function Shares({ state }: { state: Snapshot }) {
  const trestle = useTrestle();
  const { boards } = trestle;
  const { act, trouble } = useAct();
  const { ask, question } = useQuestion();
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
              onClick={() =>
                ask({
                  title: boardSettingsTexts.unshare(name),
                  says: boardSettingsTexts.unshareSays(name),
                  does: boardSettingsTexts.unshareIt,
                  onYes: () => act(() => boards.unshare.mutate({ boardId, userId })),
                })
              }
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
      {question}
    </Section>
  );
}
