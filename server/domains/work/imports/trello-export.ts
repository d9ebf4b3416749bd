import { z } from "zod";
import { CHECK_STATES, LABEL_COLORS, type StateGroup, STATES } from "../../../../db/enums.ts";
import { Instant } from "../../../fields.contract.ts";
import { BOARD_NAME, COLUMN_NAME, DESCRIPTION, LABEL_NAME, PERSON_NAME, SET_SIZE, TITLE } from "./draft-limits.ts";
import { groupOfColumn } from "./column-group.ts";
import { FieldItemDraft, toFieldItems } from "./trello-fields.ts";
import {
  type Cutter,
  toBirth,
  toExternalId,
  toInstant,
  toLabelColor,
  toLine,
  toProse,
  toStorable,
  TrelloId,
} from "./trello-texts.ts";

/** What Trestle reads of an export. What it does not name here is passed over. */

const Text = z.string().nullish();
const Ids = z.array(TrelloId).nullish();
/** Counted or noticed, not read: its shape is not our business. */
const Things = z.array(z.unknown()).nullish();
const Anything = z.unknown().optional();

export const TrelloBoard = z.object({ id: TrelloId, name: z.string() });

export const TrelloList = z.object({
  id: TrelloId,
  name: Text,
  closed: z.boolean().nullish(),
  pos: z.number().nullish(),
  softLimit: Anything,
});

export const TrelloLabel = z.object({ id: TrelloId, name: Text, color: Text });

export const TrelloMember = z.object({ id: TrelloId, username: Text, fullName: Text, email: Text });

export const TrelloCard = z.object({
  id: TrelloId,
  idList: TrelloId,
  name: Text,
  desc: Text,
  closed: z.boolean().nullish(),
  pos: z.number().nullish(),
  idShort: z.number().nullish(),
  due: Text,
  dueComplete: Anything,
  dueReminder: Anything,
  dateCompleted: Text,
  subscribed: Anything,
  start: Text,
  dateLastActivity: Text,
  idLabels: Ids,
  labels: z.array(z.object({ id: TrelloId.nullish() })).nullish(),
  idMembers: Ids,
  idMembersVoted: Things,
  attachments: Things,
  customFieldItems: Things,
  stickers: Things,
  pluginData: Things,
  idAttachmentCover: Anything,
  cover: z.object({ color: Text, idAttachment: Anything, idUploadedBackground: Anything }).nullish(),
  address: Anything,
  locationName: Anything,
  coordinates: Anything,
});
export type TrelloCard = z.infer<typeof TrelloCard>;

const TrelloCheckItem = z.object({
  id: TrelloId,
  name: Text,
  state: Text,
  pos: z.number().nullish(),
  due: Text,
  idMember: TrelloId.nullish(),
});
export const TrelloChecklist = z.object({
  id: TrelloId,
  idCard: TrelloId.nullish(),
  name: Text,
  pos: z.number().nullish(),
  checkItems: z.array(TrelloCheckItem).nullish(),
});

const WIP_LIMIT = 10_000;
const CHECKLIST_NAME = 200;
const ITEM_TEXT = 2_000;

export interface ListDraft {
  readonly externalId: string;
  readonly name: string;
  readonly state: (typeof STATES)[number];
  readonly stateGroup: StateGroup;
  readonly wipLimit: number | null;
  readonly pos: number;
}

export interface LabelDraft {
  readonly externalId: string;
  readonly name: string;
  readonly color: (typeof LABEL_COLORS)[number];
}

export interface PersonDraft {
  readonly externalId: string;
  /** As it is shown. */
  readonly name: string;
  /** In lower case, as the others: what somebody may be recognised by; empty when the file does not say. */
  readonly username: string;
  readonly fullName: string;
  readonly email: string;
}

