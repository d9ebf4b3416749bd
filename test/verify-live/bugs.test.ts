import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BUGS, plant } from "../../scripts/verify-live/bugs.ts";

const ROOT = join(import.meta.dirname, "../..");

test.for(BUGS)('the bug "$name" can be planted: what it changes is in its file exactly once', async (bug) => {
  const source = await readFile(join(ROOT, bug.file), "utf8");
  expect(plant(bug, source)).not.toBe(source);
});

test("there are enough bugs, each with a name of its own and a rule that it breaks", () => {
  expect(BUGS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
  expect(BUGS.filter(({ breaks, faults }) => breaks.length === 0 || faults.length === 0)).toEqual([]);
});

test("a bug whose text has changed since is not planted in silence", () => {
  const bug = { name: "example", file: "a.ts", find: "one", replace: "two" };
  expect(plant(bug, "only one")).toBe("only two");
  expect(() => plant(bug, "nothing")).toThrow("0 times");
  expect(() => plant(bug, "one and one")).toThrow("2 times");
});
