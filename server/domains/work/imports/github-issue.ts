import { z } from "zod";
import { LABEL_COLORS } from "../../../../db/enums.ts";
import { COMMENT_LENGTH } from "../comments.contract.ts";
import { NO_DATES } from "../task-dates.ts";
import { DESCRIPTION, LABEL_NAME, PERSON_NAME, PLAN_NAME, SET_SIZE, TITLE } from "./draft-limits.ts";
import type { ImportMapping } from "./import-tables.contract.ts";
import type { Drafted, RowDraft } from "./row-draft.ts";
import { ROW_PROBLEM_SAYS, type RowNote } from "./row-problems.contract.ts";
import { toInstant, toLine, toProse } from "./trello-texts.ts";

const Text = z.string().nullish();
const Person = z.object({ login: Text, name: Text }).nullish();
/** Of `gh issue list --json` there is a title, of the REST API a name. */
const Milestone = z.object({ title: z.string(), due_on: Text, dueOn: Text }).nullish();
const Comment = z.object({
  body: Text,
  user: Person,
  author: Person,
  created_at: Text,
  createdAt: Text,
  updated_at: Text,
});

/**
 * What Trestle reads of an issue, as the REST API has it (`GET /repos/OWNER/REPO/issues?state=all`) and as
 * `gh issue list --state all --json number,title,body,state,…` has it. A member that says nothing may be absent.
 */
export const GithubIssue = z.object({
  number: z.int().positive(),
  title: Text,
  body: Text,
  state: Text,
  state_reason: Text,
  stateReason: Text,
  labels: z.array(z.union([z.string(), z.object({ name: Text, color: Text })])).nullish(),
  assignees: z.array(Person).nullish(),
  milestone: Milestone,
  /** A number of comments, or they themselves. */
  comments: z.union([z.number(), z.array(Comment)]).nullish(),
  html_url: Text,
  url: Text,
  created_at: Text,
  createdAt: Text,
  updated_at: Text,
  updatedAt: Text,
  closed_at: Text,
  closedAt: Text,
  pull_request: z.unknown().optional(),
});
export type GithubIssue = z.infer<typeof GithubIssue>;

/** An issue as the task that it stands for: what is known of it is read by name, so that no mapping is needed. */
export function toGithubDraft(value: unknown, mapping: ImportMapping): Drafted {
  const parsed = GithubIssue.safeParse(value);
  if (!parsed.success) return { refusal: "ISSUE_INVALID", says: ROW_PROBLEM_SAYS.ISSUE_INVALID };
  const issue = parsed.data;
  if ((issue.title ?? "").trim() === "") return { refusal: "TITLE_MISSING", says: ROW_PROBLEM_SAYS.TITLE_MISSING };
  const cutter = { truncated: 0 };
  const address = addressOf(issue);
  const name = address === undefined ? `#${issue.number}` : nameOf(address, issue.number);
  const body = toProse(cutter, issue.body ?? "", DESCRIPTION - (address?.length ?? 0) * 2 - 20);
  const closedAt = toInstant(issue.closed_at ?? issue.closedAt);
  const draft = {
    id: name,
    otherId: null,
    title: toLine(cutter, issue.title ?? "", TITLE),
    description: address === undefined ? body : `${body}\n\n[${name}](${address})`.trim(),
    column: columnOf(issue, mapping),
    priority: "none" as const,
    dates: NO_DATES,
    estimate: null,
    people: (issue.assignees ?? [])
      .flatMap((person) => person?.login ?? person?.name ?? [])
      .slice(0, SET_SIZE)
      .map((login) => toLine(cutter, login, PERSON_NAME)),
    labels: labelsOf(cutter, issue),
    fields: {},
    fieldPeople: [],
    state: "open" as const,
    createdAt: toInstant(issue.created_at ?? issue.createdAt),
    updatedAt: toInstant(issue.updated_at ?? issue.updatedAt),
    completedAt: closedAt,
    plans: plansOf(cutter, issue),
    comments: commentsOf(cutter, issue),
    links: { parent: null, blocks: [], blockedBy: [] },
  };
  const notes: RowNote[] = cutter.truncated > 0 ? ["TEXT_CUT"] : [];
  return { draft: { ...draft, notes } };
}