/** What a card says, ready to be stored. Lists, labels and people go by their external ids. */
export const CardDraft = z.object({
  externalId: z.string(),
  listId: z.string(),
  title: z.string(),
  description: z.string(),
  startAt: Instant.nullable(),
  dueAt: Instant.nullable(),
  coverColor: z.enum(LABEL_COLORS).nullable(),
  state: z.enum(STATES),
  labelIds: z.array(z.string()),
  memberIds: z.array(z.string()),
  fieldItems: z.array(FieldItemDraft),
  completedAt: Instant.nullable(),
  createdAt: Instant.nullable(),
  updatedAt: Instant.nullable(),
});
export type CardDraft = z.infer<typeof CardDraft>;

export const ChecklistDraft = z.object({
  externalId: z.string(),
  cardId: z.string(),
  name: z.string(),
  /** In their order. */
  items: z.array(
    z.object({
      externalId: z.string(),
      text: z.string(),
      state: z.enum(CHECK_STATES),
      dueAt: Instant.nullable(),
      memberId: z.string().nullable(),
    }),
  ),
});
export type ChecklistDraft = z.infer<typeof ChecklistDraft>;
export type CheckItemDraft = ChecklistDraft["items"][number];

/** What is kept of every checklist in memory, to put those of a card in order. */
export interface ChecklistPlace {
  readonly externalId: string;
  readonly cardId: string;
  readonly pos: number;
}

/** What is kept of every card in memory: enough to give all of them their places and numbers. */
export interface CardPlace {
  readonly externalId: string;
  readonly listId: string;
  readonly pos: number;
  readonly idShort: number;
}

export function toBoardName(cutter: Cutter, name: string): string {
  return toLine(cutter, name, BOARD_NAME);
}

export function toListDraft(cutter: Cutter, list: z.infer<typeof TrelloList>): ListDraft {
  const limit = Math.floor(Number(list.softLimit ?? 0));
  return {
    externalId: toExternalId(list.id),
    name: toLine(cutter, list.name ?? "", COLUMN_NAME),
    state: list.closed === true ? "archived" : "open",
    stateGroup: groupOfColumn(toStorable(list.name ?? "").trim()),
    wipLimit: limit >= 1 && limit <= WIP_LIMIT ? limit : null,
    pos: list.pos ?? 0,
  };
}

export function toLabelDraft(cutter: Cutter, label: z.infer<typeof TrelloLabel>): LabelDraft {
  return {
    externalId: toExternalId(label.id),
    // May be empty: a colour alone is a label too.
    name: toProse(cutter, label.name ?? "", LABEL_NAME).trim(),
    color: toLabelColor(label.color),
  };
}

export function toPersonDraft(
  cutter: Cutter,
  { id, username, fullName, email }: z.infer<typeof TrelloMember>,
): PersonDraft {
  return {
    externalId: toExternalId(id),
    name: toLine(cutter, [fullName, username].find((name) => name?.trim()) ?? "", PERSON_NAME),
    username: toComparable(username),
    fullName: toComparable(fullName),
    email: toComparable(email),
  };
}

function toComparable(text: string | null | undefined): string {
  return toStorable(text ?? "")
    .trim()
    .toLowerCase();
}

export function toCardDraft(cutter: Cutter, card: TrelloCard): CardDraft {
  const labelIds = card.idLabels ?? card.labels?.flatMap(({ id }) => id ?? []) ?? [];
  return {
    externalId: toExternalId(card.id),
    listId: toExternalId(card.idList),
    title: toLine(cutter, card.name ?? "", TITLE),
    description: toProse(cutter, describe(card), DESCRIPTION),
    startAt: startOf(card),
    dueAt: toInstant(card.due),
    coverColor: coverColorOf(card),
    state: card.closed === true ? "archived" : "open",
    labelIds: toSet(cutter, labelIds),
    memberIds: toSet(cutter, card.idMembers ?? []),
    fieldItems: toFieldItems(card.customFieldItems).slice(0, SET_SIZE),
    completedAt: toInstant(card.dateCompleted),
    createdAt: toBirth(card.id) ?? toInstant(card.dateLastActivity),
    updatedAt: toInstant(card.dateLastActivity),
  };
}

