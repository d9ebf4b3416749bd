import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { OrgSnapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { useProof } from "../account/use-proof.tsx";
import { accessQuery } from "../board/access-query.ts";
import { orgTexts } from "../texts/organisation.ts";
import { Button } from "../ui/button.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";

type Board = OrgSnapshot["boards"][number];

/** Those of some boards that are archived, to be restored by who may. */
export function ArchivedBoards({ boards }: { boards: readonly Board[] }) {
  const archived = boards.filter(({ state }) => state === "archived");
  if (archived.length === 0) return null;
  return (
    <Section title={orgTexts.projects.archivedBoards}>
      <ul className="flex flex-col gap-2">
        {archived.map((board) => (
          <ArchivedBoard key={board.id} board={board} />
        ))}
      </ul>
    </Section>
  );
}

function ArchivedBoard({ board: { id: boardId, name, state } }: { board: Board }) {
  const trestle = useTrestle();
  const { act, trouble, dialog } = useProof();
  const { data } = useQuery(accessQuery(trestle, boardId, state));
  return (
    <li className="flex flex-wrap items-center gap-2">
      <Link href={`/boards/${boardId}`} className="min-w-0 flex-1 text-accent underline wrap-anywhere">
        {name}
      </Link>
      <Link
        href={`/boards/${boardId}/settings`}
        aria-label={orgTexts.projects.settings(name)}
        className="text-accent underline"
      >
        {orgTexts.projects.settingsIt}
      </Link>
      {data?.actions.includes("board:restore") === true && (
        <Button
          aria-label={orgTexts.projects.restore(name)}
          onClick={() => act(() => trestle.boards.restore.mutate({ boardId }))}
        >
          {orgTexts.projects.restoreIt}
        </Button>
      )}
      <Trouble says={trouble} />
      {dialog}
    </li>
  );
}
