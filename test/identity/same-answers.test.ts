import { sql } from "drizzle-orm";
import { expect, onTestFinished, vi } from "vitest";
import { type App, createApp } from "../../server/app.ts";
import { createLogger } from "../../server/core/log.ts";
import { parseEnvironment, signUpOf } from "../../server/env.ts";
import { createCaller } from "../../server/router.ts";
import { ask } from "../setup/ask.ts";
import { rankSumZ, TELLS_APART, timesApart } from "../setup/rank-sum.ts";
import { TEST_ROOT_KEYS } from "../setup/root-keys.ts";
import { TIMED_SAMPLES } from "../setup/settings.ts";
import { callerContext, type Person, test, type World } from "../setup/world.ts";

// Whoever asks learns neither by the answer nor by its time which addresses have an account.

vi.setConfig({ testTimeout: TIMED_SAMPLES * 4_000 });

async function start({ connection }: World): Promise<App> {
  const common = {
    connection,
    rootKeys: TEST_ROOT_KEYS,
    poolSize: 4,
    host: "127.0.0.1",
    port: 0,
    log: createLogger("silent"),
  };
  const app = await createApp({ ...common, signUp: "mail", trustedProxies: ["127.0.0.1"] });
  onTestFinished(() => app.close());
  return app;
}

/** Asks with each address from a place of its own, so that no budget is what is measured. Keeps what was answered. */
function asker({ url }: App, path: string, inputOf: (email: string) => unknown) {
  const origin = url.replace("127.0.0.1", "localhost");
  const answers = new Set<string>();
  let place = 0;
  const one = async (email: string) => {
    place += 1;
    const address = `10.${(place >> 16) & 255}.${(place >> 8) & 255}.${place & 255}`;
    const headers = { "content-type": "application/json", origin, "x-forwarded-for": address };
    const body = JSON.stringify({ json: inputOf(email) });
    const { status, text } = await ask(url, `/trpc/${path}`, { method: "POST", headers, body });
    answers.add(`${status} ${text}`);
  };
  return { one, answers };
}

async function accounts(world: World, count: number): Promise<string[]> {
  const people: Person[] = [];
  for (let index = 0; index < count; index += 1) people.push(await world.person());
  return people.map(({ email }) => email);
}

/** As long as the known ones. */
function unknownLike(email: string, index: number): string {
  return `${String(index + 10).padEnd(email.indexOf("@"), "x")}@example.test`;
}

async function expectNoDifference(
  { one, answers }: ReturnType<typeof asker>,
  known: readonly string[],
  samples: number,
): Promise<void> {
  // The unknown ones come as often again as the known ones: somebody who has got many mails gets no more.
  const unknown = known.map(unknownLike);
  const at = (list: readonly string[], index: number) => list[(index + list.length) % list.length] ?? "";
  const z = await timesApart(
    samples,
    (index) => one(at(known, index)),
    (index) => one(at(unknown, index)),
  );
  expect([...answers]).toHaveLength(1);
  expect(Math.abs(z)).toBeLessThan(TELLS_APART);
}

test("a sign-in with a wrong password is answered alike and as fast with and without an account", async ({ world }) => {
  const app = await start(world);
  const signIn = asker(app, "auth.signIn", (email) => ({ email, password: "wrong horse battery" }));
  await expectNoDifference(signIn, await accounts(world, TIMED_SAMPLES / 2), TIMED_SAMPLES);
  expect([...signIn.answers].join()).toContain("CREDENTIALS_WRONG");
});

test("so is a sign-up with a code of chance", async ({ world }) => {
  const app = await start(world);
  const account = { password: "correct horse battery", name: "Newcomer", code: "12345678" };
  const signUp = asker(app, "auth.signUp", (email) => ({ ...account, email }));
  await expectNoDifference(signUp, await accounts(world, 10), TIMED_SAMPLES);
  expect([...signUp.answers].join()).toContain("EMAIL_CODE_WRONG");
});

test("so is who asks for a code or for a new password", async ({ world }) => {
  const app = await start(world);
  const known = await accounts(world, 40);
  await expectNoDifference(
    asker(app, "auth.requestSignUp", (email) => ({ email })),
    known,
    TIMED_SAMPLES,
  );
  await expectNoDifference(
    asker(app, "passwords.requestReset", (email) => ({ email })),
    known,
    TIMED_SAMPLES,
  );
});

test("an invitation takes as long, whoever is invited", async ({ world }) => {
  const app = await start(world);
  const org = await world.org();
  const headers = { "content-type": "application/json", authorization: `Bearer ${org.owner.token}` };
  const invite = async (email: string) => {
    const body = JSON.stringify({ json: { orgId: org.id, email, role: "member" } });
    const { status } = await ask(app.url, "/trpc/members.invite", { method: "POST", headers, body });
    expect(status).toBe(200);
  };
  const known = await accounts(world, TIMED_SAMPLES);
  const at = (index: number) => known[(index + known.length) % known.length] ?? "";
  const z = await timesApart(
    TIMED_SAMPLES,
    (index) => invite(at(index)),
    (index) => invite(unknownLike(at(index), index)),
  );
  expect(Math.abs(z)).toBeLessThan(TELLS_APART);
});

