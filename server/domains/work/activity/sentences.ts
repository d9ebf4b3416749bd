import type { ActivityPart, ActivityValue, Named } from "./activity.contract.ts";
import { isParts, type Names } from "./names.ts";
import { quoted, type Ref, type Telling } from "./words.ts";

/** Who did it, and what: an English sentence, of what things are called now. */
export function sentenceOf({ says }: Telling, actor: Named, names: Names): string {
  const words = says.map((word) => {
    if (typeof word === "string") return word;
    if (!isParts(word)) return nameOf(names.of(word), actor);
    const parts = word.map((part) => names.part(part));
    return phrasesOf(parts, actor) || "something";
  });
  return `${nameOf(actor)} ${words.join("")}`;
}

function nameOf(named: Named, actor?: Ref): string {
  const { kind, id, name } = named;
  if (kind === "person") return id === actor?.id ? "themself" : (name ?? "a deleted account");
  if (name === null) return `a deleted ${KINDS[kind] ?? kind}`;
  return kind === "task" ? name : quoted(name);
}

const KINDS: Partial<Record<Named["kind"], string>> = { "check-item": "item", attachment: "file", transition: "way" };

/** What of a task became another. */
function phrasesOf(parts: readonly ActivityPart[], actor: Named): string {
  // A whole day says more than the instant that stands for it; where there is none any more, the instant does.
  const isDay = (field: string) => parts.some((part) => part.field === field && typeof part.to === "string");
  const untold = [
    "hasDescription",
    "timeZone",
    isDay("startOn") ? "startAt" : "startOn",
    isDay("dueOn") ? "dueAt" : "dueOn",
  ];
  return parts
    .filter(({ field }) => !untold.includes(field))
    .map((part) => phraseOf(part, actor))
    .join(", ");
}

function phraseOf({ field, of, from, to }: ActivityPart, actor: Named): string {
  if (field === "description") return "the description";
  if (isThings(to) && isThings(from)) return differenceOf(field, { from, to, actor });
  const what = of ? nameOf(of) : (CALLED[field] ?? field);
  const said = (value: ActivityValue | undefined) => {
    return typeof value === "string" && value !== "" && (of || field === "title")
      ? quoted(value)
      : textOf(value, actor);
  };
  const before = from === undefined ? NONE : said(from);
  return before === NONE ? `${what} to ${said(to)}` : `${what} from ${before} to ${said(to)}`;
}

interface Difference {
  readonly from: readonly Named[];
  readonly to: readonly Named[];
  readonly actor: Named;
}

/** What came to a set, and what went. */
function differenceOf(field: string, { from, to, actor }: Difference): string {
  const [came, went] = VERBS[field] ?? ["added", "took away"];
  const without = (all: readonly Named[], others: readonly Named[]) =>
    all.filter(({ id }) => !others.some((other) => other.id === id)).map((one) => nameOf(one, actor));
  const sides = [
    [came, without(to, from)],
    [went, without(from, to)],
  ] as const;
  return sides.flatMap(([verb, names]) => (names.length > 0 ? [`${verb} ${names.join(" and ")}`] : [])).join(", ");
}

/** What nothing is called: as the priority of what has none. */
const NONE = "none";

const VERBS: Readonly<Record<string, readonly [string, string]>> = {
  assigneeIds: ["assigned", "took off"],
  labelIds: ["added the label", "removed the label"],
};

const CALLED: Readonly<Record<string, string>> = {
  parentId: "parent",
  startAt: "start",
  startOn: "start",
  dueAt: "due date",
  dueOn: "due date",
  coverColor: "cover",
  assigneeIds: "people",
  assigneeNames: "people of the import",
  labelIds: "labels",
};

function textOf(value: ActivityValue | undefined, actor: Named): string {
  if (value === null || value === undefined || value === "") return NONE;
  if (value === true || value === false) return value ? "yes" : "no";
  if (typeof value === "object") {
    if (!Array.isArray(value)) return nameOf(value, actor);
    const names = value.map((one) => (typeof one === "string" ? one : nameOf(one, actor)));
    return names.length === 0 ? NONE : names.join(", ");
  }
  return `${value}`;
}

function isThings(value: ActivityValue | undefined): value is Named[] {
  return Array.isArray(value) && value.every((one) => typeof one !== "string");
}
