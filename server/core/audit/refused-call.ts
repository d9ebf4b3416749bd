import { z } from "zod";
import { Email, Id } from "../../fields.contract.ts";
import type { Context } from "../context.ts";
import { sourceOf } from "./source.ts";

const Input = z.looseObject({ orgId: z.unknown(), boardId: z.unknown(), email: z.unknown() }).partial();

/** Counts a call that was refused, with what its input says of its scope, or of whom somebody wants to be. */
export async function countRefusal(
  { ctx, path: action, getRawInput }: { ctx: Context; path: string; getRawInput: () => Promise<unknown> },
  reason: string,
): Promise<void> {
  const input = Input.safeParse(await getRawInput().catch(() => undefined)).data ?? {};
  const boardId = Id.safeParse(input.boardId).data;
  const ofKey = boardId === undefined ? ctx.session?.key?.orgId : undefined;
  const orgId = Id.safeParse(input.orgId).data ?? ofKey;
  // Of who is signed in it is not who they want to be, but somebody else, or a new address of theirs.
  const email = ctx.user === undefined ? Email.safeParse(input.email).data : undefined;
  ctx.app.audit.refused({ source: sourceOf(ctx), action, reason, orgId, boardId, email });
}
