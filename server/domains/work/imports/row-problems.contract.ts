/** What may be wrong with a row of a file. The first ones refuse it; those below it is taken with. */
export const ROW_REFUSALS = [
  "TITLE_MISSING",
  "ID_INVALID",
  "ID_REPEATED",
  "COLUMN_UNKNOWN",
  "COLUMNS_FULL",
  "COLUMN_ARCHIVED",
  "WIP_LIMIT_REACHED",
  "PRIORITY_UNKNOWN",
  "ESTIMATE_INVALID",
  "DATE_INVALID",
  "DATE_AMBIGUOUS",
  "DATES_REVERSED",
  "TIME_ZONE_INVALID",
  "ANSWER_INVALID",
  "FIELD_VALUE_INVALID",
  "ISSUE_INVALID",
] as const;
export const ROW_NOTES = [
  "TEXT_CUT",
  "PERSON_UNKNOWN",
  "LABELS_FULL",
  "LABEL_UNKNOWN",
  "PLANS_FULL",
  "PARENT_NOT_FOUND",
  "PARENT_REFUSED",
  "RELATION_NOT_FOUND",
  "RELATION_REFUSED",
  "COMMENTS_FULL",
] as const;
export const ROW_PROBLEMS = [...ROW_REFUSALS, ...ROW_NOTES] as const;

export type RowProblem = (typeof ROW_REFUSALS)[number];
export type RowNote = (typeof ROW_NOTES)[number];

/** As a user could read it. */
export const ROW_PROBLEM_SAYS: Record<RowProblem | RowNote, string> = {
  TITLE_MISSING: "The row has no title.",
  ID_INVALID: "The id of the row is longer than 200 characters.",
  ID_REPEATED: "A row before this one has the same id.",
  COLUMN_UNKNOWN: "The board has no such column, and none is to be made, or you may not make one.",
  COLUMNS_FULL: "The board has as many columns as it may.",
  COLUMN_ARCHIVED: "The column is archived.",
  WIP_LIMIT_REACHED: "The column is at its limit.",
  PRIORITY_UNKNOWN: "There is no such priority.",
  ESTIMATE_INVALID: "An estimate is a number from 0 to 100,000 with at most two decimals.",
  DATE_INVALID: "This is no date.",
  DATE_AMBIGUOUS: "Which number is the day? The mapping has to say it.",
  DATES_REVERSED: "A task begins before it is due.",
  TIME_ZONE_INVALID: "There is no time zone of that name.",
  ANSWER_INVALID: "This is neither yes nor no.",
  FIELD_VALUE_INVALID: "The field cannot hold this value.",
  ISSUE_INVALID: "This is no issue of GitHub.",
  TEXT_CUT: "A text was too long, and was cut.",
  PERSON_UNKNOWN: "Somebody has no account here, and is kept by name.",
  LABELS_FULL: "The board has as many labels as it may: a label was left out.",
  LABEL_UNKNOWN: "The board has no such label: it was left out.",
  PLANS_FULL: "The milestone or sprint could not be made, or is closed: it was left out.",
  PARENT_NOT_FOUND: "What the task is a part of is not on the board.",
  PARENT_REFUSED: "The task cannot be a part of that one.",
  RELATION_NOT_FOUND: "What the task blocks, or is blocked by, is not on the board.",
  RELATION_REFUSED: "The relation would lead in a circle, or is one too many.",
  COMMENTS_FULL: "The task has as many comments as it may: some were left out.",
};
