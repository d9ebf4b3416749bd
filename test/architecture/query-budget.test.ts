import { expect } from "vitest";
import { createServices } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { callByPath } from "../setup/by-path.ts";
import { PROCEDURES } from "../setup/procedures.ts";
import { databaseWire } from "../setup/proxy.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { statementsOf } from "../setup/statements.ts";
import { type Person, signedIn, test, type World } from "../setup/world.ts";
import { createGround, type Ground, INPUTS, type ProcedurePath } from "./inputs.ts";

// What is read costs as many statements whatever there is: none is for each row.

/** Reads of an organisation or board, and of what is live the first message. */
const READS = PROCEDURES.flatMap(({ path, type }) =>
  type !== "mutation" && isScoped(path) ? [{ path, isWatch: type === "subscription" }] : [],
);

function isScoped(path: string): path is ProcedurePath {
  return path in INPUTS;
}

/** More of everything that is listed, or shown with what is listed. */
async function addMore({ org, board, ...ground }: Ground): Promise<void> {
  const { caller } = org.owner;
  const [orgId, boardId] = [org.id, board.id];
  const at = { boardId, taskId: board.task("One") };
  const more = await Promise.all(
    ["a", "b", "c", "d"].map(async (name) => {
      const person = await org.another("member");
      const { id: labelId } = await caller.labels.create({ boardId, name, color: "blue" });
      const { id: columnId } = await caller.columns.create({ boardId, name });
      const into = { boardId, columnId: board.column("Todo"), title: name, description: name };
      const task = await caller.tasks.create({ ...into, assigneeIds: [person.id], labelIds: [labelId] });
      await caller.transitions.create({ boardId, name, toColumnId: columnId });
      const comment = await caller.comments.create({ ...at, text: name });
      await caller.comments.create({ ...at, parentId: comment.id, text: name });
      await caller.comments.react({ ...at, commentId: comment.id, emoji: "👍" });
      await caller.comments.update({ ...at, commentId: ground.commentId, text: name });
      await caller.tasks.update({ ...at, description: name });
      const { id: checklistId } = await caller.checklists.create({ ...at, name });
      await caller.checkItems.create({ ...at, checklistId, text: name });
      await caller.relations.create({ ...at, name: "relates", otherTaskId: task.id });
      const project = await caller.projects.create({ orgId, name, key: `MORE${name}` });
      await caller.boards.create({ orgId, projectId: project.id, name, columns: ["A"] });
      await caller.members.invite({ orgId, email: `${name}-${orgId}@example.test`, role: "guest" });
      await caller.roles.create({ orgId, name, base: "guest" });
      const onCreated = { on: "task-created" } as const;
      await caller.rules.create({
        orgId,
        projectId: board.projectId,
        name,
        trigger: onCreated,
        actions: [{ do: "archive" }],
      });
      await caller.serviceAccounts.create({ orgId, name, role: "guest" });
      await caller.keys.create({ orgId, name, actions: ["org:read"], expiresAt: null });
    }),
  );
  expect(more).toHaveLength(4);
}

/**
 * How many statements each read takes, once they are prepared and it is known who asks: the fewest of several times, since
 * now and then a chore of the process asks something meanwhile.
 */
async function countStatements(world: World, person: Person, ground: Ground): Promise<Record<string, number>> {
  const { wire, connection } = await databaseWire(world);
  const settings = { poolSize: 1, rootKeys: TEST_ROOT_KEYS, pollMs: 3_600_000, wakeUps: false, secure: false };
  const { services, close } = createServices({ ...settings, connection, log: createLogger("silent") });
  const reader = { ...person, ...(await signedIn(services, person.token)) };
  const counts: Record<string, number> = {};
  for (const [index, { path, isWatch }] of [...READS, ...READS, ...READS, ...READS].entries()) {
    const counted = statementsOf(wire);
    const answer = await callByPath(reader, path, INPUTS[path](ground));
    if (isWatch && isStream(answer)) for await (const _ of answer) break;
    counted.stop();
    // The first time it is not yet known who asks.
    if (index >= READS.length) counts[path] = Math.min(counts[path] ?? Infinity, counted.count());
  }
  await close();
  await wire.close();
  return counts;
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

test("every list and snapshot takes as many statements with more rows as with few", async ({ world }) => {
  const ground = await createGround(world);
  const few = await countStatements(world, ground.org.owner, ground);
  await addMore(ground);
  expect(await countStatements(world, ground.org.owner, ground)).toEqual(few);
  expect(READS.length).toBeGreaterThan(25);
});
