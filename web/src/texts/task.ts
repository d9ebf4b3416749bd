import { counted } from "./counted.ts";

/** What an open task says besides what its card does. */
export const taskTexts = {
  fields: "Fields",
  none: "None",
  yes: "Yes",
  no: "No",
  openAddress: "Open",
  parts: "Parts",
  partsDone: (done: number, total: number) => `${done} of ${counted(total, "part", "parts")} done`,
  partOf: "Part of",
  partOfHidden: "a task that is not on the board now",
  partDone: (title: string) => `Done: ${title}`,
  addPart: "Add a part",
  partTitle: "New part",
  existingPart: "Make another task a part",
  findPart: "Which task",
  findHint: "Its title or its number",
  detach: (title: string) => `A part no longer: ${title}`,
  detachSelf: "A part no longer",
  convert: "Make a part of it",
  convertItem: (text: string) => `Make a part of ${text}`,
  mention: "People",
  peopleFound: (count: number) => (count === 0 ? "Nobody is called that" : counted(count, "person", "people")),
  answer: "Answer",
  answerTo: (name: string) => `Answer ${name}`,
  editComment: "Edit comment",
  react: "Add a reaction",
  reactWith: (emoji: string) => `React with ${emoji}`,
  reactions: (emoji: string, count: number, names: string) =>
    `${emoji} ${counted(count, "reaction", "reactions")}: ${names}`,
} as const;
