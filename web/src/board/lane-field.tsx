import { useState } from "react";
import { LANE_KINDS, type Snapshot } from "../../../client/index.ts";
import { useTrestle } from "../../../client/react/index.ts";
import { texts } from "../texts.ts";
import { saysOf } from "../ui/form.tsx";
import { Trouble } from "../ui/trouble.tsx";
import { lanesOf } from "./lanes-of.ts";
import type { Look, SetLook } from "./look.ts";

interface Props {
  readonly state: Snapshot;
  readonly look: Look;
  readonly setLook: SetLook;
}

/** By what a board is cut into lanes, for everybody who looks at it. */
export function LaneField({ state, look, setLook }: Props) {
  const { boards } = useTrestle();
  const [refused, setRefused] = useState<string>();
  const set = (laneBy: string) => {
    setRefused(undefined);
    if (look.lanes !== undefined) setLook({ lanes: undefined });
    boards.setLanes
      .mutate({ boardId: state.board.id, laneBy: laneBy === "" ? null : laneBy })
      .catch((error: unknown) => setRefused(saysOf(error)));
  };
  const names: Readonly<Record<string, string>> = texts.lanes.by;
  return (
    <div className="flex items-center gap-2">
      <label htmlFor="lanes" className="text-sm text-quiet">
        {texts.lanes.label}
      </label>
      <select
        id="lanes"
        value={lanesOf(state, look.lanes) ?? ""}
        onChange={(event) => set(event.target.value)}
        className="min-h-8 max-w-36 rounded-md border border-line bg-surface px-1.5 py-1 text-sm"
      >
        <option value="">{texts.lanes.none}</option>
        {LANE_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {names[kind]}
          </option>
        ))}
        {state.fields.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Trouble says={refused} />
    </div>
  );
}
