import type { RouterInputs, RouterOutputs } from "../../../client/index.ts";

export type Rule = RouterOutputs["rules"]["list"]["items"][number];

type Said = RouterInputs["rules"]["create"];
export type Trigger = Said["trigger"];
export type Action = Said["actions"][number];

/** What there is on the board of a rule. */
export type RuleBoard = Pick<RouterOutputs["boards"]["get"], "columns" | "labels">;
