import { expect, test } from "vitest";
import { ArgumentError, readArguments } from "../../scripts/verify-live/arguments.ts";
import { FAULTS, planFaults } from "../../scripts/verify-live/faults.ts";
import { Gate } from "../../scripts/verify-live/gate.ts";
import { CALLS, inputOf } from "../../scripts/verify-live/inputs.ts";
import { KnownBoard } from "../../scripts/verify-live/known.ts";
import { planOperations } from "../../scripts/verify-live/operations.ts";
import { Random } from "../../scripts/verify-live/random.ts";
import { appRouter } from "../../server/router.ts";

function plan(seed: string) {
  const random = new Random(seed);
  const board = new KnownBoard("00000000-0000-4000-8000-000000000001", 10);
  const operations = planOperations(random.fork("operations"), 200, 5);
  const inputs = operations.map(({ procedure, dice }) =>
    inputOf(procedure, dice, { board, boards: [board], userIds: [board.id], userId: board.id }),
  );
  const faults = planFaults(random.fork("faults"), 50, FAULTS).map(({ kind, dice }) => ({
    kind,
    first: dice.fraction(),
  }));
  return { operations: operations.map(({ dice: _, ...rest }) => rest), inputs, faults };
}

test("a seed decides everything again in the same way, and another seed in another", () => {
  expect(plan("one")).toEqual(plan("one"));
  expect(plan("one")).not.toEqual(plan("two"));
});

test("dice are fair enough: every kind of call and fault comes, and ids do not repeat", () => {
  const random = new Random("dice");
  const operations = planOperations(random.fork("operations"), 5_000, 5);
  expect(new Set(operations.map(({ procedure }) => procedure)).size).toBe(CALLS.length);
  expect(new Set(operations.map(({ mutationId }) => mutationId)).size).toBe(5_000);
  expect(new Set(planFaults(random, 2_000, FAULTS).map(({ kind }) => kind)).size).toBe(FAULTS.length);
  const mean = Array.from({ length: 10_000 }, () => random.fraction()).reduce((sum, value) => sum + value, 0) / 10_000;
  expect(mean).toBeGreaterThan(0.48);
  expect(mean).toBeLessThan(0.52);
});

test("every call that is drawn is a procedure of the router", () => {
  const known = Object.keys(appRouter._def.procedures);
  expect(CALLS.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
});

test("operations wait until as large a part of the faults has begun", async () => {
  const gate = new Gate();
  const passed: number[] = [];
  const waiting = [2, 1, 0, 9].map(async (count) => {
    await gate.reached(count);
    passed.push(count);
  });
  gate.advance();
  await Promise.resolve();
  expect(passed).toEqual([0, 1]);
  gate.open();
  await Promise.all(waiting);
  expect(passed).toEqual([0, 1, 2, 9]);
});

test("arguments are read, and wrong ones are told in a sentence", () => {
  expect(readArguments(["--ops", "30", "--seed", "x", "--json"])).toMatchObject({ ops: 30, seed: "x", json: true });
  expect(readArguments(["--ci"])).toMatchObject({ ops: 2_000, clients: 20, faults: 40, processes: 2 });
  expect(readArguments(["--help"])).toBe("help");
  expect(() => readArguments(["--ops", "none"])).toThrow(ArgumentError);
  expect(() => readArguments(["--processes", "9"])).toThrow("from 1 to 3");
  expect(() => readArguments(["--bug", "none"])).toThrow("There is no bug");
  expect(() => readArguments(["--what"])).toThrow(ArgumentError);
});
