import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { WebSocket as NodeWebSocket } from "ws";
import { range, until } from "../setup/clients.ts";
import { type Caller, type Person, signedIn, type TestBoard, type TestOrg, type World } from "../setup/world.ts";
import { test } from "./live-test.ts";

/** A way to lose a board, and the last version that whoever lost it may have heard. */
interface Loss {
  readonly name: string;
  victim(org: TestOrg, board: TestBoard): Promise<Person>;
  lose(by: Pick<Person, "caller">, at: { org: TestOrg; board: TestBoard; victim: Person }): Promise<unknown>;
  lastVersion(world: World, at: { org: TestOrg; board: TestBoard }): Promise<number>;
}

/** The version of the event that took the access away. */
async function versionOfEvent(world: World, boardId: string, type: string): Promise<number> {
  const [row] = await world.db.execute<{ version: string }>(
    sql`select version from event where stream_id = ${boardId}::uuid and type = ${type}`,
  );
  return Number(row?.version);
}

/** The newest version that was written before the organisation's members changed. */
async function versionBeforeChange(world: World, { org, board }: { org: TestOrg; board: TestBoard }): Promise<number> {
  const [row] = await world.db.execute<{ version: string }>(sql`
    select coalesce(max(e.version), 0) as version from event e join org o on o.id = ${org.id}::uuid
    where e.stream_id = ${board.id}::uuid and e.access_version < o.access_version`);
  return Number(row?.version);
}

const LOSSES: Loss[] = [
  {
    name: "whose share is taken away",
    victim: (_, board) => board.as("viewer"),
    lose: (by, { board, victim }) => by.caller.boards.unshare({ boardId: board.id, userId: victim.id }),
    lastVersion: (world, { board }) => versionOfEvent(world, board.id, "board.unshared"),
  },
  {
    name: "who is removed from the organisation",
    victim: (org) => org.another("member"),
    lose: (by, { org, victim }) => by.caller.members.remove({ orgId: org.id, userId: victim.id }),
    lastVersion: versionBeforeChange,
  },
  {
    name: "who is made a guest",
    victim: (org) => org.another("member"),
    lose: (by, { org, victim }) => by.caller.members.setRole({ orgId: org.id, userId: victim.id, role: "guest" }),
    lastVersion: versionBeforeChange,
  },
  {
    name: "from whose organisation the board is hidden",
    victim: (org) => org.another("member"),
    lose: (by, { board }) => by.caller.boards.update({ boardId: board.id, visibility: "private" }),
    lastVersion: (world, { board }) => versionOfEvent(world, board.id, "board.visibility-changed"),
  },
];

/** Changes a board without end, by several callers at once, until it is told to stop or refused. */
function hammer(callers: readonly Caller[], board: TestBoard): { stop(): Promise<void> } {
  let isOver = false;
  const at = { boardId: board.id, taskId: board.task("Draft") };
  const hammering = Promise.all(
    callers.map(async ({ tasks }, index) => {
      for (let turn = 0; !isOver; turn += 1) await tasks.update({ ...at, title: `${index}.${turn}` });
    }),
  ).catch((error: unknown) => error);
  return {
    async stop() {
      isOver = true;
      await hammering;
    },
  };
}

for (const place of ["the same process", "another process"]) {
  test.for(LOSSES)(
    `L14: somebody $name, in ${place}, hears nothing that is written after that`,
    async (loss, { world, live }) => {
      const org = await world.org();
      const board = await org.board({ tasks: ["Draft"] });
      const victim = await loss.victim(org, board);
      const app = await live.serve({ pollMs: 20 });
      const here = await signedIn(app.services, org.owner.token);
      const watch = (await live.client(victim, { url: app.url })).watch(board.id);
      const bystander = (await live.client(org.owner, { url: app.url })).watch(board.id);
      await until(() => watch.state !== undefined && bystander.state !== undefined);

      const { stop } = hammer([here.caller, here.caller, org.owner.caller], board);
      const begin = watch.version;
      await until(() => watch.version > begin + 20);
      await loss.lose(place === "the same process" ? here : org.owner, { org, board, victim });
      await until(() => watch.ending !== undefined);
      const { version } = bystander;
      await until(() => bystander.version > version + 30);
      await stop();

      const last = await loss.lastVersion(world, { org, board });
      expect(watch.ending).toBe("ACCESS_REVOKED");
      expect(watch.version).toBeLessThanOrEqual(last);
      expect(watch.heard).toEqual(["first", ...range(begin + 1, watch.version)]);
      expect(bystander.version).toBeGreaterThan(last + 10);
    },
  );
}

