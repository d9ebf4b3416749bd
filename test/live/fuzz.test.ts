import fc from "fast-check";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { type Answer, ask } from "../setup/ask.ts";
import { until } from "../setup/clients.ts";
import { call, countOf, openRawSocket, refusalOf } from "../setup/raw-socket.ts";
import { FUZZ_FRAMES } from "../setup/settings.ts";
import type { World } from "../setup/world.ts";
import { type Around, callPath, hostileFrame, hugeFrames, input } from "./fuzz-frames.ts";
import { type Live, test } from "./live-test.ts";

// Whatever comes in: this process goes on, everybody else notices nothing, and every request is answered or its socket
// closed. `TRESTLE_FUZZ_FRAMES=100000` is the long form.

const FRAMES_PER_SOCKET = 100;
const REQUESTS_PER_RUN = 20;
const MOST_GROWTH_BYTES = 256 << 20;

const rejections: unknown[] = [];
const onRejection = (reason: unknown) => rejections.push(reason);

beforeAll(() => {
  process.on("unhandledRejection", onRejection);
});

afterAll(() => {
  process.off("unhandledRejection", onRejection);
});

/** Somebody of another organisation, whose watch must go on as if nothing happened. */
async function bystander(world: World, live: Live) {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const watch = (await live.client(org.owner)).watch(board.id);
  await until(() => watch.state !== undefined);
  const heard: (number | string)[] = ["first"];
  return {
    async seesAll() {
      const title = `Title ${heard.length}`;
      const { version } = await org.owner.caller.tasks.update({
        boardId: board.id,
        taskId: board.task("Draft"),
        title,
      });
      heard.push(version);
      await until(() => watch.version === version);
      expect(watch.heard).toEqual(heard);
      expect(watch.ending).toBeUndefined();
      expect(rejections).toEqual([]);
      expect(Object.keys(Object.prototype)).toEqual([]);
    },
    cursor: () => watch.lastEventId,
  };
}

/** A request whose connection was closed on it: what is too large is not read to its end. */
function asCut(error: unknown): Answer {
  if (error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE")) {
    return { status: 0, kind: undefined, text: "", headers: {} };
  }
  throw error;
}

async function hostileGround(world: World, live: Live) {
  const other = await bystander(world, live);
  const org = await world.org();
  const board = await org.board({ tasks: ["One", "Two"] });
  const around: Around = { boardId: board.id, foreignCursor: other.cursor() };
  return { other, attacker: org.owner, around };
}

test(
  "whatever frames a socket sends, its requests are answered and nobody else notices",
  { timeout: 900_000 },
  async ({ world, live }) => {
    const { other, attacker, around } = await hostileGround(world, live);
    const app = await world.app();
    const before = process.memoryUsage().heapUsed;
    const frames = fc.array(hostileFrame(around), { minLength: FRAMES_PER_SOCKET, maxLength: FRAMES_PER_SOCKET });
    await fc.assert(
      fc.asyncProperty(frames, fc.boolean(), async (sent, isKnown) => {
        const socket = await openRawSocket(app, isKnown ? attacker : undefined);
        for (const { frame } of sent) if (socket.closedWith === undefined) socket.send(frame);
        socket.send(JSON.stringify(call("end", "query", "auth.me")));
        const asked = ["end", ...sent.flatMap(({ ids }) => ids)];
        const unanswered = () => asked.filter((id) => socket.closedWith === undefined && countOf(socket, id) === 0);
        await vi.waitFor(() => expect(unanswered()).toEqual([]), { timeout: 20_000, interval: 5 });
        const refusals = [...socket.answers.keys()].map((id) => refusalOf(socket, id));
        expect(refusals).not.toContain("INTERNAL");
        expect([socket.closedWith, refusalOf(socket, "end")]).toEqual([
          undefined,
          isKnown ? undefined : "SIGN_IN_REQUIRED",
        ]);
        socket.close();
        await other.seesAll();
      }),
      { numRuns: Math.ceil(FUZZ_FRAMES / FRAMES_PER_SOCKET), endOnFailure: true },
    );
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(MOST_GROWTH_BYTES);
  },
);

test("huge frames end their own socket at most", async ({ world, live }) => {
  const { other, attacker, around } = await hostileGround(world, live);
  for (const frame of hugeFrames(around)) {
    const socket = await openRawSocket(await world.app(), attacker);
    socket.send(frame);
    socket.send(JSON.stringify(call("end", "query", "auth.me")));
    await until(() => socket.closedWith !== undefined || countOf(socket, "end") > 0);
    expect([undefined, 1009]).toContain(socket.closedWith);
    socket.close();
    await other.seesAll();
  }
});

test(
  "whatever a request by HTTP holds, it is answered, and never by a fault of ours",
  { timeout: 900_000 },
  async ({ world, live }) => {
    const { other, attacker, around } = await hostileGround(world, live);
    const { url } = await world.app();
    const text = fc.oneof(
      input(around).map((value) => JSON.stringify({ json: value })),
      input(around).map((value) => JSON.stringify({ 0: { json: value }, 1: value })),
      fc.json(),
      fc.string({ unit: "binary" }),
    );
    const asked = fc.record({
      isPost: fc.boolean(),
      path: callPath,
      body: text,
      query: fc.oneof(
        text.map((value) => `input=${encodeURIComponent(value.toWellFormed())}`),
        fc.constantFrom("batch=1", "batch=1&input=%7B", "input=%", "%", "&&&=", "batch=__proto__"),
        fc.webQueryParameters(),
      ),
      type: fc.constantFrom(
        "application/json",
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "",
      ),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(asked, { minLength: REQUESTS_PER_RUN, maxLength: REQUESTS_PER_RUN }),
        async (requests) => {
          const answers = await Promise.all(
            requests.map(({ isPost, path: at, body, query, type }) =>
              ask(url, `/trpc/${encodeURIComponent(at.toWellFormed())}?${query}`, {
                method: isPost ? "POST" : "GET",
                headers: { authorization: `Bearer ${attacker.token}`, "content-type": type },
                ...(isPost ? { body } : {}),
              }).catch(asCut),
            ),
          );
          const faults = answers.filter(({ status, kind }) => status >= 500 || kind === "INTERNAL");
          expect(faults).toEqual([]);
          await other.seesAll();
        },
      ),
      { numRuns: Math.ceil(FUZZ_FRAMES / 2 / REQUESTS_PER_RUN), endOnFailure: true },
    );
  },
);
