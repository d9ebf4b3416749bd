import { z } from "zod";
import { Email, Id } from "../../fields.contract.ts";
import { AUDITED_REFUSALS } from "../../audited.ts";
import type { ErrorKind } from "../../errors.ts";
import type { AppServices, Context } from "../context.ts";
import { type AuditSource, NO_SOURCE } from "./record.ts";
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

/** Counts a request that was refused before it was known what it calls. Nothing of what it sent is kept. */
export function countRefusedRequest(
  { audit }: Pick<AppServices, "audit">,
  reason: ErrorKind,
  source: Partial<AuditSource>,
): void {
  if (AUDITED_REFUSALS.has(reason)) audit.refused({ source: { ...NO_SOURCE, ...source }, action: "request", reason });
}
