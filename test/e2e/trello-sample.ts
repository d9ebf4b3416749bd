/** Exports of Trello boards, written by hand: their people are nobody. */

interface Thing {
  readonly id: string;
  readonly [field: string]: unknown;
}

const PEOPLE = ["m1", "m2", "m3"];

/** What `by` did to a card: the fields' values before and after. */
export function changed(by: string, card: string, old: object, now: object): object {
  return action(by, "updateCard", { card: { id: card, ...now }, list: { id: "todo" }, old });
}

function listChanged(list: string, old: object, now: object): object {
  return action("m1", "updateList", { list: { id: list, ...now }, old });
}

function action(by: string, type: string, data: object): object {
  return { id: crypto.randomUUID(), type, date: "2020-01-01T00:00:00.000Z", idMemberCreator: by, data };
}

/** An export with these lists and cards in the end, and these actions, oldest first. */
export function exportOf(board: {
  lists: Thing[];
  cards: Thing[];
  labels?: Thing[];
  checklists?: Thing[];
  actions: object[];
}): object {
  return {
    name: "Sample",
    lists: board.lists,
    cards: board.cards,
    labels: board.labels ?? [],
    checklists: board.checklists ?? [],
    members: PEOPLE.map((id, index) => ({ id, fullName: `Person ${index + 1}`, username: id })),
    actions: board.actions.toReversed(),
  };
}

const LISTS = [
  { id: "todo", name: "To do", pos: 100 },
  { id: "doing", name: "In progress", pos: 200 },
  // Moved before the others.
  { id: "done", name: "Done", pos: 50 },
  // Closed before the recording, and renamed since.
  { id: "old", name: "Old things", pos: 400, closed: true },
  // Created, closed, moved and reopened.
  { id: "later", name: "Later", pos: 150 },
];

const CARDS = [
  {
    id: "draft",
    name: "Draft, second",
    idList: "doing",
    pos: 5,
    desc: "What it says",
    start: "2020-02-01T10:00:00.000Z",
    due: "2020-02-02T10:00:00.000Z",
    cover: { color: "sky", idAttachment: null },
    idMembers: ["m2"],
    idLabels: ["red"],
  },
  { id: "plan", name: "Plan", idList: "done", pos: 49_152, desc: "Changed while it was closed" },
  { id: "shelf", name: "Shelved", idList: "old", pos: 10 },
  { id: "closed", name: "Closed long ago", idList: "todo", pos: 1, closed: true, desc: "Described later" },
  // Trello spread this list: the actions know other positions, in the same order.
  { id: "first", name: "First", idList: "done", pos: 16_384 },
  { id: "second", name: "Second", idList: "done", pos: 32_768, idLabels: ["blue"] },
  { id: "grown", name: "Grown", idList: "todo", pos: 70_000 },
];

