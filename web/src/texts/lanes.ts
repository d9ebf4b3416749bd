/** What lanes say. */
export const lanesTexts = {
  keys: "Arrow keys go from card to card, with Alt they move the card, at the end of a lane into the next one, with Shift they select. Enter opens it, E changes it, X selects it.",
  movedTo: (title: string, column: string, lane: string) => `${title}: moved to ${column}, ${lane}`,
  cannot: (title: string, lane: string) => `“${title}” cannot be put into ${lane}.`,
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
