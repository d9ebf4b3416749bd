import { type Operation, retryLink, type TRPCLink } from "@trpc/client";
import type { AppRouter } from "../server/router.ts";
import { isPostponed, isUnanswered, refusal } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Session } from "./session.ts";
import { backoffMs } from "./timing.ts";

/** Mutations about accounts and sessions themselves, all of a noun or one, are not remembered by the server. */
const UNREMEMBERED = [
  "account.delete",
  "auth",
  "authenticator",
  "emails",
  "factors",
  "identities",
  "passkeys",
  "passwords",
  "sessions",
];
/** Some 30 s of pauses. */
const MOST_TRIES = 11;
/** Of what only reads: some 5 s, since somebody looks at a page that does not come. */
const MOST_READS = 5;

/**
 * Names mutations, and repeats those that got no answer under the same name: a lost connection neither fails what was
 * perhaps done nor does it twice. What a server that has too much to do puts off, reads too, is asked again. A name that the caller gave stays. Ids are remembered by user: nothing is repeated as
 * somebody else, it fails with ACCOUNT_CHANGED.
 */
export function repeatLinks(session: Session): TRPCLink<AppRouter>[] {
  return [
    () =>
      ({ op, next }) =>
        next(isRemembered(op) ? named(op, session) : op),
    retryLink({
      retry: ({ op, error, attempts }) => {
        if (op.signal?.aborted === true) return false;
        if (op.type === "query") return isPostponed(error) && attempts < MOST_READS;
        return isRemembered(op) && (isUnanswered(error) || isPostponed(error)) && attempts < MOST_TRIES;
      },
      retryDelayMs: (attempts) => backoffMs(attempts - 1),
    }),
  ];
}

/** Whose call it is, for the tries after the first. */
const AUTHOR = "trestle.author";

function named(op: Operation, session: Session): Operation {
  return { ...op, input: withMutationId(op.input), context: { ...op.context, [AUTHOR]: session.account } };
}

/** For the moment in which a request takes the session's token: what is in it was asked for in that session. */
export function requireSameAuthor(ops: readonly Operation[], session: Session): void {
  if (ops.some((op) => isRemembered(op) && op.context[AUTHOR] !== session.account)) throw refusal("ACCOUNT_CHANGED");
}

function isRemembered({ type, path }: Operation): boolean {
  return type === "mutation" && !UNREMEMBERED.some((name) => `${path}.`.startsWith(`${name}.`));
}

function withMutationId(input: unknown): unknown {
  if (typeof input !== "object" || input === null) return input;
  return "mutationId" in input && input.mutationId !== undefined ? input : { ...input, mutationId: newId() };
}
