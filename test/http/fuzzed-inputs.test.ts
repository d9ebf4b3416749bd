import fc from "fast-check";
import { pino } from "pino";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import type { App } from "../../server/app.ts";
import { type ErrorKind, ERRORS } from "../../server/errors.ts";
import { CLOSE } from "../../server/live-socket.ts";
import { createGround, type Ground, INPUTS } from "../architecture/inputs.ts";
import { test } from "../live/live-test.ts";
import { ask } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { countOf, openRawSocket, type RawSocket } from "../setup/raw-socket.ts";
import { FUZZED_INPUTS } from "../setup/settings.ts";
import type { Person } from "../setup/world.ts";
import { callsOfAll, type HostileCall, type KnownIds } from "./hostile-inputs.ts";

// `TRESTLE_FUZZ_INPUTS=100000` is the whole attack.

/** What may end what the others of a run need: these come last. */
const ENDS = new Set([
  "account.delete",
  "auth.signIn",
  "auth.signOut",
  "auth.signUp",
  "boards.archive",
  "boards.delete",
  "members.leave",
  "orgs.delete",
  "sessions.revoke",
  "sessions.revokeOthers",
]);
const AT_ONCE = 40;
/** Node reads a head of 16 KiB. */
const LONGEST_ADDRESS = 12_000;

const Answered = z.union([
  z.strictObject({ result: z.strictObject({ data: z.strictObject({ json: z.unknown() }) }) }),
  z.object({ error: z.object({ json: z.object({ data: z.object({ kind: z.string() }) }) }) }),
]);

/** What came of a call: a result, or why it was refused. Anything else fails the test. */
function endOf(answer: unknown): "done" | ErrorKind | "no answer in the protocol" {
  const parsed = Answered.safeParse(answer);
  if (!parsed.success) return "no answer in the protocol";
  if ("result" in parsed.data) return "done";
  const { kind } = parsed.data.error.json.data;
  return isKind(kind) ? kind : "no answer in the protocol";
}

function isKind(kind: string): kind is ErrorKind {
  return Object.hasOwn(ERRORS, kind);
}

/** Whether a call ended as any may: by a result, or refused for what it was. */
function isRight(end: string): boolean {
  return end === "done" || (isKind(end) && end !== "INTERNAL" && end !== "SERVER_UNAVAILABLE");
}

/** One attack from start to end: a ground of its own, and its owner. */
class Attack {
  readonly wrong: object[] = [];
  readonly ends = new Map<string, number>();
  readonly #app: App;
  readonly #owner: Person;

  constructor(app: App, owner: Person) {
    this.#app = app;
    this.#owner = owner;
  }

  async make(calls: readonly HostileCall[]): Promise<void> {
    for (const isSignedIn of [true, false]) {
      const own = calls.filter((call) => call.isSignedIn === isSignedIn);
      const overSocket = own.filter((call) => !isForHttp(call));
      await Promise.all([this.#overSocket(overSocket, isSignedIn), this.#byHttp(own.filter(isForHttp), isSignedIn)]);
    }
  }

  #note(call: HostileCall, end: string, more: object = {}): void {
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (!isRight(end)) this.wrong.push({ end, ...call, payload: call.payload?.slice(0, 2_000), ...more });
  }

  async #byHttp(calls: readonly HostileCall[], isSignedIn: boolean): Promise<void> {
    const requests = calls.filter(({ way }) => way !== "batch").map((call) => [call]);
    for (const type of ["query", "mutation"]) {
      const together = calls.filter((call) => call.way === "batch" && call.type === type);
      while (together.length > 0) requests.push(together.splice(0, 10));
    }
    const credentials: Record<string, string> = isSignedIn ? { authorization: `Bearer ${this.#owner.token}` } : {};
    await Promise.all(requests.map((request) => this.#request(request, credentials)));
  }

  async #request(calls: readonly HostileCall[], credentials: Record<string, string>): Promise<void> {
    const [first] = calls;
    if (!first) return;
    const isBatch = first.way === "batch";
    const inputs = calls.flatMap(({ payload }, index) => (payload === undefined ? [] : [`"${index}":${payload}`]));
    const body = isBatch ? `{${inputs.join(",")}}` : (first.payload ?? "");
    const isMutation = first.type === "mutation";
    const query = [
      ...(isBatch ? ["batch=1"] : []),
      ...(first.way === "adapter" ? ["x=1"] : []),
      ...(isMutation || body === "" ? [] : [`input=${encodeURIComponent(body)}`]),
    ].join("&");
    const path = `/trpc/${calls.map((call) => call.path).join(",")}?${query}`;
    const { status, text } = await ask(this.#app.url, path, {
      method: isMutation ? "POST" : "GET",
      headers: { ...credentials, "content-type": "application/json" },
      ...(isMutation ? { body } : {}),
    });
    const answers = isBatch && text.startsWith("[") ? z.array(z.unknown()).parse(JSON.parse(text)) : [JSON.parse(text)];
    for (const [index, call] of calls.entries()) {
      const end = endOf(answers[answers.length === 1 ? 0 : index]);
      this.#note(call, status >= 500 ? `status ${status}` : end, { status, answer: text.slice(0, 500) });
    }
  }

