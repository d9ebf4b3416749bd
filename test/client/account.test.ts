import { expect, test, vi } from "vitest";
import { Account } from "../../client/account.ts";
import { errorKind } from "../../client/errors.ts";
import { newId } from "../../client/ids.ts";

test("who is signed in is asked once, and not at all when sign-in has told", async () => {
  const ask = vi.fn<() => Promise<string>>().mockResolvedValue("ada");
  const account = new Account(ask);
  expect(await Promise.all([account.id(), account.id()])).toEqual(["ada", "ada"]);
  expect(ask).toHaveBeenCalledOnce();
  expect(await new Account(ask, "ben").id()).toBe("ben");
  expect(ask).toHaveBeenCalledOnce();
});

test("a fault is not kept: it is asked again", async () => {
  const ask = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error("no network")).mockResolvedValue("ada");
  const account = new Account(ask);
  await expect(account.id()).rejects.toThrow("no network");
  expect(await account.id()).toBe("ada");
});

test("an answer that came after somebody else has signed in says nothing about who was there before", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  const account = new Account(() => promise);
  const asked = account.id();
  account.end();
  resolve("ben");
  await expect(asked).rejects.toSatisfy((error) => errorKind(error) === "ACCOUNT_CHANGED");
});

test("who was known before somebody else signed in stays known", async () => {
  const account = new Account(() => Promise.resolve("ada"));
  await account.id();
  account.end();
  expect(await account.id()).toBe("ada");
});

test("ids are UUIDs of version 7: each another one, those of later moments behind those of earlier ones", () => {
  vi.useFakeTimers({ now: Date.parse("2026-01-05T10:00:00.000Z") });
  const ids = Array.from({ length: 1_000 }, () => {
    vi.advanceTimersByTime(1);
    return newId();
  });
  vi.useRealTimers();
  expect(new Set(ids).size).toBe(1_000);
  expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/u);
  expect(Number.parseInt(ids[0]?.replace("-", "").slice(0, 12) ?? "", 16)).toBe(Date.parse("2026-01-05T10:00:00.001Z"));
});