test("a test of ranks tells times apart that differ by a fifth of their spread, and the same times not", () => {
  const draw = (shift: number) => Array.from({ length: 200 }, () => Math.random() + Math.random() + shift);
  expect(Math.abs(rankSumZ(draw(0), draw(0.4)))).toBeGreaterThan(TELLS_APART);
  expect(Math.abs(rankSumZ(draw(0), draw(0)))).toBeLessThan(TELLS_APART);
});

test("in production nobody signs up without proving an address, unless the operator says so", () => {
  const of = (more: Record<string, string>) => signUpOf(parseEnvironment(more));
  expect(of({})).toBe("open");
  expect(of({ NODE_ENV: "production" })).toBe("mail");
  expect(of({ NODE_ENV: "production", SIGN_UP: "open" })).toBe("open");
});

test("what somebody can make has an end: sessions, organisations, projects, boards, invitations", async ({ world }) => {
  const person = await world.person();
  await world.db.execute(sql`
    insert into session (id, public_id, user_id, expires_at, ends_at, created_at, last_used_at, user_agent)
    select 'many ' || n, gen_random_uuid(), ${person.id}::uuid, now() + interval '1 day', now() + interval '1 day', now(),
      now() - interval '1 day' - n * interval '1 minute', 'many' from generate_series(1, 120) n`);
  const { auth } = createCaller(callerContext(world.services, undefined));
  await auth.signIn({ email: person.email, password: person.password, transport: "token" });
  const [left] = await world.db.execute(
    sql`select count(*)::int as count from session where user_id = ${person.id}::uuid`,
  );
  expect(left).toEqual({ count: 100 });
  // What was used last stays.
  expect(await world.services.sessions.find(person.token)).toBeDefined();

  const org = await world.org();
  const { caller } = org.owner;
  const { id: projectId } = await org.project();
  const by = sql`${org.owner.id}::uuid`;
  await world.db.execute(sql`
    with made as (
      insert into org (id, name, slug, access_version, created_at)
      select gen_random_uuid(), 'Org', 'many-' || n, 1, now() from generate_series(1, 99) n returning id)
    insert into membership (org_id, user_id, role, access_version, created_at) select id, ${by}, 'owner', 1, now() from made`);
  await expect(caller.orgs.create({ name: "One too many" })).rejects.toMatchObject({ kind: "ORGS_TOO_MANY" });
  await world.db.execute(sql`
    insert into project (id, org_id, name, key, state, created_at)
    select gen_random_uuid(), ${org.id}::uuid, 'P', 'K' || n, 'open', now() from generate_series(1, 999) n`);
  const project = { orgId: org.id, name: "One too many", key: "MANY" };
  await expect(caller.projects.create(project)).rejects.toMatchObject({ kind: "PROJECTS_TOO_MANY" });
  await world.db.execute(sql`
    insert into invitation (id, org_id, email, role, token_hash, invited_by, created_at, expires_at)
    select gen_random_uuid(), ${org.id}::uuid, 'i' || n || '@example.test', 'member', 'hash ' || n, ${by}, now(), now()
    from generate_series(1, 1000) n`);
  const invited = { orgId: org.id, role: "member" } as const;
  const again = await caller.members.invite({ ...invited, email: "i7@example.test" });
  expect(again.invitation.email).toBe("i7@example.test");
  await expect(caller.members.invite({ ...invited, email: "one@example.test" })).rejects.toMatchObject({
    kind: "INVITATIONS_TOO_MANY",
  });
  await world.db.execute(sql`
    insert into stream (id, org_id, kind, version, nonce, floor)
    select gen_random_uuid(), ${org.id}::uuid, 'board', 0, 0, 0 from generate_series(1, 5000)`);
  await world.db.execute(sql`
    insert into board (id, org_id, project_id, name, visibility, state, version, created_at, updated_at)
    select s.id, ${org.id}::uuid, ${projectId}::uuid, 'Board', 'org', 'open', 0, now(), now()
    from stream s where s.org_id = ${org.id}::uuid and s.kind = 'board'`);
  const board = { orgId: org.id, projectId, name: "One too many" };
  await expect(caller.boards.create(board)).rejects.toMatchObject({ kind: "BOARDS_TOO_MANY" });
  const importing = { orgId: org.id, projectId, source: "trello", fileName: "board.json" } as const;
  await expect(caller.imports.create(importing)).rejects.toMatchObject({ kind: "BOARDS_TOO_MANY" });
});
