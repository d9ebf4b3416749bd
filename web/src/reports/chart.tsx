import { shownDay } from "../texts.ts";
import { reportsTexts } from "../texts/reports.ts";
import { Wide } from "../ui/wide.tsx";

/** One kind of number, day by day. */
export interface Series {
  readonly name: string;
  readonly color: Color;
  readonly values: readonly number[];
}
type Color = keyof typeof FILLS;

/** `areas` stand on each other, the first at the bottom; `bars` are of one series. */
type Kind = "areas" | "lines" | "bars";

interface Props {
  readonly kind: Kind;
  /** What it shows, for who does not see it. */
  readonly label: string;
  readonly days: readonly string[];
  readonly series: readonly Series[];
}

const FILLS = { 1: "fill-chart-1", 2: "fill-chart-2", 3: "fill-chart-3", 4: "fill-chart-4" } as const;
const STROKES = { 1: "stroke-chart-1", 2: "stroke-chart-2", 3: "stroke-chart-3", 4: "stroke-chart-4" } as const;
const SWATCHES = { 1: "bg-chart-1", 2: "bg-chart-2", 3: "bg-chart-3", 4: "bg-chart-4" } as const;
/** The drawing, in its own units. */
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 220, 40, 24, 8];

/** Numbers by days as a drawing, with its legend, and as a table. */
export function Chart(props: Props) {
  return (
    <figure className="flex flex-col gap-2">
      <Drawing {...props} />
      {props.series.length > 1 && (
        <ul className="flex flex-wrap gap-x-4 text-sm">
          {props.series.map(({ name, color }) => (
            <li key={name} className="flex items-center gap-1.5">
              <span aria-hidden="true" className={`size-3 rounded-sm ${SWATCHES[color]}`} />
              {name}
            </li>
          ))}
        </ul>
      )}
      <Table {...props} />
    </figure>
  );
}

function Drawing({ kind, label, days, series }: Props) {
  const layers =
    kind === "areas" ? stacked(series) : series.map(({ values }) => ({ from: values.map(() => 0), to: values }));
  const most = roundUp(Math.max(1, ...layers.flatMap(({ to }) => to)));
  const y = (value: number) => HEIGHT - BOTTOM - (value / most) * (HEIGHT - BOTTOM - TOP);
  const step = (WIDTH - LEFT) / Math.max(1, kind === "bars" ? days.length : days.length - 1);
  const x = (index: number) => LEFT + index * step;
  const line = (values: readonly number[]) => values.map((value, index) => `${x(index)},${y(value)}`);
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="w-full rounded-md bg-surface">
      {[0, most / 2, most].map((tick) => (
        <g key={tick}>
          <line x1={LEFT} x2={WIDTH} y1={y(tick)} y2={y(tick)} className="stroke-line" strokeWidth="1" />
          <text x={LEFT - 6} y={y(tick) + 4} textAnchor="end" className="fill-quiet text-[11px]">
            {tick.toLocaleString()}
          </text>
        </g>
      ))}
      {series.map(({ name, color, values }, index) => {
        const { from = [], to = [] } = layers[index] ?? {};
        if (kind === "lines") {
          return (
            <polyline
              key={name}
              points={line(values).join(" ")}
              className={`fill-none ${STROKES[color]}`}
              strokeWidth="2"
            />
          );
        }
        if (kind === "areas") {
          const outline = [...line(to), ...line(from).toReversed()];
          return <polygon key={name} points={outline.join(" ")} className={`stroke-surface ${FILLS[color]}`} />;
        }
        return values.map((value, day) => (
          <rect
            key={`${name} ${days[day] ?? ""}`}
            x={x(day) + step * 0.1}
            y={y(value)}
            width={step * 0.8}
            height={y(0) - y(value)}
            className={FILLS[color]}
          />
        ));
      })}
      <text x={LEFT} y={HEIGHT - 6} className="fill-quiet text-[11px]">
        {shownDay(days[0] ?? "")}
      </text>
      <text x={WIDTH - 2} y={HEIGHT - 6} textAnchor="end" className="fill-quiet text-[11px]">
        {shownDay(days.at(-1) ?? "")}
      </text>
    </svg>
  );
}

/** Each series from where the one below it ends. */
function stacked(series: readonly Series[]): { from: readonly number[]; to: readonly number[] }[] {
  let from: readonly number[] = series[0]?.values.map(() => 0) ?? [];
  return series.map(({ values }) => {
    const below = from;
    from = values.map((value, index) => value + (below[index] ?? 0));
    return { from: below, to: from };
  });
}

/** The next number above that is easy to read, and so is its half. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([2, 4, 6, 10].find((factor) => factor * power >= value) ?? 10) * power;
}

function Table({ days, series }: Props) {
  return (
    <details className="text-sm">
      <summary className="text-quiet">{reportsTexts.table}</summary>
      <Wide label={reportsTexts.table}>
        <table className="mt-1 text-left">
          <thead>
            <tr className="text-quiet">
              {[reportsTexts.day, ...series.map(({ name }) => name)].map((head) => (
                <th key={head} scope="col" className="px-2 py-0.5 font-medium">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.map((day, index) => (
              <tr key={day} className="border-t border-line">
                <th scope="row" className="px-2 py-0.5 font-normal whitespace-nowrap">
                  {shownDay(day)}
                </th>
                {series.map(({ name, values }) => (
                  <td key={name} className="px-2 py-0.5 text-right">
                    {(values[index] ?? 0).toLocaleString()}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </details>
  );
}