const ACTIONS = [
  action("m1", "createCard", { card: { id: "draft", name: "Draft" }, list: { id: "todo" } }),
  changed("m2", "draft", { desc: "" }, { desc: "What it says" }),
  changed("m2", "draft", { idList: "todo" }, { idList: "doing" }),
  changed("m3", "draft", { pos: 9 }, { pos: 5 }),
  action("m1", "addMemberToCard", { card: { id: "draft" }, idMember: "m2" }),
  action("m1", "addMemberToCard", { card: { id: "draft" }, idMember: "m3" }),
  action("m1", "removeMemberFromCard", { card: { id: "draft" }, idMember: "m3" }),
  changed("m1", "draft", { due: null }, { due: "2020-02-02T10:00:00.000Z" }),
  changed("m1", "draft", { start: null }, { start: "2020-02-01T10:00:00.000Z" }),
  changed("m1", "draft", { cover: { color: null } }, { cover: { color: "sky", idAttachment: null } }),
  changed("m1", "draft", { idLabels: [] }, { idLabels: ["red"] }),
  changed("m1", "draft", { name: "Draft" }, { name: "Draft, second" }),
  changed("m1", "draft", { idMembers: ["m2"] }, { idMembers: ["m2"] }),
  // Trello lets people change what is closed.
  changed("m2", "plan", { closed: false }, { closed: true }),
  changed("m2", "plan", { desc: "" }, { desc: "Changed while it was closed" }),
  changed("m2", "plan", { idList: "todo" }, { idList: "done" }),
  changed("m2", "plan", { closed: true }, { closed: false }),
  changed("m3", "closed", { desc: "" }, { desc: "Described later" }),
  changed("m3", "shelf", { idList: "todo" }, { idList: "old" }),
  listChanged("old", { name: "Old" }, { name: "Old things" }),
  action("m1", "createList", { list: { id: "later", name: "Later" } }),
  listChanged("later", { closed: false }, { closed: true }),
  listChanged("later", { pos: 900 }, { pos: 150 }),
  listChanged("later", { closed: true }, { closed: false }),
  listChanged("doing", { name: "Doing" }, { name: "In progress" }),
  listChanged("done", { pos: 300 }, { pos: 50 }),
  // The list is spread between these two and the next.
  changed("m1", "second", { pos: 64 }, { pos: 1 }),
  changed("m1", "first", { pos: 32 }, { pos: 0.5 }),
  changed("m1", "plan", { pos: 8 }, { pos: 49_152 }),
  // What the export no longer holds.
  action("m2", "createCard", { card: { id: "slip", name: "Slip" }, list: { id: "doing" } }),
  action("m2", "deleteCard", { card: { id: "slip" }, list: { id: "doing" } }),
  action("m2", "deleteCard", { card: { id: "nameless" }, list: { id: "todo" } }),
  // A label that is gone in the end, and one that no action put on.
  changed("m3", "second", { idLabels: [] }, { idLabels: ["gone"] }),
  action("m3", "commentCard", { card: { id: "draft" }, text: "Nice" }),
  action("m2", "commentCard", { card: { id: "closed" }, text: "It stays closed" }),
  changed("m3", "draft", { dueComplete: false }, { dueComplete: true }),
  action("m1", "addChecklistToCard", { card: { id: "draft" }, checklist: { id: "steps", name: "Steps" } }),
  action("m2", "updateCheckItemStateOnCard", ofItem("draft", "steps", { id: "one", name: "One", state: "complete" })),
  action("m2", "updateCheckItemStateOnCard", ofItem("draft", "steps", { id: "two", name: "Two", state: "complete" })),
  action("m2", "updateCheckItemStateOnCard", ofItem("draft", "steps", { id: "two", name: "Two", state: "incomplete" })),
  // On a card that is closed; and of an item that is gone in the end, without a record of that.
  action("m3", "updateCheckItemStateOnCard", ofItem("closed", "before", { id: "old", name: "Old", state: "complete" })),
  action(
    "m3",
    "updateCheckItemStateOnCard",
    ofItem("closed", "before", { id: "lost", name: "Lost", state: "complete" }),
  ),
  action("m1", "convertToCardFromCheckItem", {
    card: { id: "grown", name: "Grown" },
    cardSource: { id: "draft", name: "Draft, second" },
    checklist: { id: "steps" },
    list: { id: "todo" },
  }),
  action("m1", "addAttachmentToCard", { card: { id: "draft" }, attachment: { id: "file", name: "a.png" } }),
];

function ofItem(card: string, checklist: string, checkItem: object): object {
  return { card: { id: card }, checklist: { id: checklist, name: "Checklist" }, checkItem };
}

const CHECKLISTS = [
  {
    id: "steps",
    idCard: "draft",
    name: "Steps",
    pos: 1,
    checkItems: [
      { id: "two", name: "Two", state: "incomplete", pos: 2 },
      { id: "one", name: "One", state: "complete", pos: 1 },
    ],
  },
  {
    id: "before",
    idCard: "closed",
    name: "Before",
    pos: 1,
    checkItems: [{ id: "old", name: "Old, renamed", state: "complete", pos: 1 }],
  },
];

/** A bit of everything that is recorded, and of what is not. */
export const SAMPLE = exportOf({
  lists: LISTS,
  cards: CARDS,
  labels: [
    { id: "red", name: "Urgent", color: "red_dark" },
    { id: "blue", name: "", color: "blue" },
  ],
  checklists: CHECKLISTS,
  actions: ACTIONS,
});
