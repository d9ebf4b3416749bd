import { z } from "zod";
import { Instant } from "../../../fields.contract.ts";
import { COMMENT_LENGTH } from "../comments.contract.ts";
import { TrelloMember } from "./trello-export.ts";
import { type Cutter, toBirth, toExternalId, toInstant, toProse, TrelloId } from "./trello-texts.ts";

/** What Trestle reads of a recorded action that is a comment. */
export const TrelloComment = z.object({
  id: TrelloId,
  date: z.string().nullish(),
  idMemberCreator: TrelloId.nullish(),
  memberCreator: TrelloMember.nullish(),
  data: z.object({
    text: z.string().regex(/\S/u),
    dateLastEdited: z.string().nullish(),
    card: z.object({ id: TrelloId }),
  }),
});

/** What a comment says, ready to be stored. Its card and author go by their external ids. */
export const CommentDraft = z.object({
  externalId: z.string(),
  cardId: z.string(),
  authorId: z.string().nullable(),
  text: z.string(),
  createdAt: Instant.nullable(),
  editedAt: Instant.nullable(),
});
export type CommentDraft = z.infer<typeof CommentDraft>;

export function toCommentDraft(
  cutter: Cutter,
  { id, date, idMemberCreator, memberCreator, data }: z.infer<typeof TrelloComment>,
): CommentDraft {
  const authorId = idMemberCreator ?? memberCreator?.id;
  return {
    externalId: toExternalId(id),
    cardId: toExternalId(data.card.id),
    authorId: authorId === undefined ? null : toExternalId(authorId),
    text: toProse(cutter, data.text, COMMENT_LENGTH),
    createdAt: toInstant(date) ?? toBirth(id),
    editedAt: toInstant(data.dateLastEdited),
  };
}
