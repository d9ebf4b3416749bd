import type { CDPSession, Locator, Page } from "playwright-core";
import { expect } from "vitest";
import { test } from "./chromium.ts";

// What a finger does to a board. Chromium makes of these touches what it makes of those on a screen.

interface Point {
  readonly x: number;
  readonly y: number;
}

async function middleOf(shown: Locator): Promise<Point> {
  const box = await shown.boundingBox();
  if (!box) throw new Error("it is not to be seen");
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}

function finger(devtools: CDPSession) {
  const say = (type: "touchStart" | "touchMove" | "touchEnd", points: Point[]) =>
    devtools.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  return {
    down: (at: Point) => say("touchStart", [at]),
    up: () => say("touchEnd", []),
    async move(from: Point, to: Point) {
      for (let step = 1; step <= 10; step += 1) {
        const part = (a: number, b: number) => a + ((b - a) * step) / 10;
        await say("touchMove", [{ x: part(from.x, to.x), y: part(from.y, to.y) }]);
      }
    },
  };
}

const column = (page: Page, name: string) => page.getByRole("region", { name: new RegExp(`^${name}`, "u") });

test("a card is dragged by a finger that rested on it, and a tap opens the card", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First", "Second"] });
  const page = await web.open(org.owner, { viewport: { width: 800, height: 700 }, hasTouch: true, isMobile: true });
  await page.goto(`${web.url}/boards/${board.id}`);
  const card = page.getByRole("link", { name: /^First/u });
  await card.waitFor();
  const { down, move, up } = finger(await page.context().newCDPSession(page));
  const dragged = page.locator("[data-dragged]");
  const [from, to] = [await middleOf(card), await middleOf(column(page, "Doing"))];

  await down(from);
  await dragged.waitFor();
  await move(from, to);
  await up();
  await column(page, "Doing")
    .getByRole("link", { name: /^First/u })
    .waitFor();
  await dragged.waitFor({ state: "detached" });
  const stored = async () =>
    (await org.owner.caller.boards.get({ boardId: board.id })).tasks.find(({ title }) => title === "First")?.columnId;
  await expect.poll(stored).toBe(board.column("Doing"));
  expect(new URL(page.url()).pathname).toBe(`/boards/${board.id}`);

  // Where it is let go beside everything, it stays.
  const again = await middleOf(card);
  await down(again);
  await dragged.waitFor();
  await move(again, { x: 780, y: 690 });
  await up();
  await dragged.waitFor({ state: "detached" });
  expect(await stored()).toBe(board.column("Doing"));

  await card.tap();
  await page.waitForURL(/\/tasks\//u);
});

test("a finger that does not rest scrolls, and who may only look drags nothing", async ({ web, world }) => {
  const org = await world.org();
  const tasks = Array.from({ length: 40 }, (_, index) => `Task ${String(index + 1)}`);
  const board = await org.board({ columns: ["Todo", "Doing"], tasks });
  const touched = { viewport: { width: 800, height: 700 }, hasTouch: true, isMobile: true };
  const page = await web.open(org.owner, touched);
  await page.goto(`${web.url}/boards/${board.id}`);
  const card = page.getByRole("link", { name: /^Task 5 /u });
  await card.waitFor();
  const { down, move, up } = finger(await page.context().newCDPSession(page));
  const from = await middleOf(card);
  await down(from);
  await move(from, { x: from.x, y: from.y - 200 });
  await expect.poll(async () => (await middleOf(card)).y).toBeLessThan(from.y - 50);
  expect(await page.locator("[data-dragged]").count()).toBe(0);
  await up();

  const viewer = await web.open(await board.as("viewer"), touched);
  await viewer.goto(`${web.url}/boards/${board.id}`);
  await viewer.getByRole("link", { name: /^Task 5 /u }).waitFor();
  expect(await viewer.locator('[draggable="true"]').count()).toBe(0);
});
