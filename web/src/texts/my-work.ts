/** What the screen says of what somebody has to do. */
export const myWorkTexts = {
  title: "My work",
  says: "What you are assigned to and is not done, of all your boards.",
  none: "Nothing is left to do.",
  groups: { overdue: "Overdue", today: "Today", week: "Within a week", later: "Later", none: "Without a date" },
  done: (title: string) => `Done: ${title}`,
  isDone: (title: string) => `${title} is done.`,
  noDoneColumn: "The board has no column for what is done.",
} as const;