test("L14: a board that is deleted ends its watches, in another process with the next look at all heads", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const untouched = await org.board();
  const here = await live.serve();
  const there = await live.serveOnWire({ pollMs: 20 });
  const member = await org.as("member");
  const clients = [await live.client(member, { url: here.url }), await live.client(member, { url: there.app.url })];
  const watches = clients.map((client) => client.watch(board.id));
  const others = clients.map((client) => client.watch(untouched.id));
  await until(() => [...watches, ...others].every((watch) => watch.state !== undefined));
  const { caller } = await signedIn(here.services, org.owner.token);
  await caller.boards.delete({ boardId: board.id });
  // Every 30 s, or when a connection was lost.
  there.wire.cut();
  await until(() => watches.every(({ ending }) => ending !== undefined));
  expect(watches.map(({ ending }) => ending)).toEqual(["ACCESS_REVOKED", "ACCESS_REVOKED"]);
  expect(others.map(({ ending }) => ending)).toEqual([undefined, undefined]);
});

test("L14: who loses a board in the middle of a quiet time is told so, and the others are not", async ({
  world,
  live,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const guest = await board.as("viewer");
  const app = await live.serve();
  const client = await live.client(guest, { url: app.url });
  const watch = client.watch(board.id);
  const bystander = (await live.client(org.owner, { url: app.url })).watch(board.id);
  await until(() => watch.state !== undefined && bystander.state !== undefined);
  const { caller } = await signedIn(app.services, org.owner.token);
  await caller.members.remove({ orgId: org.id, userId: guest.id });
  await until(() => watch.ending !== undefined);
  expect([watch.ending, bystander.ending]).toEqual(["ACCESS_REVOKED", undefined]);
  const again = client.watch(board.id);
  await until(() => again.ending !== undefined);
  expect(again.ending).toBe("BOARD_NOT_FOUND");
});

for (const loss of LOSSES) {
  test(`L14: a person ${loss.name} is told so on other processes in a quiet time, by wake-up or poll`, async ({
    world,
    live,
  }) => {
    const org = await world.org();
    const board = await org.board({ tasks: ["Draft"] });
    const victim = await loss.victim(org, board);
    const here = await live.serve({ wakeUps: true });
    const awake = await live.serve({ pollMs: 3_600_000, wakeUps: true });
    const polling = await live.serve({ pollMs: 50 });
    const watches = await Promise.all(
      [awake, polling].map(async ({ url }) => (await live.client(victim, { url })).watch(board.id)),
    );
    const bystander = (await live.client(org.owner, { url: awake.url })).watch(board.id);
    await until(() => [...watches, bystander].every((watch) => watch.state !== undefined));
    await loss.lose(await signedIn(here.services, org.owner.token), { org, board, victim });
    await until(() => watches.every((watch) => watch.ending !== undefined));
    expect(watches.map(({ ending }) => ending)).toEqual(["ACCESS_REVOKED", "ACCESS_REVOKED"]);
    expect(bystander.ending).toBeUndefined();
  });
}

test("L14: whoever still has access by another way goes on without a gap", async ({ world, live }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Draft"] });
  const member = await org.as("member");
  const { caller } = org.owner;
  await caller.boards.share({ boardId: board.id, userId: member.id, role: "manager" });
  const watch = (await live.client(member)).watch(board.id);
  await until(() => watch.state !== undefined);
  await caller.boards.unshare({ boardId: board.id, userId: member.id });
  const { version } = await caller.tasks.archive({ boardId: board.id, taskId: board.task("Draft") });
  await until(() => watch.version === version);
  expect(watch.heard).toEqual(["first", version - 1, version]);
});

/** What the server answers to an upgrade with these headers: 101, or why not. */
async function upgrade(url: string, headers: Record<string, string>): Promise<number> {
  const socket = new NodeWebSocket(`${url.replace("http", "ws")}/trpc`, { headers });
  try {
    return await new Promise<number>((resolve, reject) => {
      socket.on("open", () => resolve(101));
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode ?? 0));
      socket.on("error", reject);
    });
  } finally {
    socket.on("error", () => {});
    socket.terminate();
  }
}

test("L16: a socket that would be signed in by a cookie is refused before the 101 unless its page is ours", async ({
  world,
}) => {
  const { url } = await world.app();
  const { id } = await world.person();
  const { cookie: setCookie } = await world.services.sessions.create(id, "test");
  const cookie = setCookie.split(";")[0] ?? "";
  const { port } = new URL(url);
  const cases: [Record<string, string>, number][] = [
    [{ cookie }, 403],
    [{ cookie, origin: "https://elsewhere.example" }, 403],
    [{ cookie, origin: "null" }, 403],
    [{ cookie, origin: `http://localhost.elsewhere.example:${port}` }, 403],
    [{ origin: "https://elsewhere.example" }, 403],
    [{ cookie, origin: `http://localhost:${port}` }, 101],
    [{ cookie: "theme=dark" }, 101],
    [{}, 101],
  ];
  const answers = await Promise.all(cases.map(([headers]) => upgrade(url, headers)));
  expect(answers).toEqual(cases.map(([, status]) => status));
});
