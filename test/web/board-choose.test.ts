import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

const column = (page: Page, name: string) => page.getByRole("region", { name: new RegExp(`^${name}`, "u") });
const card = (page: Page, title: string) => page.locator("main").getByRole("link", { name: title });
const selected = (page: Page, count: string) => page.getByRole("toolbar", { name: `${count} selected` });

test("cards are chosen by mouse and keys and changed at once, while others change the board", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two", "Three", "Four", "Five"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}`);
  const stored = async (name: string) => {
    const { tasks } = await caller.boards.get({ boardId });
    return tasks.filter((task) => task.columnId === board.column(name)).map(({ title }) => title);
  };

  await page.getByRole("button", { name: "Add a card to Todo" }).waitFor();
  await card(page, "One").click({ modifiers: ["ControlOrMeta"] });
  await selected(page, "1 task").waitFor();
  await card(page, "Three").click({ modifiers: ["Shift"] });
  await selected(page, "3 tasks").waitFor();
  await card(page, "Two").click({ modifiers: ["ControlOrMeta"] });
  await selected(page, "2 tasks").waitFor();
  await page.getByText("Two: not selected, 2 tasks in all").waitFor({ state: "attached" });
  expect(
    await page
      .locator("main")
      .getByRole("link", { name: /Selected/u })
      .count(),
  ).toBe(2);
  await expectAccessible(page);
  // Whom somebody else takes away is chosen no longer; what else they do changes nothing of it.
  const member = await org.as("member");
  await member.caller.tasks.archive({ boardId, taskId: board.task("Three") });
  await member.caller.tasks.update({ boardId, taskId: board.task("One"), priority: "high" });
  await selected(page, "1 task").waitFor();
  await page.keyboard.press("Escape");
  await selected(page, "1 task").waitFor({ state: "detached" });
  await page.getByText("0 tasks selected").waitFor({ state: "attached" });

  await card(page, "Two").press("x");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await selected(page, "3 tasks").waitFor();
  await page.keyboard.press("Shift+ArrowUp");
  await selected(page, "2 tasks").waitFor();
  await page.getByLabel("Move to…").selectOption("Doing");
  await column(page, "Doing").getByRole("link", { name: "Four" }).waitFor();
  await expect.poll(() => stored("Doing")).toEqual(["Two", "Four"]);
  // In one change.
  const [latest] = (await caller.changes.list({ boardId, limit: 1 })).items;
  expect(latest?.taskIds).toHaveLength(2);
  // Of those that are chosen one is dragged, and all come along.
  await card(page, "Four").dragTo(card(page, "One"), { targetPosition: { x: 20, y: 3 } });
  await expect.poll(() => stored("Todo")).toEqual(["Two", "Four", "One", "Five"]);
  await page.getByRole("button", { name: "Select none" }).click();
  await page.getByLabel("Lanes").selectOption("Priority");
  const high = page.getByRole("button", { name: /^High/u });
  await high.waitFor();
  await card(page, "Two").press("x");
  await page.keyboard.press("Shift+ArrowDown");
  await selected(page, "2 tasks").waitFor();
  await page.getByLabel("Set priority…").selectOption("Urgent");
  await page.getByRole("button", { name: /^Urgent/u }).waitFor();
  expect(
    await page
      .locator("main")
      .getByRole("link", { name: /Selected/u })
      .count(),
  ).toBe(2);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Archive them" }).click();
  await expect.poll(() => stored("Todo")).toEqual(["One", "Five"]);
});

