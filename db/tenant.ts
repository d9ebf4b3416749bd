import type { Statement } from "./pool.ts";

/** Whose rows the statements of a transaction see and write; without an organisation or user, none of theirs. */
export interface Tenant {
  readonly orgId?: string | undefined;
  /** Where the organisation is not known: the one that this stream belongs to. */
  readonly streamId?: string | undefined;
  /** Who acts: their account and inbox are theirs, and they may tell others something. */
  readonly userId?: string | undefined;
  /** Where that is not known: whose this is. */
  readonly mark?: Mark | undefined;
}

/** What an account is found by before anybody is signed in. Tokens are meant by their hashes. */
interface Mark {
  readonly kind: "address" | "session" | "password-reset" | "ticket" | "passkey" | "identity" | "calendar";
  readonly text: string;
}

/** The tenant of whoever has this address, or whose token it is: nobody's, when there is none. */
export function whoseIs(kind: Mark["kind"], text: string): Tenant {
  return { mark: { kind, text } };
}

const INTO = "select set_config('app.org_id', $1, true), set_config('app.user_id', $2, true)";
const INTO_THAT_OF_STREAM = INTO.replace("$1", "coalesce(org_of_stream($1::uuid)::text, '')");
const INTO_THAT_OF_MARK = INTO.replace("$2", "coalesce(account_of($2, $3)::text, '')");

/**
 * The statement that lets a transaction into a tenant, until it ends or enters another. In the statement that it
 * protects it were no wall: which rows that sees would depend on its plan.
 */
export function enter({ orgId = "", streamId, userId = "", mark }: Tenant): Statement {
  if (mark) return { text: INTO_THAT_OF_MARK, params: [orgId, mark.kind, mark.text] };
  return streamId === undefined
    ? { text: INTO, params: [orgId, userId] }
    : { text: INTO_THAT_OF_STREAM, params: [streamId, userId] };
}

/** What tells one tenant from another; empty for nobody's. */
export function keyOf({ orgId = "", streamId = "", userId = "", mark }: Tenant): string {
  return [orgId, streamId, userId, mark?.kind ?? "", mark?.text ?? ""].join(" ").trim();
}
