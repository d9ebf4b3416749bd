import { expect } from "vitest";
import { doJobs } from "../setup/team-jobs.ts";
import { expectAccessible, test } from "./chromium.ts";

test("a rule is made, tried out, runs, says what came of it, is changed, turned off and deleted", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two"] });
  const { caller } = org.owner;
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  await page.goto(`${web.url}/organisations/${org.id}/rules`);
  await page.getByText("The project has no rule yet.").waitFor();
  await page.getByRole("button", { name: "Make a rule" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Urgent is begun");
  await page.getByLabel("Board", { exact: true }).selectOption({ label: "Board" });
  await page.getByLabel("When", { exact: true }).selectOption("task-updated");
  await page.getByRole("checkbox", { name: "Priority" }).check();
  await page.getByLabel("And", { exact: true }).selectOption("move");
  await page.getByLabel("Column", { exact: true }).selectOption({ label: "Doing" });
  await page.getByLabel("And", { exact: true }).selectOption("comment");
  await page.getByLabel("Text", { exact: true }).fill("It is urgent.");
  await page.getByLabel("Only tasks like").fill("colour:red");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByText(/There is no field "colour"/u).waitFor();
  await page.getByLabel("Only tasks like").fill("one");
  await page.getByRole("button", { name: "Try it out" }).click();
  await page.getByText("It would do this to 1 task now. Nothing was done.").waitFor();
  await expectAccessible(page);
  await page.getByLabel("Only tasks like").fill("priority:urgent");
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("checkbox", { name: "Urgent is begun is on" }).waitFor();
  await world.services.logReader.catchUp();
  await caller.tasks.update({ boardId: board.id, taskId: board.task("Two"), priority: "urgent" });
  await doJobs(world);
  const { tasks } = await caller.boards.get({ boardId: board.id });
  expect(tasks.find(({ title }) => title === "Two")?.columnId).toBe(board.column("Doing"));
  await page.getByText("When Urgent is begun ran").click();
  await page.getByText(/1 task · Done/u).waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Change Urgent is begun" }).click();
  await page.getByRole("button", { name: "Leave out: Comment" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("checkbox", { name: "Urgent is begun is on" }).click();
  await expect
    .poll(async () => {
      const { items } = await caller.rules.list({ orgId: org.id, projectId: board.projectId });
      return items.map(({ state, actions }) => [state, actions.map((action) => action.do)]);
    })
    .toEqual([["off", ["move"]]]);
  await page.getByRole("button", { name: "Delete Urgent is begun" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("The project has no rule yet.").waitFor();
});
