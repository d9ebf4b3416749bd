import { expect } from "vitest";
import { disableAccount, enableAccount } from "../../server/domains/identity/accounts.service.ts";
import { until } from "../setup/clients.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, signedIn, type World } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** As good as never: what is heard is heard by wake-ups. */
const NEVER_MS = 3_600_000;

/** A way for somebody's sessions to end, done in the process of these services. */
const ENDS: Record<string, (services: World["services"], person: Person) => Promise<unknown>> = {
  "signs out": async (services, { token }) => (await signedIn(services, token)).caller.auth.signOut(),
  "ends the session from another one": async (services, person) => {
    const { caller } = await signedIn(services, (await services.sessions.create(person.id, "another")).token);
    return caller.sessions.revokeOthers();
  },
  "loses the account": (services, { email }) => disableAccount(services, email),
};

for (const [how, end] of Object.entries(ENDS)) {
  test(`L15: whoever ${how} hears nothing more on any process`, async ({ world, live }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    const person = await org.another("member");
    const servers = [
      await live.serve({ pollMs: NEVER_MS, wakeUps: true }),
      await live.serve({ pollMs: NEVER_MS, wakeUps: true }),
    ];
    const watches = await Promise.all(
      servers.flatMap(({ url }) =>
        (["wsLink", "httpSubscriptionLink"] as const).map(async (transport) =>
          (await live.client(person, { url, transport })).watch(board.id),
        ),
      ),
    );
    const bystander = (await live.client(org.owner, { url: servers[1]?.url ?? "" })).watch(board.id);
    await until(() => [...watches, bystander].every((watch) => watch.state !== undefined));
    const startedAt = performance.now();
    await end(servers[0]?.services ?? world.services, person);
    await until(() => watches.every((watch) => watch.ending !== undefined));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(watches.map(({ ending }) => ending)).toEqual(watches.map(() => "SIGN_IN_REQUIRED"));
    const { version } = await org.owner.caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
    servers[1]?.services.hub.wake(board.id, version);
    await until(() => bystander.version === version);
    expect(watches.map(({ heard }) => heard)).toEqual(watches.map(() => ["first"]));
  });
}

test("L15: with every wake-up and poll lost, an ended session hears nothing after ten seconds", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board();
  const person = await org.another("member");
  const { url } = await live.serve({ pollMs: NEVER_MS });
  const watch = (await live.client(person, { url })).watch(board.id);
  await until(() => watch.state !== undefined);
  const startedAt = performance.now();
  await (await signedIn(world.otherServices(), person.token)).caller.auth.signOut();
  await until(() => watch.ending !== undefined);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(watch.ending).toBe("SIGN_IN_REQUIRED");
});

test("a disabled account is signed in to by nobody until it is enabled again", async ({ world }) => {
  const { services } = world;
  const { email, password, token } = await world.person();
  const { caller } = await world.person();
  const signIn = () => caller.auth.signIn({ email, password, transport: "token" });
  expect(await disableAccount(services, ` ${email.toUpperCase()} `)).toBe("changed");
  expect(await disableAccount(services, email)).toBe("unchanged");
  expect(await refusal(signIn())).toBe("CREDENTIALS_WRONG");
  expect(await services.sessions.find(token)).toBeUndefined();
  expect(await enableAccount(services, email)).toBe("changed");
  expect(await enableAccount(services, email)).toBe("unchanged");
  expect(await signIn()).toMatchObject({ user: { email } });
  expect(await services.sessions.find(token)).toBeUndefined();
  expect(await disableAccount(services, "nobody@example.test")).toBe("unknown");
});
