import { useState } from "react";
import type { Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import type { May } from "../board/access.ts";
import { texts } from "../texts.ts";
import { boardSettingsTexts } from "../texts/board-settings.ts";
import { AskedButton } from "../ui/asked-button.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Section } from "../ui/section.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { useAct } from "./use-act.ts";
import { columnsOf, demandsOf, type Way, WayForm } from "./way-form.tsx";

interface Props {
  readonly state: Snapshot;
  readonly may: May;
}

/** The ways between the columns of a board, and what is demanded on each. */
export function Ways({ state, may }: Props) {
  const { transitions } = useTrestle();
  const { act, trouble } = useAct();
  const [changed, setChanged] = useState<Way>();
  const [added, setAdded] = useState(0);
  const boardId = state.board.id;
  return (
    <Section level={2} title={boardSettingsTexts.ways}>
      <p className="text-quiet">{boardSettingsTexts.waysSays}</p>
      {state.transitions.length === 0 && <p>{boardSettingsTexts.noWays}</p>}
      <ul className="flex flex-col gap-2">
        {state.transitions.map((way) => (
          <li key={way.id} className="flex flex-wrap items-center gap-3">
            <span className="min-w-0 flex-1 basis-40 wrap-anywhere">
              {way.name}
              <span className="block text-sm text-quiet">{saidOf(way, state)}</span>
            </span>
            <span className="ml-auto flex gap-2">
              {may("transition:update") && (
                <Button aria-label={boardSettingsTexts.changeWay(way.name)} onClick={() => setChanged(way)}>
                  {boardSettingsTexts.changeWayIt}
                </Button>
              )}
              {may("transition:delete") && (
                <AskedButton
                  label={boardSettingsTexts.removeOf(way.name)}
                  action={boardSettingsTexts.remove}
                  says={boardSettingsTexts.removeWaySays(namesOf([way.toColumnId], columnsOf(state, way)))}
                  onSure={() => act(() => transitions.delete.mutate({ boardId, transitionId: way.id }))}
                />
              )}
            </span>
          </li>
        ))}
      </ul>
      <Trouble says={trouble} />
      <WayForm
        key={added}
        state={state}
        action={boardSettingsTexts.addWay}
        onSend={async (wanted) => {
          await transitions.create.mutate({ boardId, ...wanted });
          setAdded(added + 1);
        }}
      />
      {changed && (
        <Dialog label={boardSettingsTexts.changeWay(changed.name)} onClose={() => setChanged(undefined)}>
          <WayForm
            state={state}
            way={changed}
            action={texts.save}
            onSend={async (wanted) => {
              await transitions.update.mutate({ boardId, transitionId: changed.id, ...wanted });
              setChanged(undefined);
            }}
            onCancel={() => setChanged(undefined)}
          />
        </Dialog>
      )}
    </Section>
  );
}

/** From where to where a way leads, and for whom and what. */
function saidOf(way: Way, state: Snapshot): string {
  const { fromColumnIds, toColumnId, minimumRole, requiredFields } = way;
  const columns = columnsOf(state, way);
  const from = fromColumnIds ? namesOf(fromColumnIds, columns) : boardSettingsTexts.everywhere;
  return [
    boardSettingsTexts.wayOf(from, namesOf([toColumnId], columns)),
    ...(minimumRole === null ? [] : [boardSettingsTexts.roles[minimumRole]]),
    ...(requiredFields.length === 0
      ? []
      : [boardSettingsTexts.wayNeeds(namesOf(requiredFields, demandsOf(state, way)))]),
  ].join(" · ");
}

/** The names of some, in the order of all. */
function namesOf(ids: readonly string[], all: readonly { id: string; name: string }[]): string {
  return all
    .filter(({ id }) => ids.includes(id))
    .map(({ name }) => name)
    .join(", ");
}
