import { useEffect, useMemo } from "react";
import { useLocation } from "wouter";
import { type BoardView, useBoard } from "../../../client/react/index.ts";
import { errorKind } from "../../../client/index.ts";
import { TopBar } from "../home/top-bar.tsx";
import { beginAnew, signInFor } from "../session/begin-anew.ts";
import { TaskDetails, TaskPanel } from "../task/task-panel.tsx";
import { texts } from "../texts.ts";
import { Loading } from "../ui/loading.tsx";
import { Message } from "../ui/message.tsx";
import { NotFound } from "../ui/not-found.tsx";
import { useActions } from "./access.ts";
import { BoardBar } from "./board-bar.tsx";
import { BulkBar, CardForm } from "./card-work.tsx";
import { useLook } from "./look.ts";
import { useFilter } from "./use-filter.ts";
import { VIEW_KINDS } from "./view-kinds.ts";

/** When the board has been shown, and most of what follows from that is done. */
const PRELOAD_MS = 1_500;

interface Place {
  readonly boardId: string;
  /** The task that is open. */
  readonly taskId: string | undefined;
}

/** A board, live, and the task that is open on it. */
export function BoardPage({ boardId, taskId }: Place) {
  const view = useBoard(boardId);
  const name = view.state?.board.name;
  useEffect(() => {
    document.title = name === undefined ? texts.product : `${name} · ${texts.product}`;
  }, [name]);
  if (view.status === "revoked") return <Ended view={view} />;
  return (
    <div className="flex h-full flex-col">
      {view.board && view.state ? (
        <OpenBoard view={view} state={view.state} board={view.board} taskId={taskId} />
      ) : (
        <>
          <TopBar />
          <Loading />
        </>
      )}
    </div>
  );
}

/** Nothing of a board is left to read once it is closed to somebody. */
function Ended({ view: { error } }: { view: BoardView }) {
  const kind = errorKind(error);
  useEffect(() => {
    if (kind === "SIGN_IN_REQUIRED") beginAnew(signInFor(location.pathname));
  }, [kind]);
  return (
    <div className="flex h-full flex-col">
      <TopBar />
      {kind === "BOARD_NOT_FOUND" ? (
        <NotFound />
      ) : (
        <Message title={texts.board.gone} says={error?.message ?? texts.board.goneSays} />
      )}
    </div>
  );
}

interface Open {
  readonly view: BoardView;
  readonly state: NonNullable<BoardView["state"]>;
  readonly board: NonNullable<BoardView["board"]>;
  readonly taskId: string | undefined;
}

function OpenBoard({ view, state, board, taskId }: Open) {
  const [, go] = useLocation();
  const { look, setLook, setFilter } = useLook();
  const filtered = useFilter(state, look.filter);
  const may = useActions(state);
  const shown = useMemo(
    () => (filtered.ids ? state.tasks.filter(({ id }) => filtered.ids?.has(id)) : state.tasks),
    [state.tasks, filtered.ids],
  );
  useEffect(() => {
    // A card can be opened and changed then though the network is gone.
    const timer = setTimeout(() => {
      for (const { preload } of [TaskDetails, CardForm, BulkBar]) preload();
    }, PRELOAD_MS);
    return () => clearTimeout(timer);
  }, []);
  const { View } = VIEW_KINDS[look.kind];
  const close = () => go(`/boards/${board.boardId}${location.search}`);
  return (
    <>
      <BoardBar
        {...{ view, state, taskId, may, look, setLook }}
        filter={{ set: setFilter, ...filtered, shown: shown.length }}
      />
      <View {...{ state, shown, board, may, look, setLook }} />
      {taskId !== undefined && (
        <TaskPanel key={taskId} state={state} board={board} taskId={taskId} may={may} onClose={close} />
      )}
    </>
  );
}
