/** What the form of a card says. */
export const cardFormTexts = {
  select: "Select",
  noTitle: "A card has a title.",
} as const;
