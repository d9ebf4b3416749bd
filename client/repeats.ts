import { type Operation, retryLink, type TRPCLink } from "@trpc/client";
import type { AppRouter } from "../server/router.ts";
import { isUnanswered } from "./errors.ts";
import { newId } from "./ids.ts";
import { backoffMs } from "./timing.ts";

/** Nouns whose mutations are about the session itself, and are not remembered by the server. */
const UNREMEMBERED = ["auth", "sessions"];
/** Some 30 s of pauses. */
const MOST_TRIES = 11;

/**
 * Names mutations, and repeats those that got no answer under the same name: a lost connection neither fails what was
 * perhaps done nor does it twice. What needs a name and has one from the caller keeps it.
 */
export function repeatLinks(): TRPCLink<AppRouter>[] {
  return [
    nameLink,
    retryLink({
      retry: ({ op, error, attempts }) =>
        isRemembered(op) && isUnanswered(error) && attempts < MOST_TRIES && op.signal?.aborted !== true,
      retryDelayMs: (attempts) => backoffMs(attempts - 1),
    }),
  ];
}

const nameLink: TRPCLink<AppRouter> =
  () =>
  ({ op, next }) =>
    next(isRemembered(op) ? { ...op, input: withMutationId(op.input) } : op);

function isRemembered({ type, path }: Operation): boolean {
  return type === "mutation" && !UNREMEMBERED.some((noun) => path.startsWith(`${noun}.`));
}

function withMutationId(input: unknown): unknown {
  if (typeof input !== "object" || input === null) return input;
  return "mutationId" in input && input.mutationId !== undefined ? input : { ...input, mutationId: newId() };
}
