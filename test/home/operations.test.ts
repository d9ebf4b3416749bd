import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { z } from "zod";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/frames.ts";
import { AppError } from "../../server/core/app-error.ts";
import { newId } from "../../server/core/ids.ts";
import { write } from "../../server/core/write.ts";
import { evolveInbox } from "../../server/domains/home/evolve-inbox.ts";
import type { Home } from "../../server/domains/home/me.contract.ts";
import { type OperationWork, operationWorker } from "../../server/domains/home/operation-worker.ts";
import type { Operation } from "../../server/domains/home/operations.contract.ts";
import {
  beginOperation,
  inboxOfStarter,
  operationKind,
  tidyOperations,
} from "../../server/domains/home/operations.service.ts";
import type { InboxEvent } from "../../server/events.ts";
import { expectFolds } from "../setup/model.ts";
import { opened } from "../setup/opened.ts";
import { outcomeOf } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type TestOrg, type World } from "../setup/world.ts";

const DAY_MS = 86_400_000;
const Pieces = z.strictObject({ pieces: z.int() });
type Pieces = z.infer<typeof Pieces>;
const KIND = operationKind({ name: "archive-export", input: Pieces });

/** Begins one as a mutation of the organisation does. */
function begin(world: World, { id: orgId }: TestOrg, { id: userId }: Person, mutationId = newId()): Promise<Operation> {
  const scope = { on: "org", userId, orgId, action: "org:read" } as const;
  return write(
    world.services,
    { scope, procedure: "test", alsoLocks: inboxOfStarter },
    { service: (tx, actor) => beginOperation(tx, actor, { kind: KIND, input: { pieces: 3 } }), input: { mutationId } },
  );
}

/** Work of so many pieces, and what became of them. */
function pieceWork(own: Partial<OperationWork<Pieces>> = {}) {
  const made: number[] = [];
  const work: OperationWork<Pieces> = {
    async run(_app, operation) {
      const { at } = z.object({ at: z.int() }).catch({ at: 0 }).parse(operation.checkpoint);
      for (let piece = at; piece < operation.input.pieces; piece += 1) {
        made.push(piece);
        await operation.keep({ at: piece + 1 });
        await operation.progress(piece + 1, operation.input.pieces);
      }
      return { made: made.length };
    },
    abandon: async () => void made.splice(0),
    ...own,
  };
  return { made, work };
}

function run({ services }: World, work: OperationWork<Pieces>, { id, orgId }: Operation, isLastTry = false) {
  const { signal } = new AbortController();
  return operationWorker(services, KIND, work).run({ orgId, operationId: id }, signal, { isLastTry });
}

function homeOf({ caller }: Person): Promise<Home> {
  return opened<Home>(caller.me.live());
}

test("who starts long work sees on their inbox how far it is and what came of it, and nobody else does", async ({
  world,
}) => {
  const org = await world.org();
  const { owner } = org;
  const { answer, announced } = await outcomeOf(world.db, owner, (id) => begin(world, org, owner, id));
  expect(answer).toMatchObject({ orgId: org.id, kind: "archive-export", state: "waiting", done: 0, total: null });
  expect(announced).toMatchObject([
    { on: "inbox", to: owner.id, type: "operation.changed", data: { operation: answer } },
  ]);
  expect((await homeOf(owner)).operations).toEqual([answer]);
  await run(world, pieceWork().work, answer);
  const [done] = (await homeOf(owner)).operations;
  expect(done).toMatchObject({ id: answer.id, state: "done" });
  expect(done?.finishedAt).not.toBeNull();
  const operationId = answer.id;
  expect(await owner.caller.operations.get({ operationId })).toEqual({
    ...done,
    errorFields: null,
    result: { made: 3 },
  });
  expect(await owner.caller.operations.list({})).toEqual({ items: [done], nextCursor: null });
  const admin = await org.as("admin");
  expect((await homeOf(admin)).operations).toEqual([]);
  expect(await admin.caller.operations.list({ orgId: org.id })).toEqual({ items: [], nextCursor: null });
  for (const call of [admin.caller.operations.get, admin.caller.operations.cancel]) {
    expect(await refusal(call({ operationId }))).toBe("OPERATION_NOT_FOUND");
  }
  expect(await refusal(owner.caller.operations.cancel({ operationId }))).toBe("OPERATION_FINISHED");
});

test("what is cancelled ends between two pieces, and what there was of it is taken away", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const operation = await begin(world, org, owner);
  const { made, work } = pieceWork();
  const stopped = {
    ...work,
    async run(...[, running]: Parameters<typeof work.run>) {
      made.push(0);
      const { answer } = await outcomeOf(world.db, owner, (mutationId) =>
        owner.caller.operations.cancel({ operationId: operation.id, mutationId }),
      );
      expect(answer.state).toBe("cancelling");
      await running.keep({ at: 1 });
      throw new Error("it goes on");
    },
  };
  await run(world, stopped, operation);
  expect(made).toEqual([]);
  expect(await owner.caller.operations.get({ operationId: operation.id })).toMatchObject({
    state: "cancelled",
    result: null,
  });
  // One that waits is ended by the job that comes to it, and does nothing.
  const waiting = await begin(world, org, owner);
  await owner.caller.operations.cancel({ operationId: waiting.id });
  await run(world, { ...work, run: () => Promise.reject(new Error("it begins")) }, waiting);
  expect((await owner.caller.operations.get({ operationId: waiting.id })).state).toBe("cancelled");
});

