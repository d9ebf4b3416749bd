import type { Row } from "./rows.ts";
import { barOf, type Range } from "./scale.ts";

interface Props {
  readonly rows: readonly Row[];
  /** Those that can be seen, by their places. */
  readonly seen: readonly number[];
  /** The places of cards. */
  readonly places: ReadonlyMap<string, number>;
  readonly range: Range;
  readonly dayPx: number;
  readonly origin: number;
  readonly rowPx: number;
}

/** So many lines are drawn at once. */
const MOST_LINES = 300;
const TURN_PX = 7;

/** Lines from the end of what blocks to the beginning of what is blocked. */
export function Blocks({ rows, seen, places, range, dayPx, origin, rowPx }: Props) {
  const lines = seen.flatMap((index) => {
    const row = rows[index];
    if (row?.kind !== "card") return [];
    return row.entry.card.blockerIds.flatMap((blockerId) => {
      const from = places.get(blockerId);
      const blocker = from === undefined ? undefined : rows[from];
      if (from === undefined || blocker?.kind !== "card") return [];
      const [before, after] = [barOf(blocker.entry, range, dayPx), barOf(row.entry, range, dayPx)];
      const [x, y] = [origin + before.left + before.width, (from + 0.5) * rowPx];
      const path = `M${x} ${y}h${TURN_PX}V${(index + 0.5) * rowPx}H${origin + after.left}`;
      return { id: `${blockerId} ${row.id}`, path };
    });
  });
  return (
    <svg aria-hidden="true" width="1" height="1" className="pointer-events-none absolute top-0 left-0 overflow-visible">
      {lines.slice(0, MOST_LINES).map(({ id, path }) => (
        <path key={id} d={path} className="fill-none stroke-danger/60" strokeWidth="1.5" />
      ))}
    </svg>
  );
}
