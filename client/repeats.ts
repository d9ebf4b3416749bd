import { type Operation, retryLink, type TRPCLink } from "@trpc/client";
import type { AppRouter } from "../server/router.ts";
import { isUnanswered, refusal } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Session } from "./session.ts";
import { backoffMs } from "./timing.ts";

/** Nouns whose mutations are about accounts and sessions themselves, and are not remembered by the server. */
const UNREMEMBERED = [
  "account",
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

/**
 * Names mutations, and repeats those that got no answer under the same name: a lost connection neither fails what was
 * perhaps done nor does it twice. A name that the caller gave stays. Ids are remembered by user: nothing is repeated as
 * somebody else, it fails with ACCOUNT_CHANGED.
 */
export function repeatLinks(session: Session): TRPCLink<AppRouter>[] {
  return [
    () =>
      ({ op, next }) =>
        next(isRemembered(op) ? named(op, session) : op),
    retryLink({
      retry: ({ op, error, attempts }) =>
        isRemembered(op) && isUnanswered(error) && attempts < MOST_TRIES && op.signal?.aborted !== true,
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
  return type === "mutation" && !UNREMEMBERED.some((noun) => path.startsWith(`${noun}.`));
}

function withMutationId(input: unknown): unknown {
  if (typeof input !== "object" || input === null) return input;
  return "mutationId" in input && input.mutationId !== undefined ? input : { ...input, mutationId: newId() };
}
