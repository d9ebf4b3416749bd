import { setTimeout as delay } from "node:timers/promises";
import { TRPCClientError } from "@trpc/client";
import { errorKind, type Trestle } from "../../client/index.ts";
import { ReplayError } from "./export.ts";
import type { Call, Change } from "./planned-board.ts";

/** A server that was killed is back within seconds; one that is away for longer is not coming back by itself. */
const PATIENCE_MS = 60_000;
const CALL_MS = 15_000;
const LONGEST_PAUSE_MS = 1_000;
/** Of whoever could not try, and of whoever stands before a server that did not answer. */
const UNANSWERED_STATUSES = [502, 503, 504];

/**
 * Makes calls again until the server has answered them. Clients repeat mutations by themselves for some 30 s; this is
 * for questions and sign-ups too, for calls that hang, and for longer.
 */
export interface Persistence {
  /** For the clients of those calls: what their requests met is what is counted here. */
  readonly fetch: typeof globalThis.fetch;
  /** How many requests got no answer. */
  readonly unanswered: number;
  /** Since when the server does not answer, in milliseconds of `performance.now()`. */
  readonly awaySince: number | undefined;
  /** The answer of a call that may be made twice. Fails with a ReplayError when the server stays away. */
  persist<Answer>(call: (options: { signal: AbortSignal }) => Promise<Answer>): Promise<Answer>;
}

export function createPersistence(): Persistence {
  let unanswered = 0;
  let awaySince: number | undefined;
  function hear(isAnswer: boolean): void {
    if (!isAnswer) unanswered += 1;
    awaySince = isAnswer ? undefined : (awaySince ?? performance.now());
  }
  return {
    get unanswered() {
      return unanswered;
    },
    get awaySince() {
      return awaySince;
    },
    async fetch(input, init) {
      try {
        const response = await fetch(input, init);
        hear(!UNANSWERED_STATUSES.includes(response.status));
        return response;
      } catch (error) {
        hear(false);
        throw error;
      }
    },
    async persist(call) {
      const start = performance.now();
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await call({ signal: AbortSignal.timeout(CALL_MS) });
        } catch (error) {
          if (!passes(error)) throw error;
          if (performance.now() - start > PATIENCE_MS) {
            throw new ReplayError("The server has not answered for a minute: the replay is given up.", {
              cause: error,
            });
          }
          await delay(Math.min(50 * 2 ** attempt, LONGEST_PAUSE_MS));
        }
      }
    },
  };
}

/** Whether it may go well the next time: nobody answered, or the server said that it cannot at the moment. */
function passes(error: unknown): boolean {
  const isUnanswered = error instanceof TRPCClientError && (error.data === undefined || error.data === null);
  return isUnanswered || errorKind(error) === "SERVER_UNAVAILABLE";
}

/** Does what one person does at once. Fails with a ReplayError that names what was refused. */
export async function apply(trestle: Trestle, boardId: string, calls: Call[], persistence: Persistence): Promise<void> {
  const changes = calls.filter(isChange);
  if (calls.length === 1 || changes.length < calls.length) {
    for (const call of calls) await applyOne(trestle, boardId, call, persistence);
    return;
  }
  await applyTogether(trestle, boardId, changes, persistence);
}

/** Whether it is one that may be made together with others. */
export function isChange(call: Call): call is Change {
  return !/^(?:comments|checklists|checkItems)\./u.test(call.procedure);
}

async function applyOne(trestle: Trestle, boardId: string, call: Call, persistence: Persistence): Promise<void> {
  // The same for every repeat: what was done before the connection was lost is answered, not done again.
  const mutationId = crypto.randomUUID();
  try {
    await persistence.persist((options) => callOne(trestle, call, { boardId, mutationId }, options));
  } catch (error) {
    const kind = errorKind(error);
    if (kind === undefined) throw error;
    throw new ReplayError(`${call.procedure} was refused: ${kind}. It was sent ${JSON.stringify(call)}.`, {
      cause: error,
    });
  }
}

async function applyTogether(
  trestle: Trestle,
  boardId: string,
  changes: Change[],
  persistence: Persistence,
): Promise<void> {
  const mutationId = crypto.randomUUID();
  const results = await persistence.persist((options) =>
    trestle.boards.applyChanges.mutate({ boardId, changes, mutationId }, options),
  );
  for (const [index, result] of results.entries()) {
    if (result.status === "done") continue;
    const refused = changes[index];
    throw new ReplayError(`${refused?.procedure} was refused: ${result.kind}. It was sent ${JSON.stringify(refused)}.`);
  }
}

function callOne(
  trestle: Trestle,
  change: Call,
  scope: { boardId: string; mutationId: string },
  options: { signal: AbortSignal },
): Promise<unknown> {
  switch (change.procedure) {
    case "tasks.create":
      return trestle.tasks.create.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.update":
      return trestle.tasks.update.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.move":
      return trestle.tasks.move.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.archive":
      return trestle.tasks.archive.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.restore":
      return trestle.tasks.restore.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.bulkUpdate":
      return trestle.tasks.bulkUpdate.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.bulkMove":
      return trestle.tasks.bulkMove.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.bulkArchive":
      return trestle.tasks.bulkArchive.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.delete":
      return trestle.tasks.delete.mutate({ ...inputOf(change), ...scope }, options);
    case "tasks.bulkRestore":
      return trestle.tasks.bulkRestore.mutate({ ...inputOf(change), ...scope }, options);
    case "columns.create":
      return trestle.columns.create.mutate({ ...inputOf(change), ...scope }, options);
    case "columns.update":
      return trestle.columns.update.mutate({ ...inputOf(change), ...scope }, options);
    case "columns.move":
      return trestle.columns.move.mutate({ ...inputOf(change), ...scope }, options);
    case "columns.archive":
      return trestle.columns.archive.mutate({ ...inputOf(change), ...scope }, options);
    case "columns.restore":
      return trestle.columns.restore.mutate({ ...inputOf(change), ...scope }, options);
    case "labels.create":
      return trestle.labels.create.mutate({ ...inputOf(change), ...scope }, options);
    case "labels.update":
      return trestle.labels.update.mutate({ ...inputOf(change), ...scope }, options);
    case "labels.delete":
      return trestle.labels.delete.mutate({ ...inputOf(change), ...scope }, options);
    case "comments.create":
      return trestle.comments.create.mutate({ ...inputOf(change), ...scope }, options);
    case "checklists.create":
      return trestle.checklists.create.mutate({ ...inputOf(change), ...scope }, options);
    case "checklists.update":
      return trestle.checklists.update.mutate({ ...inputOf(change), ...scope }, options);
    case "checklists.delete":
      return trestle.checklists.delete.mutate({ ...inputOf(change), ...scope }, options);
    case "checkItems.create":
      return trestle.checkItems.create.mutate({ ...inputOf(change), ...scope }, options);
    case "checkItems.update":
      return trestle.checkItems.update.mutate({ ...inputOf(change), ...scope }, options);
    case "checkItems.delete":
      return trestle.checkItems.delete.mutate({ ...inputOf(change), ...scope }, options);
  }
}

function inputOf<One extends Call>({ procedure: _, ...input }: One): Omit<One, "procedure"> {
  return input;
}
