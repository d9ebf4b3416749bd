/** What is asked before something is lost. */
export const questionTexts = {
  writeName: (name: string) => `To be sure, write its name: ${name}`,
  otherName: "That is another name.",
} as const;
