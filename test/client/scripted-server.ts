import { TRPCClientError } from "@trpc/client";
import type { LiveCallbacks, LiveSource, TrestleError } from "../../client/index.ts";
import type { ChangeResult } from "../../server/domains/work/apply.contract.ts";
import { ERRORS, type ErrorKind } from "../../server/errors.ts";

interface Watch {
  lastEventId: string | undefined;
  on: LiveCallbacks;
  isOpen: boolean;
}

type ApplyInput = Parameters<LiveSource["apply"]>[0];

/** A call of `boards.applyChanges` that a test answers, or does not. */
interface Call {
  readonly userId: string;
  readonly changes: ApplyInput["changes"];
  readonly ids: string[];
  readonly signal: AbortSignal;
  /** Done, at this version each, or refused. */
  answer(...results: (number | ErrorKind)[]): void;
  fail(error: Error): void;
}

/** A server that says what the test lets it say. */
export class ScriptedServer implements LiveSource {
  readonly watches: Watch[] = [];
  readonly calls: Call[] = [];
  readonly #closing = new AbortController();
  readonly closed = this.#closing.signal;
  redials = 0;
  /** Who is signed in. */
  me: { id: () => Promise<string> } = { id: () => Promise.resolve("me") };

  readonly watch: LiveSource["watch"] = (input, on) => {
    const watch: Watch = { lastEventId: input.lastEventId, on, isOpen: true };
    this.watches.push(watch);
    on.connection("up");
    return {
      unsubscribe: () => {
        watch.isOpen = false;
      },
    };
  };

  readonly redial = () => {
    this.redials += 1;
  };

  readonly author = () => this.me;

  readonly apply: LiveSource["apply"] = ({ userId, changes }, signal) =>
    new Promise((resolve, reject) => {
      this.calls.push({
        userId,
        changes,
        ids: changes.map(({ mutationId }) => mutationId ?? ""),
        signal,
        answer: (...results) => resolve(results.map(toResult)),
        fail: reject,
      });
    });

  close(): void {
    this.#closing.abort();
  }

  /** The watch that is open. */
  get current(): Watch {
    const open = this.watches.filter((watch) => watch.isOpen);
    const [watch] = open;
    if (!watch || open.length > 1) throw new Error(`${open.length} watches are open`);
    return watch;
  }

  /** The newest call. */
  get call(): Call {
    const call = this.calls.at(-1);
    if (!call) throw new Error("nothing was sent");
    return call;
  }

  says(...messages: Parameters<LiveCallbacks["message"]>[0][]): void {
    for (const message of messages) this.current.on.message(message);
  }
}

function toResult(result: number | ErrorKind): ChangeResult {
  if (typeof result === "number") return { status: "done", version: result, value: null };
  return { status: "refused", kind: result, message: ERRORS[result].says };
}

export function refusal(kind: ErrorKind): TrestleError {
  const { code, says } = ERRORS[kind];
  return TRPCClientError.from({ error: { message: says, code: -32_000, data: { code, kind } } });
}

/** What `fetch` fails with, and what a call makes of it. */
export function networkFault(): TrestleError {
  return TRPCClientError.from(new TypeError("fetch failed"));
}