  async #overSocket(calls: readonly HostileCall[], isSignedIn: boolean): Promise<void> {
    const socket = await openRawSocket(this.#app, isSignedIn ? this.#owner : undefined);
    const frameOf = ({ path, type, payload }: HostileCall, id: number) =>
      `{"id":${id},"method":"${type}","params":{"path":"${path}"${payload === undefined ? "" : `,"input":${payload}`}}}`;
    const frames = calls.map((call, id) => ({ ...call, text: frameOf(call, id) }));
    for (const { way, text } of frames) if (way !== "frame") socket.send(text);
    const together = frames.filter(({ way }) => way === "frame");
    while (together.length > 0) {
      const texts = together.splice(0, 5).map(({ text }) => text);
      socket.send(`[${texts.join(",")}]`);
    }
    const isOver = () => socket.closedWith !== undefined || calls.every((_, id) => countOf(socket, id) > 0);
    // What is not answered by then is named below.
    await until(isOver).catch(() => {});
    for (const [id, call] of calls.entries()) this.#note(call, socketEnd(socket, id), { closed: socket.closedWith });
    socket.close();
  }
}

function isForHttp({ way, type, payload = "" }: HostileCall): boolean {
  if (way === "socket" || way === "frame" || type === "subscription") return false;
  return type === "mutation" || encodeURIComponent(payload).length < LONGEST_ADDRESS / (way === "batch" ? 10 : 1);
}

function socketEnd({ answers, closedWith }: RawSocket, id: number): string {
  const [first] = answers.get(id) ?? [];
  // Somebody's session that is ended takes the socket with it, also from calls that have no answer yet.
  if (!first) return closedWith === CLOSE.sessionEnded ? "SIGN_IN_REQUIRED" : "unanswered";
  return first.error ? endOf({ error: first.error }) : "done";
}

/** What there is of a ground, by the names that inputs have for it. */
function idsOf(ground: Ground): KnownIds {
  const { owner } = ground.org;
  const known = new Map<string, Set<string>>([
    ["email", new Set([owner.email])],
    ["password", new Set([owner.password])],
    ["currentPassword", new Set([owner.password])],
  ]);
  const inputs = Object.values(INPUTS).map((inputOf) => inputOf(ground));
  for (const [key, value] of inputs.flatMap((input) => Object.entries<unknown>(input))) {
    const isOfIds = /(?:Id|Ids|after)$/u.test(key);
    for (const id of isOfIds ? [value].flat() : []) known.set(key, (known.get(key) ?? new Set()).add(String(id)));
  }
  return new Map([...known].map(([key, values]) => [key, [...values]]));
}

/** The same input on another ground. */
function renamed(payload: string | undefined, model: KnownIds, own: KnownIds): string | undefined {
  let text = payload;
  for (const [key, ids] of model) {
    for (const [index, id] of ids.entries()) text = text?.replaceAll(id, own.get(key)?.[index] ?? id);
  }
  return text;
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Promise.prototype];
const membersOf = () => prototypes.map((prototype) => Object.getOwnPropertyNames(prototype).toSorted());

test(
  "inputs that are nearly right are answered or refused, over HTTP and WebSocket, and never by a fault of ours",
  { timeout: 60_000 + FUZZED_INPUTS * 100 },
  async ({ world, live }) => {
    const faults: unknown[] = [];
    const onRejection = (reason: unknown) => faults.push(reason);
    process.on("unhandledRejection", onRejection);
    onTestFinished(() => void process.off("unhandledRejection", onRejection));
    const log = pino({ level: "error" }, { write: (line) => void faults.push(line) });
    const app = await live.serve({ log });
    const bystander = await world.person();
    const before = membersOf();
    const ends = new Map<string, number>();
    const model = idsOf(await createGround(world));
    await fc.assert(
      fc.asyncProperty(callsOfAll(model), callsOfAll(model), async (...drawn) => {
        // Each run has a ground of its own, so that what ends things leaves something to the next.
        const ground = await createGround(world);
        const attack = new Attack(app, ground.org.owner);
        const own = idsOf(ground);
        const calls = drawn.flat().map((call) => ({ ...call, payload: renamed(call.payload, model, own) }));
        const others = calls.filter(({ path }) => !ENDS.has(path));
        while (others.length > 0) await attack.make(others.splice(0, AT_ONCE));
        for (const call of calls) if (ENDS.has(call.path)) await attack.make([call]);
        for (const [end, count] of attack.ends) ends.set(end, (ends.get(end) ?? 0) + count);
        expect(attack.wrong).toEqual([]);
        expect(faults).toEqual([]);
        expect(membersOf()).toEqual(before);
        expect((await ask(app.url, "/healthz")).status).toBe(200);
        const me = await ask(app.url, "/trpc/auth.me", { headers: { authorization: `Bearer ${bystander.token}` } });
        expect(me.text).toContain(bystander.id);
      }),
      { numRuns: Math.ceil(FUZZED_INPUTS / PROCEDURES.length / 2), endOnFailure: true },
    );
    // They do get past the first look.
    expect(ends.get("done") ?? 0).toBeGreaterThan(FUZZED_INPUTS / 20);
  },
);
