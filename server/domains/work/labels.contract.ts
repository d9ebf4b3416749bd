import { z } from "zod";
import { LABEL_COLORS } from "../../../db/enums.ts";
import { Id, MutationId, prose, Version } from "../../fields.contract.ts";

/** May be empty: a colour alone is a label too. */
const LabelName = prose(100).trim();
const LabelColor = z.enum(LABEL_COLORS);

export const Label = z.object({ id: Id, boardId: Id, name: z.string(), color: LabelColor, version: Version });
export type Label = z.infer<typeof Label>;

export const CreateLabel = z.strictObject({
  boardId: Id,
  id: Id.optional(),
  name: LabelName,
  color: LabelColor,
  ...MutationId,
});
export type CreateLabel = z.infer<typeof CreateLabel>;

export const UpdateLabel = z.strictObject({
  boardId: Id,
  labelId: Id,
  name: LabelName.optional(),
  color: LabelColor.optional(),
  ...MutationId,
});
export type UpdateLabel = z.infer<typeof UpdateLabel>;

export const DeleteLabel = z.strictObject({ boardId: Id, labelId: Id, ...MutationId });
export type DeleteLabel = z.infer<typeof DeleteLabel>;
