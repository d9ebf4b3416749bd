import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

const DAY_MS = 86_400_000;

test("my work is what I am assigned to on all boards, by when it is due, live, and done from there", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const member = await org.as("member");
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Late", "Soon", "Open", "Not mine"] });
  const { caller } = org.owner;
  const boardId = board.id;
  await caller.columns.update({ boardId, columnId: board.column("Done"), stateGroup: "completed" });
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
  const assign = (title: string, dueOn: string | null) =>
    caller.tasks.update({
      boardId,
      taskId: board.task(title),
      assigneeIds: [member.id],
      ...(dueOn !== null && { dueOn, timeZone: "UTC" }),
    });
  await assign("Late", day(-3));
  await assign("Soon", day(3));
  const page = await web.open(member, { viewport: { width: 320, height: 700 } });
  await page.goto(web.url);
  await page.getByRole("link", { name: "My work" }).click();
  const overdue = page.getByRole("region", { name: "Overdue" });
  await overdue.getByRole("link", { name: /Late/u }).waitFor();
  await page.getByRole("region", { name: "Within a week" }).getByRole("link", { name: /Soon/u }).waitFor();
  expect(await page.getByText("Not mine").count()).toBe(0);
  await expectAccessible(page);
  await assign("Open", null);
  await world.services.logReader.catchUp();
  await page.getByRole("region", { name: "Without a date" }).getByRole("link", { name: /Open/u }).waitFor();
  await page.getByRole("checkbox", { name: "Done: Late" }).click();
  await page.getByText("Late is done.").waitFor();
  await overdue.waitFor({ state: "detached" });
  const { tasks } = await caller.boards.get({ boardId });
  expect(tasks.find(({ title }) => title === "Late")?.columnId).toBe(board.column("Done"));
  await page.getByRole("link", { name: /Soon/u }).click();
  await page.getByRole("textbox", { name: "Title" }).waitFor();
});