test("a card is changed where it stands, by keys and by mouse, and put back when that is refused", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}`);
  await page.getByRole("button", { name: "Add a card to Todo" }).waitFor();
  const stored = (title: string) => caller.tasks.get({ boardId, taskId: board.task(title) });
  const form = page.getByRole("dialog", { name: /^Change/u });
  const focused = () => page.evaluate(() => document.activeElement?.textContent);

  await card(page, "One").press("e");
  const title = form.getByLabel("Title");
  await title.fill(" ");
  await title.press("Enter");
  await form.getByText("A card has a title.").waitFor();
  await expectAccessible(page);
  await title.fill("Nothing of it");
  await title.press("Escape");
  await form.waitFor({ state: "detached" });
  await expect.poll(focused).toContain("One");
  expect(await stored("One")).toMatchObject({ title: "One", version: 1 });
  await page.keyboard.press("F2");
  await title.fill("One, renamed");
  // What others do meanwhile stays, but for what is written over.
  await caller.tasks.update({ boardId, taskId: board.task("One"), priority: "high", title: "Theirs" });
  await page.keyboard.press("Enter");
  await card(page, "One, renamed").waitFor();
  await expect.poll(() => stored("One")).toMatchObject({ title: "One, renamed", priority: "high" });

  await card(page, "Two").hover();
  await page.getByRole("button", { name: "Change Two" }).click();
  await form.getByLabel("Priority").selectOption("Urgent");
  await form.getByLabel("Due").fill("2030-01-05");
  await form.getByLabel("Column").selectOption("Doing");
  await form.getByRole("button", { name: "Save" }).click();
  await column(page, "Doing")
    .getByRole("link", { name: /Two.*Urgent.*Due/u })
    .waitFor();
  await expect.poll(focused).toContain("Two");
  await expect
    .poll(() => stored("Two"))
    .toMatchObject({ priority: "urgent", dueOn: "2030-01-05", columnId: board.column("Doing") });
  await caller.columns.update({ boardId, columnId: board.column("Doing"), wipLimit: 1, wipMode: "hard" });
  await page.getByText("1 of at most 1 card").waitFor({ state: "attached" });
  await card(page, "One, renamed").press("e");
  await form.getByLabel("Column").selectOption("Doing");
  await form.getByRole("button", { name: "Save" }).click();
  await page.getByText(/“One, renamed” was put back/u).waitFor();
  await column(page, "Todo").getByRole("link", { name: "One, renamed" }).waitFor();

  const reader = await web.open(await board.as("viewer"));
  await reader.goto(`${web.url}/boards/${boardId}`);
  await card(reader, "Two").press("e");
  await card(reader, "Two").press("x");
  await card(reader, "Two").hover();
  expect(await reader.getByRole("button", { name: /^Change/u }).count()).toBe(0);
  expect(await reader.getByRole("dialog").count()).toBe(0);
  expect(await reader.getByRole("toolbar").count()).toBe(0);
});

test("on a phone cards are moved and chosen by tapping, and what has no room is in a menu", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two", "Three"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const page = await web.open(org.owner, {
    viewport: { width: 320, height: 640 },
    hasTouch: true,
    isMobile: true,
    colorScheme: "dark",
  });
  await page.goto(`${web.url}/boards/${boardId}`);
  const inDoing = async () => {
    const { tasks } = await caller.boards.get({ boardId });
    return tasks.filter(({ columnId }) => columnId === board.column("Doing")).map(({ title }) => title);
  };
  const change = (title: string) => page.getByRole("button", { name: `Change ${title}` });
  await change("One").tap();
  await page.getByLabel("Column").selectOption("Doing");
  await page.getByRole("button", { name: "Save" }).tap();
  await expect.poll(inDoing).toEqual(["One"]);

  await change("Two").tap();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Select", exact: true }).tap();
  await selected(page, "1 task").waitFor();
  await card(page, "Three").tap();
  await selected(page, "2 tasks").waitFor();
  await expectAccessible(page);
  await page.getByLabel("Move to…").selectOption("Doing");
  await expect.poll(inDoing).toEqual(["One", "Two", "Three"]);
  await page.getByRole("button", { name: "Select none" }).tap();
  await page.getByLabel("Shown as").selectOption("List");
  await page.getByRole("table").waitFor();
  await page.getByRole("button", { name: "Menu" }).tap();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("dialog", { name: "Menu" }).getByRole("link", { name: "Reports" }).tap();
  await page.waitForURL(/\/reports/u);
  await page.getByRole("dialog", { name: "Menu" }).waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});
