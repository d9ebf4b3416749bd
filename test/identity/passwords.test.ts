import { expect, test } from "vitest";
import { createPasswords } from "../../server/domains/identity/passwords.ts";
import { kindsOf } from "../setup/refusal.ts";

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

test("passwords are kept as argon2id of 19 MiB, two passes and one lane, each with a salt of its own", async () => {
  const passwords = createPasswords();
  const [first, second] = await Promise.all([passwords.hash("correct horse"), passwords.hash("correct horse")]);
  expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/u);
  expect(second).not.toBe(first);
  expect(await passwords.verify(first, "correct horse")).toBe(true);
  expect(await passwords.verify(second, "correct horse")).toBe(true);
  expect(await passwords.verify(first, "correct horse ")).toBe(false);
});

test("an account that does not exist takes as long to refuse as one that does", async () => {
  const passwords = createPasswords();
  const stored = await passwords.hash("correct horse");
  const known: number[] = [];
  const unknown: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    known.push(await millisecondsOf(() => passwords.verify(stored, "wrong horse")));
    unknown.push(await millisecondsOf(() => passwords.verify(undefined, "wrong horse")));
  }
  // The best of each: whatever else the machine does only adds to it.
  const ratio = Math.min(...unknown) / Math.min(...known);
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
  expect(await passwords.verify(undefined, "")).toBe(false);
});

test("who comes when too many are waiting is told so at once, and later there is room again", async () => {
  const passwords = createPasswords();
  const ends = await Promise.allSettled(Array.from({ length: 4 + 64 + 3 }, () => passwords.hash("correct horse")));
  expect(kindsOf(ends).filter((end) => end === "done")).toHaveLength(68);
  expect(kindsOf(ends).filter((end) => end === "SERVER_UNAVAILABLE")).toHaveLength(3);
  const again = await Promise.all(Array.from({ length: 5 }, () => passwords.hash("correct horse")));
  expect(new Set(again).size).toBe(5);
});
