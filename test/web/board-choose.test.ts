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
