import { sql } from "drizzle-orm";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

const PHONE = { viewport: { width: 320, height: 640 }, colorScheme: "dark" } as const;

/** Nothing on the page is wider than the page. */
async function expectNarrow(page: Page): Promise<void> {
  const tooWide = await page.evaluate(() =>
    document.documentElement.scrollWidth > innerWidth
      ? [...document.querySelectorAll("*")]
          .filter((one) => one.getBoundingClientRect().right > innerWidth)
          .map((one) => one.outerHTML.slice(0, 200))
      : [],
  );
  expect(tooWide).toEqual([]);
}

test("how one looks at a board is in the address, and is saved, shared, called something else and deleted by who may", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First", "Second", "Third"] });
  const [page, member] = [await web.open(org.owner), await web.open(await org.as("member"))];
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.getByLabel("Filter").fill("second");
  await page.getByText("1 of 3 cards").waitFor();
  await page.getByRole("link", { name: "List", exact: true }).click();
  await page.getByRole("button", { name: "Due", exact: true }).click();
  await expect.poll(() => new URL(page.url()).search).toBe("?view=list&filter=second&order=due");
  await page.getByRole("link", { name: "Second" }).click();
  await page.getByText("No description.").waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByText("1 of 3 cards").waitFor();
  expect(await page.getByRole("columnheader", { name: /Due/u }).getAttribute("aria-sort")).toBe("ascending");

  const views = (on: Page) => on.getByRole("dialog", { name: "Saved views" });
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await views(page).getByText("Nothing is saved yet", { exact: false }).waitFor();
  await expectAccessible(page);
  await views(page).getByLabel("Name of the view").fill("Soon");
  await views(page).getByRole("button", { name: "Save", exact: true }).click();
  await expect.poll(() => page.url()).toContain("saved=");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await page.getByText("1 of 3 cards").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Views", exact: true }).click();
  await views(page).getByRole("button", { name: "Save the changes to Soon" }).click();
  await views(page).getByRole("button", { name: "Save the changes to Soon" }).waitFor({ state: "detached" });

  await member.goto(`${web.url}/boards/${board.id}`);
  await member.getByRole("button", { name: "Views", exact: true }).click();
  await views(member).getByText("Nothing is saved yet", { exact: false }).waitFor();
  await views(page).getByRole("button", { name: "Settings of Soon" }).click();
  await views(page).getByLabel("Name", { exact: true }).fill("What is due");
  await views(page).getByLabel("Who has it").first().selectOption("Whoever sees the board");
  await views(page).getByRole("button", { name: "Save", exact: true }).first().click();
  // It comes to the other, who may look at it and not change it.
  await views(member)
    .getByRole("button", { name: /What is due/u })
    .waitFor();
  expect(await views(member).getByRole("button", { name: "Settings of What is due" }).count()).toBe(0);
  await views(member)
    .getByRole("button", { name: /What is due/u })
    .click();
  await expect.poll(() => new URL(member.url()).search).toMatch(/^\?view=list&order=due&saved=[\da-f-]{36}$/u);
  await member.goBack();
  await member.getByRole("region", { name: /^Todo/u }).waitFor();
  await views(page).getByRole("button", { name: "Settings of What is due" }).click();
  await expectAccessible(page);
  await views(page).getByRole("button", { name: "Delete What is due" }).click();
  await page.getByRole("dialog", { name: "Delete What is due" }).getByRole("button", { name: "Delete" }).click();
  await views(page).getByText("Nothing is saved yet", { exact: false }).waitFor();
});

