import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import { createCaller } from "../../server/router.ts";
import { until } from "../setup/clients.ts";
import { test } from "../setup/post.ts";
import { kindsOf, refusal } from "../setup/refusal.ts";
import { callerContext, signedIn, type World } from "../setup/world.ts";

const PASSWORD = "correct horse battery";

let counter = 0;
function newAddress(): string {
  counter += 1;
  return `newcomer-${counter}@example.test`;
}

/** Somebody without a session, at a server that asks for a code. */
function stranger({ services }: World) {
  const strict: AppServices = { ...services, signUp: "mail" };
  const { auth } = createCaller(callerContext(strict, undefined));
  const signUp = (email: string, code?: string) =>
    auth.signUp({ email, password: PASSWORD, name: "Newcomer", transport: "token", ...(code ? { code } : {}) });
  return { request: (email: string) => auth.requestSignUp({ email }), signUp };
}

test("a newcomer proves the address first, and has it proved from the beginning", async ({ world, post }) => {
  const { request, signUp } = stranger(world);
  const email = newAddress();
  expect(await refusal(signUp(email))).toBe("EMAIL_CODE_WRONG");
  expect(await request(email)).toBeNull();
  const code = await post.codeTo(email);
  const { user, token } = await signUp(email.toUpperCase(), code);
  expect(user.email).toBe(email);
  const { caller } = await signedIn(world.services, token ?? "");
  expect(await caller.emails.get()).toEqual({ email, isVerified: true });
  expect(await refusal(signUp(email, code))).toBe("EMAIL_CODE_WRONG");
});

test("a code is for one address, one account, five tries and ten minutes", async ({ world, post }) => {
  const { request, signUp } = stranger(world);
  const [email, late, guessed] = [newAddress(), newAddress(), newAddress()];
  for (const address of [email, late, guessed]) await request(address);
  const code = await post.codeTo(email);
  expect(await refusal(signUp(newAddress(), code))).toBe("EMAIL_CODE_WRONG");
  const ends = kindsOf(await Promise.allSettled([1, 2, 3, 4].map(() => signUp(email, code))));
  expect(ends.filter((end) => end === "done")).toHaveLength(1);

  const right = await post.codeTo(guessed);
  const wrong = right === "0000 0000" ? "0000 0001" : "0000 0000";
  const guesses = Array.from({ length: 20 }, () => signUp(guessed, wrong));
  expect(new Set(kindsOf(await Promise.allSettled(guesses)))).toEqual(new Set(["EMAIL_CODE_WRONG"]));
  expect(await refusal(signUp(guessed, right))).toBe("EMAIL_CODE_WRONG");

  const lateCode = await post.codeTo(late);
  world.clock.advance(600_000);
  try {
    expect(await refusal(signUp(late, lateCode))).toBe("EMAIL_CODE_WRONG");
  } finally {
    world.clock.advance(-600_000);
  }
});

test("nobody learns which addresses have an account, but who reads their mail", async ({ world, post }) => {
  const { request, signUp } = stranger(world);
  const [person, unknown] = [await world.person(), newAddress()];
  const answers: unknown[] = [];
  for (const email of [person.email, unknown]) {
    answers.push([
      await request(email),
      await signUp(email).catch(String),
      await signUp(email, "1234 5678").catch(String),
      (await world.db.execute(sql`select 1 from mail where recipient = ${email}`)).length,
    ]);
  }
  expect(answers[0]).toEqual(answers[1]);
  await until(() => post.lastTo(person.email)?.source.includes("You have an account with it already") === true);
  await post.codeTo(unknown);
});

test("it takes as long to refuse an address that has an account as one that has none", async ({ world, post }) => {
  const { request, signUp } = stranger(world);
  const [person, unknown] = [await world.person(), newAddress()];
  await request(person.email);
  await request(unknown);
  await post.codeTo(unknown);
  await until(() => post.lastTo(person.email) !== undefined);
  // The best of each: whatever else the machine does only adds to it.
  const best = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
  for (let round = 0; round < 10; round += 1) {
    for (const [which, email] of [
      ["known", person.email],
      ["unknown", unknown],
    ] as const) {
      const startedAt = performance.now();
      expect(await refusal(signUp(email, "1234 5678"))).toBe("EMAIL_CODE_WRONG");
      best[which] = Math.min(best[which], performance.now() - startedAt);
    }
  }
  expect(best.known / best.unknown).toBeGreaterThan(0.5);
  expect(best.known / best.unknown).toBeLessThan(2);
});
