import { useEffect } from "react";
import { Link } from "wouter";
import type { Snapshot } from "../../../client/index.ts";
import { useBoard } from "../../../client/react/index.ts";
import { CalendarLinks } from "../account/calendar-links.tsx";
import { useActions } from "../board/access.ts";
import { TopBar } from "../home/top-bar.tsx";
import { texts } from "../texts.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Loading } from "../ui/loading.tsx";
import { NotFound } from "../ui/not-found.tsx";
import { Fields } from "./fields.tsx";
import { Archived, Ends, General } from "./general.tsx";
import { Labels } from "./labels.tsx";
import { LikeIt } from "./like-it.tsx";
import { PutAside } from "./put-aside.tsx";
import { Shares } from "./shares.tsx";
import { Ways } from "./ways.tsx";

/** What is set on a board, live. */
export function BoardSettingsPage({ boardId }: { boardId: string }) {
  const { state, status } = useBoard(boardId);
  return (
    <>
      <TopBar />
      {status === "revoked" ? <NotFound /> : state ? <Settings state={state} /> : <Loading />}
    </>
  );
}

function Settings({ state }: { state: Snapshot }) {
  const { id: boardId, name, state: boardState } = state.board;
  const may = useActions(state);
  useEffect(() => {
    document.title = `${boardSettingsTexts.title(name)} · ${texts.product}`;
  }, [name]);
  return (
    <main className="mx-auto flex max-w-2xl flex-col gap-10 px-4 py-8">
      <div className="flex flex-wrap items-baseline gap-x-4">
        <h1 className="mr-auto text-xl font-semibold wrap-anywhere">{boardSettingsTexts.title(name)}</h1>
        <Link href={`/boards/${boardId}`} className="text-accent underline">
          {boardSettingsTexts.back}
        </Link>
      </div>
      {boardState === "archived" && <Archived state={state} may={may} />}
      <General state={state} may={may} />
      {may("board:share") && <Shares state={state} />}
      {may("label:create") && <Labels state={state} may={may} />}
      <Fields state={state} />
      {may("transition:create") && <Ways state={state} may={may} />}
      <LikeIt state={state} />
      {may("task:read") && <CalendarLinks boardId={boardId} />}
      {may("trash:read") && <PutAside state={state} may={may} />}
      <Ends state={state} may={may} />
    </main>
  );
}