const TrelloLink = z.object({ url: z.url(), name: Text, isUpload: z.literal(false) });

/** What a card says, with what it links to below: files are not in an export, and links are nothing else. */
function describe({ desc, attachments }: TrelloCard): string {
  const links = linksOf(attachments).map(({ url, name }) => {
    const shown = (name ?? "").replaceAll(/[[\]\n]/gu, " ").trim();
    return shown === "" || shown === url ? `- <${url}>` : `- [${shown}](${url})`;
  });
  return [desc ?? "", links.join("\n")].filter((part) => part !== "").join("\n\n");
}

function linksOf(attachments: TrelloCard["attachments"]): z.infer<typeof TrelloLink>[] {
  return (attachments ?? []).flatMap((attachment) => {
    const link = TrelloLink.safeParse(attachment);
    return link.success && /^https?:/u.test(link.data.url) && !/[()<>\s]/u.test(link.data.url) ? [link.data] : [];
  });
}

export function toChecklistDraft(cutter: Cutter, checklist: z.infer<typeof TrelloChecklist>): ChecklistDraft {
  const items = (checklist.checkItems ?? []).toSorted((a, b) => (a.pos ?? 0) - (b.pos ?? 0));
  return {
    externalId: toExternalId(checklist.id),
    cardId: toExternalId(checklist.idCard ?? ""),
    name: toLine(cutter, checklist.name ?? "", CHECKLIST_NAME),
    items: items.map(({ id, name, state, due, idMember }) => ({
      externalId: toExternalId(id),
      text: toLine(cutter, name ?? "", ITEM_TEXT),
      state: state === "complete" ? "done" : "open",
      dueAt: toInstant(due),
      memberId: idMember ? toExternalId(idMember) : null,
    })),
  };
}

/** When a card begins: Trello lets it begin after it is due. */
export function startOf({ start, due }: { start?: string | null | undefined; due?: string | null | undefined }) {
  const [startAt, dueAt] = [toInstant(start), toInstant(due)];
  return startAt !== null && dueAt !== null && startAt > dueAt ? null : startAt;
}

export function coverColorOf({ cover }: Pick<TrelloCard, "cover">) {
  return cover?.color ? toLabelColor(cover.color) : null;
}

function toSet(cutter: Cutter, ids: readonly string[]): string[] {
  const set = [...new Set(ids)];
  if (set.length > SET_SIZE) cutter.truncated += 1;
  return set.slice(0, SET_SIZE).map(toExternalId);
}

/** The parts of a card that Trestle has no place for: name → how many. */
export function unmappedOf(card: TrelloCard): Record<string, number> {
  const covers = [card.idAttachmentCover, card.cover?.idAttachment, card.cover?.idUploadedBackground];
  const start = toInstant(card.start);
  return {
    "attached files": (card.attachments?.length ?? 0) - linksOf(card.attachments).length,
    "custom field values": (card.customFieldItems?.length ?? 0) - toFieldItems(card.customFieldItems).length,
    "watched cards": Number(card.subscribed === true),
    votes: card.idMembersVoted?.length ?? 0,
    stickers: card.stickers?.length ?? 0,
    "power-up data": card.pluginData?.length ?? 0,
    "covers with a picture": Number(covers.some(Boolean)),
    "start dates that cannot be read": Number(Boolean(card.start) && start === null),
    "start dates behind the due date": Number(start !== null && startOf(card) === null),
    "due dates that are done": Number(Boolean(card.due) && card.dueComplete === true),
    "due dates that cannot be read": Number(Boolean(card.due) && toInstant(card.due) === null),
    "due date reminders": Number(typeof card.dueReminder === "number" && card.dueReminder >= 0),
    places: Number([card.coordinates, card.address, card.locationName].some(Boolean)),
  };
}