test("the calendar has cards on their days, where they are dragged, moved by keys and added, and where another sees it", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Alone", "Long", "Undated"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const update = (title: string, dates: object) =>
    caller.tasks.update({ boardId, taskId: board.task(title), timeZone: "UTC", ...dates });
  // In Tokyo that is the next day, at 8 in the morning.
  await update("Alone", { dueAt: "2026-03-10T23:00:00.000Z" });
  await update("Long", { startOn: "2026-03-11", dueOn: "2026-03-17" });
  const tokyo = { timezoneId: "Asia/Tokyo" };
  const [page, viewer] = [await web.open(org.owner, tokyo), await web.open(await board.as("viewer"), tokyo)];
  for (const on of [page, viewer]) await on.goto(`${web.url}/boards/${boardId}?view=calendar&day=2026-03-01`);
  const day = (on: Page, date: string) => on.locator(`td[data-day="${date}"]`);
  const link = (on: Page, title: string) => on.locator("main").getByRole("link", { name: new RegExp(title, "u") });
  await day(page, "2026-03-11").getByRole("link", { name: /Alone/u }).waitFor();
  // From one week into the next.
  expect(await link(page, "Long").count()).toBe(2);
  await expectAccessible(page);
  expect(await viewer.getByRole("button", { name: /Add a card/u }).count()).toBe(0);
  expect(await viewer.getByLabel("Due date of Undated").count()).toBe(0);

  const dates = async (title: string) => {
    const { startOn, dueOn, dueAt } = await caller.tasks.get({ boardId, taskId: board.task(title) });
    return { startOn, dueOn, dueAt };
  };
  await link(page, "Alone").dragTo(day(page, "2026-03-20"));
  await day(viewer, "2026-03-20").getByRole("link", { name: /Alone/u }).waitFor();
  expect(await dates("Alone")).toMatchObject({ dueOn: null, dueAt: "2026-03-19T23:00:00.000Z" });
  await link(page, "Undated").dragTo(day(page, "2026-03-05"));
  await day(viewer, "2026-03-05")
    .getByRole("link", { name: /Undated/u })
    .waitFor();
  await link(page, "Undated").press("Alt+ArrowDown");
  await day(viewer, "2026-03-12")
    .getByRole("link", { name: /Undated/u })
    .waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("Undated");
  await link(page, "Long").first().press("Alt+ArrowRight");
  await expect.poll(() => dates("Long")).toMatchObject({ startOn: "2026-03-12", dueOn: "2026-03-18" });
  await link(page, "Undated").dragTo(page.getByRole("region", { name: /Without a due date/u }));
  await page.getByLabel("Due date of Undated").fill("2026-03-25");
  await day(viewer, "2026-03-25")
    .getByRole("link", { name: /Undated/u })
    .waitFor();

  await page.getByRole("button", { name: /Add a card on .*24/u }).click();
  await page.getByLabel("Title of the card").fill("Added");
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await day(viewer, "2026-03-24").getByRole("link", { name: /Added/u }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Later" }).click();
  await page.getByRole("heading", { name: "April 2026" }).waitFor();
  await page.getByRole("button", { name: "Week" }).click();
  await expect.poll(() => page.locator("td").count()).toBe(7);

  const phone = await web.open(org.owner, PHONE);
  await phone.goto(`${web.url}/boards/${boardId}?view=calendar&day=2026-03-01`);
  await link(phone, "Added").waitFor();
  await expectAccessible(phone);
  await expectNarrow(phone);
});

test("the timeline has bars from their beginning to their end, in groups, which are moved and bent by pointer and keys", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["Dig", "Build", "Later"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const day = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString().slice(0, 10);
  const dates = async (title: string) => {
    const { startOn, dueOn } = await caller.tasks.get({ boardId, taskId: board.task(title) });
    return { startOn, dueOn };
  };
  const update = (title: string, change: object) =>
    caller.tasks.update({ boardId, taskId: board.task(title), timeZone: "UTC", ...change });
  await update("Dig", { startOn: day(-2), dueOn: day(3) });
  await update("Build", { dueOn: day(5) });
  await caller.tasks.move({ boardId, taskId: board.task("Build"), columnId: board.column("Doing") });
  const [page, viewer] = [await web.open(org.owner), await web.open(await board.as("viewer"))];
  for (const on of [page, viewer]) await on.goto(`${web.url}/boards/${boardId}?view=timeline&scale=day`);
  const bar = (on: Page, title: string) => on.locator("main").getByRole("link", { name: new RegExp(title, "u") });
  await bar(page, "Dig").waitFor();
  await page.getByText("1 card has no date").waitFor();
  expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual(["Todo11 card", "Doing11 card"]);
  await expectAccessible(page);

  /** Pulls a bar by a part of it (0 to 1) over so many days. */
  const pull = async (title: string, part: number, days: number) => {
    const box = await bar(page, title).boundingBox();
    if (!box) throw new Error(`there is no bar of ${title}`);
    const [x, y] = [box.x + 3 + part * (box.width - 6), box.y + box.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + days * 36, y, { steps: 4 });
    await page.mouse.up();
  };
  await pull("Dig", 0.5, 2);
  await expect.poll(() => dates("Dig")).toEqual({ startOn: day(0), dueOn: day(5) });
  await pull("Dig", 1, -1);
  await expect.poll(() => dates("Dig")).toEqual({ startOn: day(0), dueOn: day(4) });
  await pull("Dig", 0, -1);
  await expect.poll(() => dates("Dig")).toEqual({ startOn: day(-1), dueOn: day(4) });
  // Nothing was opened by that.
  expect(new URL(page.url()).pathname).toBe(`/boards/${boardId}`);
  await bar(page, "Dig").press("ArrowDown");
  await expect.poll(() => bar(page, "Build").evaluate((shown) => shown === document.activeElement)).toBe(true);
  await page.keyboard.press("Alt+ArrowRight");
  await expect.poll(() => dates("Build")).toEqual({ startOn: null, dueOn: day(6) });
  await page.keyboard.press("Alt+Shift+ArrowLeft");
  await expect.poll(() => dates("Build")).toEqual({ startOn: day(5), dueOn: day(6) });
  await expect.poll(async () => (await bar(viewer, "Build").boundingBox())?.width).toBe(72);
  await bar(viewer, "Build").press("Alt+ArrowRight");
  await page.getByRole("button", { name: "Months" }).click();
  await expect.poll(() => page.url()).toContain("scale=month");
  expect(await dates("Build")).toEqual({ startOn: day(5), dueOn: day(6) });
  const phone = await web.open(org.owner, PHONE);
  await phone.goto(`${web.url}/boards/${boardId}?view=timeline`);
  await bar(phone, "Dig").waitFor();
  await expectAccessible(phone);
  await expectNarrow(phone);
});