test("what a process leaves behind goes on where it was, and its own late word does not count", async ({ world }) => {
  const org = await world.org();
  const operation = await begin(world, org, org.owner);
  const { made, work } = pieceWork();
  const paused = Promise.withResolvers<null>();
  const taken = Promise.withResolvers<null>();
  const late = run(
    world,
    {
      ...work,
      async run(_app, running) {
        made.push(0);
        await running.keep({ at: 1 });
        paused.resolve(null);
        await taken.promise;
        await running.keep({ at: 9 });
        return { made: -1 };
      },
      abandon: () => Promise.reject(new Error("it is not its own any more")),
    },
    operation,
  );
  await paused.promise;
  await run(world, work, operation);
  taken.resolve(null);
  await late;
  expect(made).toEqual([0, 1, 2]);
  const ended = await org.owner.caller.operations.get({ operationId: operation.id });
  expect(ended).toMatchObject({ state: "done", result: { made: 3 } });
  // A job that comes again finds that it is done.
  await run(world, { ...work, run: () => Promise.reject(new Error("again")) }, operation);
});

test("a refusal ends it with its reason; a fault is tried again, and ends it the last time", async ({ world }) => {
  const org = await world.org();
  const { owner } = org;
  const get = (operationId: string) => owner.caller.operations.get({ operationId });
  const refused = await begin(world, org, owner);
  const fields = { "manifest.json": "It is of a newer version." };
  const refuse = () => Promise.reject(new AppError("INPUT_INVALID", { fields }));
  await run(world, pieceWork({ run: refuse }).work, refused);
  expect(await get(refused.id)).toMatchObject({ state: "failed", errorKind: "INPUT_INVALID", errorFields: fields });
  const faulty = await begin(world, org, owner);
  const { work } = pieceWork({ run: () => Promise.reject(new Error("secret address")) });
  await expect(run(world, work, faulty)).rejects.toThrow("secret");
  expect(await get(faulty.id)).toMatchObject({ state: "running" });
  await expect(run(world, work, faulty, true)).rejects.toThrow("secret");
  expect(await get(faulty.id)).toMatchObject({ state: "failed", errorKind: "INTERNAL", errorFields: null });
});

test("whoever leaves has nothing under way there any more, and what was made is taken away", async ({ world }) => {
  const org = await world.org();
  const member = await org.another("member");
  const operation = await begin(world, org, member);
  const { made, work } = pieceWork();
  await run(
    world,
    {
      ...work,
      async run(...[, running]: Parameters<typeof work.run>) {
        made.push(0);
        await org.owner.caller.members.remove({ orgId: org.id, userId: member.id });
        await running.keep({ at: 1 });
        return {};
      },
    },
    operation,
  );
  expect(made).toEqual([]);
  expect((await homeOf(member)).operations).toEqual([]);
  expect(await refusal(member.caller.operations.get({ operationId: operation.id }))).toBe("OPERATION_NOT_FOUND");
});

test("there is an end to what one may have under way, and to what is kept; inboxes fold to what is there", async ({
  world,
}) => {
  const org = await world.org();
  const { owner } = org;
  const seen = [await homeOf(owner)];
  const { work } = pieceWork({ run: () => Promise.resolve({}) });
  for (let turn = 0; turn < 12; turn += 1) {
    const [first, second] = [await begin(world, org, owner), await begin(world, org, owner)];
    // The one that began last ends first.
    await run(world, work, second);
    if (turn % 4 > 0) await run(world, work, first);
    seen.push(await homeOf(owner));
    world.clock.advance(1_000);
  }
  for (let more = 3; more < 10; more += 1) await begin(world, org, owner);
  expect(await refusal(begin(world, org, owner))).toBe("OPERATIONS_TOO_MANY");
  expect((await homeOf(owner)).operations).toHaveLength(30);
  seen.push(await homeOf(owner));
  world.clock.advance(2 * DAY_MS);
  // Nobody does them any more.
  await tidyOperations(world.services);
  seen.push(await homeOf(owner));
  expect(seen.at(-1)?.operations.map(({ state }) => state)).toContain("failed");
  await world.db.execute(sql`update operation set changed_at = changed_at - interval '31 days'`);
  await tidyOperations(world.services);
  expect(await homeOf(owner)).toMatchObject({ operations: [] });
  const events = await eventsOf(world, owner);
  expectFolds(
    seen,
    events.filter(({ type }) => type !== "operation.forgotten"),
    evolveInbox,
  );
  // Where as many are shown as may be, only a snapshot tells what takes the place of what goes.
  const forgotten = events.filter(({ type }) => type === "operation.forgotten");
  expect(forgotten).toHaveLength(1);
  for (const event of forgotten) expect(evolveInbox(seen.at(-1) ?? (await homeOf(owner)), event)).toBe("unknown");
});

async function eventsOf(world: World, { id }: Person): Promise<InboxEvent[]> {
  return (await readEvents(world.db, id, 0, 1_000)).map((event) => toEvent<InboxEvent>(event));
}
