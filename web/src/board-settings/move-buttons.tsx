import { boardSettingsTexts } from "../texts/board-settings.ts";
import { Button } from "../ui/button.tsx";

interface Props {
  readonly name: string;
  /** Where it stands among `count`, from 0. */
  readonly place: number;
  readonly count: number;
  readonly onMove: (place: number) => void;
}

/** Moves something up and down in its list. At an end they stay where the focus is, and do nothing. */
export function MoveButtons({ name, place, count, onMove }: Props) {
  const button = (to: number, label: string, sign: string) => {
    const isPossible = to >= 0 && to < count;
    return (
      <Button
        aria-label={label}
        aria-disabled={!isPossible}
        className="px-2 aria-disabled:opacity-50"
        onClick={() => isPossible && onMove(to)}
      >
        <span aria-hidden="true">{sign}</span>
      </Button>
    );
  };
  return (
    <span className="flex">
      {button(place - 1, boardSettingsTexts.moveUp(name), "↑")}
      {button(place + 1, boardSettingsTexts.moveDown(name), "↓")}
    </span>
  );
}

/** A list of which one stands elsewhere. */
export function moved<Item>(items: readonly Item[], from: number, to: number): Item[] {
  const others = items.toSpliced(from, 1);
  return others.toSpliced(to, 0, ...items.slice(from, from + 1));
}
