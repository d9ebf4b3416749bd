import { z } from "zod";
import { Email, Id } from "../../fields.contract.ts";
import type { Context } from "../context.ts";
import { sourceOf } from "./source.ts";

/** What an input says of its scope, or whom somebody wants to be. */
const Scope = z.object({
  orgId: Id.optional().catch(undefined),
  boardId: Id.optional().catch(undefined),
  email: Email.optional().catch(undefined),
});

/** Counts a call that was refused. Nobody waits for it, and it never fails. */
export async function noteRefusal(
  call: { ctx: Context; path: string; getRawInput: () => Promise<unknown> },
  reason: string,
): Promise<void> {
  const { ctx, path: action } = call;
  const { success, data } = Scope.safeParse(await call.getRawInput().catch(() => undefined));
  const { orgId, boardId, email } = success ? data : {};
  const ofKey = boardId === undefined ? ctx.session?.key?.orgId : undefined;
  // Else it is a new address of theirs, which nobody has to know.
  const typed = ctx.user === undefined ? email : undefined;
  ctx.app.audit.refused({ source: sourceOf(ctx), action, reason, orgId: orgId ?? ofKey, boardId, email: typed });
}