test("a board is cut into lanes by who may, and between them cards are dragged and moved by keys, also among 10,000", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First", "Second", "Third"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const labels = await Promise.all(
    (["Bug", "Idea"] as const).map((name) => caller.labels.create({ boardId, name, color: "red" })),
  );
  const task = (title: string) => caller.tasks.get({ boardId, taskId: board.task(title) });
  const [page, viewer] = [await web.open(org.owner), await web.open(await board.as("viewer"))];
  for (const on of [page, viewer]) await on.goto(`${web.url}/boards/${boardId}`);
  const lane = (on: Page, name: string) =>
    on.locator("main").getByRole("button", { name: new RegExp(`^${name}`, "u") });
  await page.getByLabel("Lanes").selectOption("Priority");
  await lane(viewer, "Urgent 0").waitFor();
  expect(await viewer.getByLabel("Lanes").count()).toBe(0);
  await expectAccessible(page);
  const card = (title: string) => page.locator("main").getByRole("link", { name: new RegExp(title, "u") });

  const add = page.getByRole("button", { name: "Add a card to Doing, High" });
  const doingHigh = page.locator("td", { has: add });
  await card("First").dragTo(doingHigh, { targetPosition: { x: 200, y: 10 } });
  await lane(viewer, "High 1").waitFor();
  expect(await task("First")).toMatchObject({ priority: "high", columnId: board.column("Doing") });
  await card("First").press("Alt+ArrowDown");
  await lane(viewer, "Medium 1").waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("First");
  await page.keyboard.press("Alt+ArrowLeft");
  await expect.poll(() => task("First")).toMatchObject({ priority: "medium", columnId: board.column("Todo") });
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("Second");
  await add.click();
  await page.getByLabel("Title of the card").fill("Added");
  await page.keyboard.press("Enter");
  await lane(viewer, "High 1").waitFor();
  await lane(page, "No priority").click();
  await card("Second").waitFor({ state: "detached" });
  expect(await lane(page, "No priority").getAttribute("aria-expanded")).toBe("false");

  await card("First").dragTo(lane(page, "No priority"));
  await lane(viewer, "No priority 3").waitFor();
  expect(await task("First")).toMatchObject({ priority: "none", columnId: board.column("Todo") });

  // A card with two labels is in both lanes: from one of them it goes to a third.
  const [bug, idea] = labels.map(({ id }) => id);
  await caller.tasks.update({ boardId, taskId: board.task("Second"), labelIds: [bug ?? "", idea ?? ""] });
  await page.getByLabel("Lanes").selectOption("Label");
  await lane(page, "Bug 1").waitFor();
  expect(await card("Second").count()).toBe(2);
  await card("Second")
    .last()
    .dragTo(lane(page, "No label").locator("xpath=ancestor::tr/following-sibling::tr[1]/td[1]"));
  await expect.poll(async () => (await task("Second")).labelIds).toEqual([]);

  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), org_id, project_id, board_id, column_id, 100 + n, 'zz' || lpad(n::text, 7, '0'), 'Card ' || n,
      '', 'low', '{}', 'open', version, created_by, created_at, updated_at
    from task cross join generate_series(1, 10000) n where id = ${board.task("Third")}::uuid`);
  await page.getByLabel("Lanes").selectOption("Priority");
  await expect.poll(async () => (await caller.boards.get({ boardId })).laneBy).toBe("priority");
  await page.reload();
  await lane(page, "Low 10,000").waitFor();
  await page.locator("main").evaluate((main) => main.scrollTo(0, main.scrollHeight));
  await card("Card 9999").waitFor();
  expect(await page.locator("main").getByRole("link").count()).toBeLessThan(100);
  const phone = await web.open(org.owner, PHONE);
  await phone.goto(`${web.url}/boards/${boardId}`);
  await lane(phone, "Low").waitFor();
  await expectAccessible(phone);
  await expectNarrow(phone);
});
