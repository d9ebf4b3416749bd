import { expect } from "vitest";
import { outcomeOf, refusedIdle } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { test } from "../setup/world.ts";

const DAY_MS = 86_400_000;

/** The properties of the events of a calendar, with long lines put together again. */
async function eventsOf(response: Response): Promise<string[]> {
  const lines = (await response.text()).replaceAll("\r\n ", "").split("\r\n");
  return lines.filter((line) => /^(?:SUMMARY|DTSTART|DTEND)/u.test(line));
}

test("a calendar link shows the dates of a board, or of what its owner is assigned to, as they are at that moment", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Days", "Time", "None", "Gone"] });
  const [other, member] = [await world.org(), await org.as("member")];
  const elsewhere = await other.board({ tasks: ["Theirs"] });
  const boardId = board.id;
  const { caller } = org.owner;
  const day = (ahead: number) => new Date(world.clock.now().getTime() + ahead * DAY_MS).toISOString().slice(0, 10);
  const dueAt = `${day(5)}T10:00:00.000Z`;
  const days = {
    startOn: day(1),
    dueOn: day(3),
    timeZone: "America/New_York",
    title: "Days, and more; \\ \n X-EVIL:1",
  };
  await caller.tasks.update({ boardId, taskId: board.task("Days"), ...days, assigneeIds: [member.id] });
  await caller.tasks.update({ boardId, taskId: board.task("Time"), dueAt });
  await caller.tasks.update({ boardId, taskId: board.task("Gone"), dueAt });
  await caller.tasks.archive({ boardId, taskId: board.task("Gone") });
  await other.owner.caller.tasks.update({ boardId: elsewhere.id, taskId: elsewhere.task("Theirs"), dueAt });
  await caller.boards.update({ boardId, name: "Board\nX-EVIL:1" });

  const { url } = await world.app();
  const read = (path: string, init?: RequestInit) => fetch(`${url}${path}`, init);
  const ofBoard = await member.caller.calendars.create({ boardId });
  const own = await member.caller.calendars.create({});
  const compact = (ahead: number) => day(ahead).replaceAll("-", "");
  const ofDays = [
    `DTSTART;VALUE=DATE:${compact(1)}`,
    `DTEND;VALUE=DATE:${compact(4)}`,
    String.raw`SUMMARY:PRJ-1 Days\, and more\; \\ \n X-EVIL:1`,
  ];
  const ofTime = [`DTSTART:${compact(5)}T093000Z`, `DTEND:${compact(5)}T100000Z`, "SUMMARY:PRJ-2 Time"];
  const response = await read(ofBoard.path);
  expect(response.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
  const text = await response.clone().text();
  expect(text).not.toMatch(/^X-EVIL/mu);
  expect(await eventsOf(response)).toEqual([...ofDays, ...ofTime]);
  expect(await eventsOf(await read(own.path))).toEqual(ofDays);
  // Who asks again is told that nothing is new.
  const headers = { "if-none-match": response.headers.get("etag") ?? "" };
  expect((await read(ofBoard.path, { headers })).status).toBe(304);

  // Who may not see the board any more sees no dates of it, by whatever link.
  await caller.boards.update({ boardId, visibility: "private" });
  expect((await read(ofBoard.path)).status).toBe(404);
  expect(await eventsOf(await read(own.path))).toEqual([]);
  await caller.boards.update({ boardId, visibility: "org" });
  expect(await eventsOf(await read(own.path))).toEqual(ofDays);
  const { items } = await member.caller.calendars.list();
  expect(items.map(({ id, boardId: on }) => [id, on])).toEqual([
    [own.link.id, null],
    [ofBoard.link.id, boardId],
  ]);
  expect(JSON.stringify(items)).not.toContain(own.path.slice(11, 30));

  expect(await refusal(org.owner.caller.calendars.revoke({ linkId: own.link.id }))).toBe("CALENDAR_NOT_FOUND");
  await outcomeOf(world.db, member, (mutationId) =>
    member.caller.calendars.revoke({ linkId: own.link.id, mutationId }),
  );
  for (const path of [own.path, "/calendars/guessed.ics"]) {
    const refused = await read(path);
    expect([refused.status, await refused.json()]).toMatchObject([
      404,
      { error: { json: { data: { kind: "CALENDAR_NOT_FOUND" } } } },
    ]);
  }
  expect((await read(ofBoard.path, { method: "POST" })).status).toBe(405);
  const stranger = other.owner.caller.calendars;
  expect(await refusedIdle(world.db, () => stranger.create({ boardId }))).toBe("BOARD_NOT_FOUND");
  for (let count = 1; count < 20; count += 1) await member.caller.calendars.create({});
  expect(await refusedIdle(world.db, () => member.caller.calendars.create({}))).toBe("CALENDARS_TOO_MANY");
});
