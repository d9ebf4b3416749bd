import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

test("what was done is drawn and told: flow, times, a sprint, and who has how much to do", async ({ web, world }) => {
  const org = await world.org();
  const { caller } = org.owner;
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["One", "Two", "Three"] });
  const boardId = board.id;
  const groups = { Todo: "unstarted", Doing: "started", Done: "completed" } as const;
  for (const name of ["Todo", "Doing", "Done"] as const) {
    await caller.columns.update({ boardId, columnId: board.column(name), stateGroup: groups[name] });
  }
  const { board: made } = await caller.boards.get({ boardId });
  const { projectId } = made;
  const sprint = await caller.plans.create({ orgId: org.id, projectId, kind: "sprint", name: "First sprint" });
  const taskIds = ["One", "Two"].map((title) => board.task(title));
  await caller.plans.setTasks({ boardId, taskIds, kind: "sprint", planId: sprint.id });
  await caller.tasks.move({ boardId, taskId: board.task("One"), columnId: board.column("Done") });
  await caller.tasks.move({ boardId, taskId: board.task("Two"), columnId: board.column("Doing") });
  await caller.tasks.update({ boardId, taskId: board.task("Two"), assigneeIds: [org.owner.id] });

  await world.services.logReader.catchUp();
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}`);
  await page.getByRole("link", { name: "Reports" }).click();
  await page.getByRole("img", { name: "Cumulative flow" }).waitFor();
  await page.getByLabel("Period").selectOption("14");
  const flow = page.getByRole("region", { name: "Cumulative flow" });
  await flow.getByText("As a table").click();
  const today = flow.getByRole("row").last();
  await expect.poll(() => today.getByRole("cell").allTextContents()).toEqual(["1", "1", "1", "0"]);
  expect(await flow.getByRole("row").count()).toBe(15);
  await page.getByRole("img", { name: "Throughput" }).waitFor();
  await page.getByText("1 task", { exact: true }).first().waitFor();
  const burn = page.getByRole("region", { name: /^Burn-down/u });
  await burn.getByText("As a table").click();
  await expect.poll(() => burn.getByRole("row").last().getByRole("cell").allTextContents()).toEqual(["2", "1", "1"]);
  const load = page.getByRole("region", { name: /^Who has/u });
  const mine = load.getByRole("row", { name: new RegExp(org.owner.name, "u") });
  expect(await mine.getByRole("cell").allTextContents()).toEqual(["1", "1", "0", "0"]);
  await expectAccessible(page);
  await page.getByLabel("Of", { exact: true }).selectOption("project");
  await expect.poll(() => today.getByRole("cell").allTextContents()).toEqual(["1", "1", "1", "0"]);
});

test("on a phone and in the dark they can be read, and nobody sees those of a board that is closed to them", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["One"] });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 }, colorScheme: "dark" });
  await page.goto(`${web.url}/boards/${board.id}/reports`);
  await page.getByRole("img", { name: "Cumulative flow" }).waitFor();
  await page.getByText("There is nothing to show of this period.").waitFor();
  await expectAccessible(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  const stranger = await web.open(await world.person());
  await stranger.goto(`${web.url}/boards/${board.id}/reports`);
  await stranger.getByRole("heading", { name: "There is nothing here" }).waitFor();
});
