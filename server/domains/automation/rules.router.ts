import { z } from "zod";
import { boardProcedure, orgMutation, orgProcedure, router } from "../../core/trpc.ts";
import { previewRule } from "./preview.service.ts";
import {
  CreateRule,
  DeleteRule,
  ListRuleRuns,
  ListRules,
  PreviewRule,
  Rule,
  RulePage,
  RulePreview,
  RuleRunPage,
  UpdateRule,
} from "./rules.contract.ts";
import { createRule, deleteRule, listRuleRuns, listRules, updateRule } from "./rules.service.ts";

export const rulesRouter = router({
  /** The rules of a project, oldest first. */
  list: orgProcedure("rule:list")
    .input(ListRules)
    .output(RulePage)
    .query(({ ctx, input }) => listRules(ctx.db, ctx.actor, input)),

  /** Makes a rule of a project, which runs in the name of the caller and may do what they may. */
  create: orgMutation("rule:create")
    .input(CreateRule)
    .output(Rule)
    .mutation(({ ctx, input }) => ctx.write(createRule, input)),

  /** Changes a rule, or turns it on or off. Whoever says what it does, or turns it on, is its owner from then on. */
  update: orgMutation("rule:update")
    .input(UpdateRule)
    .output(Rule)
    .mutation(({ ctx, input }) => ctx.write(updateRule, input)),

  /** Deletes a rule, and what is known of its runs. */
  delete: orgMutation("rule:delete")
    .input(DeleteRule)
    .output(z.null())
    .mutation(({ ctx, input }) => ctx.write(deleteRule, input)),

  /** When a rule ran and what came of it, newest first, for 30 days. */
  runs: orgProcedure("rule:list")
    .input(ListRuleRuns)
    .output(RuleRunPage)
    .query(({ ctx, input }) => listRuleRuns(ctx.db, ctx.actor, input)),

  /** Tries what a rule would do to the tasks of a board, or to one, as the caller, and does nothing. */
  preview: boardProcedure("board:apply")
    .input(PreviewRule)
    .output(RulePreview)
    .query(({ ctx, input }) => previewRule(ctx.app, ctx.actor, input)),
});
