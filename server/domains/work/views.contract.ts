import { z } from "zod";
import { VIEW_KINDS } from "../../../db/enums.ts";
import { Day, Id, Instant, line, MutationId, page, PageInput, TimeZone } from "../../fields.contract.ts";
import { FilterText } from "./filters/filter.contract.ts";
import { LaneBy } from "./lanes.contract.ts";
import { TaskOrder } from "./search.contract.ts";

const ViewName = line(100);
const Visibility = z.enum(["private", "shared"]);

/** A filter under a name, of an organisation, project or board, with how to show what it finds. */
export const View = z.object({
  id: Id,
  orgId: Id,
  projectId: Id.nullable(),
  boardId: Id.nullable(),
  name: z.string(),
  kind: z.enum(VIEW_KINDS),
  /** As docs/filters.md says. `me` is whoever looks, also in one that somebody else made. */
  filter: z.string(),
  order: TaskOrder,
  /** By what its tasks are shown in groups: the front end makes them. */
  groupBy: LaneBy.nullable(),
  /** `shared`: with whoever sees its project or board, or else with all members but guests. */
  visibility: Visibility,
  createdBy: Id,
  createdAt: Instant,
  updatedAt: Instant,
});
export type View = z.infer<typeof View>;

const Wanted = {
  name: ViewName,
  kind: z.enum(VIEW_KINDS),
  filter: FilterText,
  order: TaskOrder,
  groupBy: LaneBy.nullable(),
  visibility: Visibility,
};

export const CreateView = z.strictObject({
  orgId: Id,
  /** Only of these tasks. */
  projectId: Id.optional(),
  boardId: Id.optional(),
  ...Wanted,
  kind: Wanted.kind.default("list"),
  filter: FilterText.default(""),
  order: Wanted.order.default("relevance"),
  groupBy: Wanted.groupBy.default(null),
  visibility: Visibility.default("private"),
  ...MutationId,
});
export type CreateView = z.infer<typeof CreateView>;

/** What is absent stays. */
export const UpdateView = z.strictObject({
  orgId: Id,
  viewId: Id,
  name: ViewName.optional(),
  kind: Wanted.kind.optional(),
  filter: FilterText.optional(),
  order: Wanted.order.optional(),
  groupBy: Wanted.groupBy.optional(),
  visibility: Visibility.optional(),
  ...MutationId,
});
export type UpdateView = z.infer<typeof UpdateView>;

export const DeleteView = z.strictObject({ orgId: Id, viewId: Id, ...MutationId });
export type DeleteView = z.infer<typeof DeleteView>;

/** Those of the caller and those that are shared with them, by name. */
export const ListViews = z.strictObject({ orgId: Id, projectId: Id.optional(), boardId: Id.optional(), ...PageInput });
export type ListViews = z.infer<typeof ListViews>;
export const ViewPage = page(View);
export type ViewPage = z.infer<typeof ViewPage>;

/** Which days a calendar or timeline shows, both of them included; the others have none. */
const Days = { from: Day.optional(), to: Day.optional() };

export const ViewRows = z.strictObject({
  orgId: Id,
  viewId: Id,
  /** In which days of the filter, and those that are shown, begin and end. */
  timeZone: TimeZone.default("UTC"),
  ...Days,
  ...PageInput,
});
export type ViewRows = z.infer<typeof ViewRows>;

export const CountView = ViewRows.omit({ cursor: true, limit: true, direction: true });
export type CountView = z.infer<typeof CountView>;
