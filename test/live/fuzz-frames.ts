import fc from "fast-check";
import { appRouter } from "../../server/router.ts";

/** What hostile input is made around: things that there are. */
export interface Around {
  readonly boardId: string;
  /** A cursor of another board. */
  readonly foreignCursor: string;
}

/** A frame, and the ids of the requests in it that must be answered. */
export interface Hostile {
  readonly frame: string | Uint8Array;
  readonly ids: readonly string[];
}

/** Ending one's own session is nothing hostile, and would end the test. */
const ENDS_SESSIONS = new Set(["auth.signOut", "sessions.revokeOthers", "sessions.revoke"]);
export const PATHS = Object.keys(appRouter._def.procedures).filter((path) => !ENDS_SESSIONS.has(path));

const NESTED = "[".repeat(5_000) + "]".repeat(5_000);
const NESTED_OBJECTS = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
const POLLUTING = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';

const nastyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\0", "\uD800", "a\uDC00b", "__proto__", "constructor", "", " ", "NaN", "null", "🙂".repeat(500)),
  fc.constantFrom("x".repeat(40_000), "' or 1=1 --", "${7*7}", "../../etc/passwd", "%00", "\u202E"),
);
const nastyNumber = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(-1, 0, 1e308, 2 ** 53, 2 ** 63, -0));
const nastyJson: fc.Arbitrary<unknown> = fc.oneof(fc.jsonValue({ maxDepth: 4 }), nastyText, nastyNumber);

/** Of procedures and of what every object has. */
export const path = fc.oneof(
  { arbitrary: fc.constantFrom(...PATHS), weight: 6 },
  {
    arbitrary: fc.constantFrom("__proto__", "constructor", "toString", "boards", "boards.", ".", "", "boards.live.x"),
    weight: 1,
  },
  { arbitrary: nastyText, weight: 1 },
);

function textCursor({ foreignCursor }: Around): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(foreignCursor, "0.0", "1.1", "999999999.1", "-1.0", "1e9.0", "1", ".", "0.0.0", "٣.٤"),
    fc.constantFrom("9".repeat(15), `${"9".repeat(15)}.${"9".repeat(15)}`, "1.".repeat(10_000)),
    nastyText,
  );
}

function cursor(around: Around): fc.Arbitrary<unknown> {
  return fc.oneof(textCursor(around), nastyJson);
}

/** An input that is like a right one, and has something in it that is not. */
export function input(around: Around): fc.Arbitrary<unknown> {
  const { boardId } = around;
  const id = fc.oneof(fc.constant(boardId), fc.uuid(), nastyJson);
  const fields = fc.record(
    {
      boardId: id,
      orgId: id,
      taskId: id,
      columnId: id,
      after: id,
      mutationId: id,
      title: nastyJson,
      name: nastyJson,
      email: nastyJson,
      token: nastyJson,
      cursor: nastyJson,
      limit: nastyJson,
      role: nastyJson,
      changes: fc.array(nastyJson, { maxLength: 120 }),
      assigneeIds: fc.array(id, { maxLength: 60 }),
      lastEventId: cursor(around),
    },
    { requiredKeys: [] },
  );
  const watch = fc.record({ boardId: fc.constant(boardId), lastEventId: cursor(around) });
  return fc.oneof(nastyJson, fields, watch, fc.constant({ boardId }));
}

let requestCount = 0;

/** Requests in the shape of tRPC's own, with ids that nobody else has. */
function request(around: Around): fc.Arbitrary<{ id: string; text: string }> {
  return fc
    .record({
      method: fc.constantFrom("query", "mutation", "subscription"),
      path,
      input: input(around),
      lastEventId: fc.option(textCursor(around), { nil: undefined }),
      isPolluting: fc.boolean(),
    })
    .map(({ method, path, input, lastEventId, isPolluting }) => {
      requestCount += 1;
      const id = `request-${requestCount}`;
      const json = isPolluting ? POLLUTING : JSON.stringify(input);
      const last = lastEventId === undefined ? "" : `,"lastEventId":${JSON.stringify(lastEventId)}`;
      const params = `{"path":${JSON.stringify(path)},"input":{"json":${json ?? "null"}}${last}}`;
      return { id, text: `{"id":"${id}","method":"${method}","params":${params}}` };
    });
}

/** Something that is no request, or not a right one: it is answered, ignored, or ends the socket. */
function nonsense(around: Around): fc.Arbitrary<string | Uint8Array> {
  const wrongRequest = fc.record(
    {
      id: fc.oneof(nastyJson, fc.constant("same")),
      method: fc.oneof(fc.constantFrom("subscription.stop", "connectionParams", "reconnect", "constructor"), nastyJson),
      jsonrpc: nastyJson,
      data: nastyJson,
      params: fc.oneof(nastyJson, fc.record({ path: nastyJson, input: input(around) }, { requiredKeys: [] })),
    },
    { requiredKeys: [] },
  );
  return fc.oneof(
    nastyText,
    fc.uint8Array({ maxLength: 400 }),
    fc.json(),
    wrongRequest.map((value) => JSON.stringify(value)),
    fc.array(wrongRequest, { maxLength: 8 }).map((value) => JSON.stringify(value)),
    fc.tuple(request(around), fc.nat(80)).map(([{ text }, cut]) => text.slice(0, cut)),
    fc.constantFrom(NESTED, NESTED_OBJECTS, POLLUTING, "PING", "PONG", '{"id":1e999,"method":"query"}'),
  );
}

/** Frames of every wrong shape, and now and then a right one. */
export function hostileFrame(around: Around): fc.Arbitrary<Hostile> {
  const one = request(around);
  return fc.oneof(
    { arbitrary: nonsense(around).map((frame) => ({ frame, ids: [] })), weight: 10 },
    { arbitrary: one.map(({ id, text }) => ({ frame: text, ids: [id] })), weight: 10 },
    {
      arbitrary: fc.array(one, { minLength: 1, maxLength: 30 }).map((many) => ({
        frame: `[${many.map(({ text }) => text).join(",")}]`,
        ids: many.map(({ id }) => id),
      })),
      weight: 1,
    },
  );
}

/** A batch of 1,000, a cursor of almost a megabyte, and a frame that is larger than any may be. */
export function hugeFrames({ boardId }: Around): string[] {
  const stop = { id: 1, method: "subscription.stop" };
  const watch = (lastEventId: string) => {
    return {
      id: "huge",
      method: "subscription",
      params: { path: "boards.live", input: { json: { boardId, lastEventId } } },
    };
  };
  return [
    JSON.stringify(Array.from({ length: 1_000 }, () => stop)),
    JSON.stringify(watch("1.".repeat(450_000))),
    JSON.stringify(watch("1.".repeat(700_000))),
  ];
}
