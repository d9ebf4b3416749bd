import { WebSocket } from "ws";
import type { App } from "../../server/app.ts";
import { until } from "./clients.ts";
import type { Person } from "./world.ts";

/** A socket that sends whatever it is told to, and keeps what comes. */
export interface RawSocket {
  send(frame: string | Uint8Array): void;
  /** The answers by request id, the newest last. */
  readonly answers: ReadonlyMap<unknown, readonly Answer[]>;
  /** Calls back with whatever comes from now on. */
  onFrame(listener: (text: string, id: unknown) => void): void;
  readonly closedWith: number | undefined;
  close(): void;
}

interface Answer {
  readonly result?: { readonly type: string };
  readonly error?: { readonly json: { readonly data: { readonly kind: string } } };
}

export async function openRawSocket({ url }: Pick<App, "url">, person?: Person): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/trpc${person ? "?connectionParams=1" : ""}`);
  const answers = new Map<unknown, Answer[]>();
  const listeners: ((text: string, id: unknown) => void)[] = [];
  let closedWith: number | undefined;
  socket.on("error", () => {});
  socket.on("close", (code) => {
    closedWith = code;
  });
  socket.on("message", (data: Buffer) => {
    const text = data.toString();
    if (text === "PONG" || text === "PING") return;
    const frame: unknown = JSON.parse(text);
    for (const answer of Array.isArray(frame) ? frame : [frame]) {
      if (!isAnswer(answer)) continue;
      for (const listener of listeners) listener(text, answer.id);
      answers.set(answer.id, [...(answers.get(answer.id) ?? []), answer]);
    }
  });
  await until(() => socket.readyState === WebSocket.OPEN);
  if (person) socket.send(JSON.stringify({ method: "connectionParams", data: { token: person.token } }));
  return {
    send: (frame) => socket.send(frame),
    answers,
    onFrame: (listener) => void listeners.push(listener),
    get closedWith() {
      return closedWith;
    },
    close: () => socket.terminate(),
  };
}

function isAnswer(value: unknown): value is Answer & { id: unknown } {
  return typeof value === "object" && value !== null && "id" in value;
}

export function call(id: unknown, method: string, path: string, input: unknown = null): object {
  return { id, method, params: { path, input: { json: input } } };
}

/** Why a call or watch was refused; undefined when it was not. */
export function refusalOf({ answers }: RawSocket, id: unknown): string | undefined {
  return answers.get(id)?.find(({ error }) => error !== undefined)?.error?.json.data.kind;
}

/** How many answers a call or watch has had. */
export function countOf({ answers }: RawSocket, id: unknown): number {
  return answers.get(id)?.length ?? 0;
}
