import { type Priority, type StateGroup, STATE_GROUPS } from "../../../../db/enums.ts";
import { ROW_PROBLEM_SAYS, type RowProblem } from "./row-problems.contract.ts";

// What single cells of a table mean.

/** Ends the reading of a row. */
export class Refused extends Error {
  readonly refusal: RowProblem;
  constructor(refusal: RowProblem, says = ROW_PROBLEM_SAYS[refusal]) {
    super(says);
    this.refusal = refusal;
  }
}

const YES = new Set(["yes", "y", "true", "1", "x", "done", "completed", "complete", "✓", "✔"]);
const NO = new Set(["", "no", "n", "false", "0", "open", "incomplete", "-"]);

export function readAnswer(text: string): boolean {
  const answer = text.toLowerCase();
  if (YES.has(answer)) return true;
  if (NO.has(answer)) return false;
  throw new Refused("ANSWER_INVALID");
}

/** Trestle's own names, and Jira's categories. */
const GROUPS: Readonly<Record<string, StateGroup>> = {
  ...Object.fromEntries(STATE_GROUPS.map((group) => [group, group])),
  "to do": "unstarted",
  new: "unstarted",
  "in progress": "started",
  done: "completed",
  canceled: "cancelled",
};

export function readStateGroup(text: string): StateGroup | null {
  return GROUPS[text.toLowerCase()] ?? null;
}

const LEVELS: Readonly<Record<string, Priority>> = {
  "": "none",
  none: "none",
  "not set": "none",
  lowest: "low",
  trivial: "low",
  minor: "low",
  low: "low",
  p3: "low",
  p4: "low",
  medium: "medium",
  normal: "medium",
  p2: "medium",
  high: "high",
  major: "high",
  p1: "high",
  urgent: "urgent",
  highest: "urgent",
  critical: "urgent",
  blocker: "urgent",
  p0: "urgent",
};

export function readPriority(text: string): Priority {
  const priority = LEVELS[text.toLowerCase()];
  if (priority === undefined) throw new Refused("PRIORITY_UNKNOWN");
  return priority;
}

export function readEstimate(text: string): number | null {
  if (text === "") return null;
  const estimate = toNumber(text);
  if (estimate === undefined || estimate < 0 || estimate > 100_000 || Math.round(estimate * 100) / 100 !== estimate) {
    throw new Refused("ESTIMATE_INVALID");
  }
  return estimate;
}

/** `1234.5`; with a comma in its place when there is no other one. */
export function toNumber(text: string): number | undefined {
  if (!/^[+-]?\d{1,15}(?:[.,]\d{1,10})?$/u.test(text)) return undefined;
  return Number(text.replace(",", ".")) + 0;
}