/** The page of an issue; of the API's own address nothing is kept. */
function addressOf({ html_url: page, url }: GithubIssue): string | undefined {
  const address = page ?? url ?? "";
  return /^https:\/\/[^\s()]{1,300}\/issues\/\d+$/u.test(address) && !address.includes("//api.") ? address : undefined;
}

/** `owner/repository#12`. */
function nameOf(address: string, number: number): string {
  const [, owner, repository] = /\/([^/]+)\/([^/]+)\/issues\/\d+$/u.exec(address) ?? [];
  return `${owner}/${repository}#${number}`.slice(0, 200);
}

function columnOf({ state, state_reason: snake, stateReason }: GithubIssue, mapping: ImportMapping) {
  const reason = (snake ?? stateReason ?? "").toLowerCase();
  if ((state ?? "open").toLowerCase() === "open") return { name: mapping.fallbackColumn, stateGroup: null };
  return reason === "not_planned" || reason === "duplicate"
    ? ({ name: "Not planned", stateGroup: "cancelled" } as const)
    : ({ name: "Closed", stateGroup: "completed" } as const);
}

function labelsOf(cutter: { truncated: number }, { labels }: GithubIssue): RowDraft["labels"] {
  return (labels ?? []).slice(0, SET_SIZE).flatMap((label) => {
    const { name, color } = typeof label === "string" ? { name: label, color: null } : label;
    return (name ?? "").trim() === "" ? [] : [{ name: toLine(cutter, name ?? "", LABEL_NAME), color: nearest(color) }];
  });
}

function plansOf(cutter: { truncated: number }, { milestone }: GithubIssue): RowDraft["plans"] {
  if (!milestone || milestone.title.trim() === "") return [];
  const endsOn = toInstant(milestone.due_on ?? milestone.dueOn)?.slice(0, 10) ?? null;
  return [{ kind: "milestone", name: toLine(cutter, milestone.title, PLAN_NAME), endsOn }];
}

function commentsOf(cutter: { truncated: number }, { comments }: GithubIssue): RowDraft["comments"] {
  if (!Array.isArray(comments)) return [];
  return comments.flatMap(({ body, user, author, created_at: snake, createdAt }) => {
    if ((body ?? "").trim() === "") return [];
    return {
      author: toProse(cutter, user?.login ?? author?.login ?? "", PERSON_NAME),
      text: toProse(cutter, body ?? "", COMMENT_LENGTH),
      createdAt: toInstant(snake ?? createdAt),
      editedAt: null,
    };
  });
}

type LabelColor = (typeof LABEL_COLORS)[number];

/** About what these look like. */
const SHADES: Readonly<Record<LabelColor, readonly [red: number, green: number, blue: number]>> = {
  gray: [200, 200, 205],
  red: [215, 40, 50],
  orange: [240, 140, 40],
  yellow: [250, 215, 60],
  lime: [165, 215, 50],
  green: [30, 140, 60],
  sky: [150, 215, 245],
  blue: [10, 90, 210],
  purple: [120, 60, 200],
  pink: [240, 130, 190],
  black: [20, 20, 20],
};

/** The colour that looks most like one of six hex digits. */
function nearest(color: string | null | undefined): LabelColor {
  const hex = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/iu.exec(color ?? "");
  if (!hex) return "gray";
  const [red = 0, green = 0, blue = 0] = hex.slice(1).map((digits) => Number.parseInt(digits, 16));
  const distance = (shade: LabelColor) => {
    const [r, g, b] = SHADES[shade];
    return (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  };
  return LABEL_COLORS.reduce((best, shade) => (distance(shade) < distance(best) ? shade : best));
}
