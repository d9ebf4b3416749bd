/** What lanes say. */
export const lanesTexts = {
  none: {
    assignee: "Nobody",
    label: "No label",
    priority: "No priority",
    due: "No due date",
    parent: "Part of nothing",
    estimate: "No estimate",
  },
  noneOf: (field: string) => `No ${field}`,
  yes: "Yes",
  no: "No",
  unknown: "Out of sight",
} as const;
