/** What the ways to look at a board say. */
export const viewsTexts = {
  none: "Nothing is saved yet. A saved view keeps the filter, the order and the kind of view under a name.",
  visibility: "Who has it",
  visibilities: { private: "Only you", shared: "Whoever sees the board" },
  edit: (name: string) => `Settings of ${name}`,
  delete: (name: string) => `Delete ${name}`,
  deleteIt: "Delete",
  deleteSays: "Nobody has it any more. The tasks stay.",
  saveAs: "Save what you see",
  saveAsName: "Name of the view",
  saveChanges: (name: string) => `Save the changes to ${name}`,
  orderStays: "The order by this column is not saved: views keep those by what is due or urgent first.",
} as const;
