import { z } from "zod";
import { Id, Instant, InstantInput, line, MutationId, page, PageInput } from "../../fields.contract.ts";
import { KEY_ACTIONS } from "../../policy.ts";

/** What a program signs in with, as its owner and the organisation's admins see it. */
export const ApiKey = z.object({
  id: Id,
  orgId: Id,
  owner: z.object({ id: Id, name: z.string() }),
  name: z.string(),
  /** What it may do, where its owner may. */
  actions: z.array(z.string()),
  createdAt: Instant,
  /** Null: never. */
  expiresAt: Instant.nullable(),
  /** To some minutes; null: it was never used. */
  lastUsedAt: Instant.nullable(),
  lastAddress: z.string().nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

/** The token is shown this once; only its hash is kept. */
export const KeyIssued = z.object({ key: ApiKey, token: z.string() });
export type KeyIssued = z.infer<typeof KeyIssued>;

export const ListKeys = z.strictObject({ orgId: Id, ...PageInput });
export type ListKeys = z.infer<typeof ListKeys>;
export const KeyPage = page(ApiKey);
export type KeyPage = z.infer<typeof KeyPage>;

export const CreateKey = z.strictObject({
  orgId: Id,
  /** The service account that it is for; else it is the caller's own. */
  serviceId: Id.optional(),
  name: line(100),
  actions: z
    .array(z.enum(KEY_ACTIONS))
    .min(1)
    .transform((actions) => [...new Set(actions)].toSorted()),
  expiresAt: InstantInput.nullable(),
  ...MutationId,
});
export type CreateKey = z.infer<typeof CreateKey>;

export const RevokeKey = z.strictObject({ orgId: Id, keyId: Id, ...MutationId });
export type RevokeKey = z.infer<typeof RevokeKey>;
