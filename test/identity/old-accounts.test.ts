import { expect } from "vitest";
import { createCaller } from "../../server/router.ts";
import { callerContext, test } from "../setup/world.ts";

const YEAR_MS = 365 * 86_400_000;

test("a password is good for as long as its owner does not change it", async ({ world }) => {
  const { email, password, id } = await world.person();
  const caller = createCaller(callerContext(world.services, undefined));
  world.clock.advance(10 * YEAR_MS);
  try {
    expect((await caller.auth.signIn({ email, password, transport: "token" })).user?.id).toBe(id);
  } finally {
    world.clock.advance(-10 * YEAR_MS);
  }
});
