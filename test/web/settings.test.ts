import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

test("a board and its columns are set, and whom it is shared with", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First"], visibility: "private" });
  const member = await org.as("member");
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.getByRole("button", { name: "Settings of Todo" }).click();
  await page.getByLabel("Name").fill("Ready");
  await page.getByLabel("Limit").fill("1");
  await page.getByLabel("One card more").selectOption("hard");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  const ready = page.getByRole("region", { name: "Ready 1 of at most 1 card" });
  await ready.getByRole("button", { name: "Add a card to Ready" }).click();
  await page.getByLabel("Title of the card").fill("One too many");
  await page.keyboard.press("Enter");
  await ready.getByRole("alert").waitFor();
  expect(await page.getByLabel("Title of the card").inputValue()).toBe("One too many");

  await page.getByRole("link", { name: "Settings", exact: true }).click();
  await page.getByLabel("Share with").selectOption({ label: member.name });
  await page.getByLabel(`Role of ${member.name}`).selectOption("commenter");
  await expectAccessible(page);
  await expect
    .poll(async () => (await member.caller.boards.access({ boardId: board.id }).catch(() => null))?.role)
    .toBe("commenter");
});

test("labels, fields of the project and ways between columns are set, live, by who may", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["First"] });
  const member = await org.as("member");
  const { caller } = org.owner;
  const boardId = board.id;
  await caller.boards.share({ boardId, userId: member.id, role: "editor" });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  await page.goto(`${web.url}/boards/${boardId}/settings`);
  await page.getByLabel("Name of the label").fill("Bug");
  await page.getByLabel("Colour", { exact: true }).selectOption("red");
  await page.getByRole("button", { name: "Add a label" }).click();
  await page.getByLabel("Name of Bug").fill("Fault");
  await page.keyboard.press("Tab");
  await page.getByLabel("Colour of Fault").selectOption("blue");
  await expect
    .poll(async () => (await caller.boards.get({ boardId })).labels.map(({ name, color }) => `${name} ${color}`))
    .toEqual(["Fault blue"]);

  await page.getByLabel("Name of the field", { exact: true }).fill("Size");
  await page.getByLabel("Kind").selectOption("select");
  await page.getByLabel("Options, one in a line").fill("Small\nLarge");
  await page.getByRole("button", { name: "Add a field" }).click();
  await page.getByText("2 options of Size").click();
  await page.getByLabel("Name of the option", { exact: true }).fill("Middle");
  await page.getByRole("button", { name: "Add an option to Size" }).click();
  const fields = async () => (await caller.fields.get({ orgId: org.id, projectId: board.projectId })).fields;
  const offered = async () =>
    (await fields())[0]?.options.filter(({ isArchived }) => !isArchived).map(({ name }) => name);
  await expect.poll(offered).toEqual(["Small", "Large", "Middle"]);
  // One that was taken out stays out when another one comes.
  await page.getByRole("button", { name: "Take out Small" }).click();
  await page.getByLabel("Name of the option", { exact: true }).fill("Huge");
  await page.getByRole("button", { name: "Add an option to Size" }).click();
  await expect.poll(offered).toEqual(["Large", "Middle", "Huge"]);
  await page.getByRole("button", { name: "Restore Small" }).waitFor();
  await page.getByRole("button", { name: "Archive Size" }).click();
  await page.getByRole("button", { name: "Restore Size" }).waitFor();

  await page.getByLabel("Name of the way").fill("Finish");
  await page.getByLabel("Into").selectOption({ label: "Done" });
  await page.getByLabel("By", { exact: true }).selectOption("manager");
  await page.getByRole("checkbox", { name: "a label" }).check();
  await page.getByRole("button", { name: "Add a way" }).click();
  await page.getByText("everywhere → Done").waitFor();
  const { transitions } = await caller.boards.get({ boardId });
  expect(transitions).toMatchObject([{ name: "Finish", minimumRole: "manager", requiredFields: ["labels"] }]);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Delete Finish" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("everywhere → Done").waitFor({ state: "detached" });

  const theirs = await web.open(member);
  await theirs.goto(`${web.url}/boards/${boardId}/settings`);
  await theirs.getByLabel("Name of Fault").waitFor();
  expect(await theirs.getByRole("button", { name: /Add a field|Add a way|Archive the board/u }).count()).toBe(0);
});

test("what was put aside comes back, or goes for good; and another board is made like one", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Old"], tasks: ["Kept", "Archived", "Deleted", "Doomed"] });
  const { caller } = org.owner;
  const boardId = board.id;
  await caller.columns.archive({ boardId, columnId: board.column("Old") });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}/settings`);
  await page.getByRole("button", { name: "Restore Old" }).click();
  await page.getByRole("button", { name: "Restore Old" }).waitFor({ state: "detached" });
  await caller.tasks.archive({ boardId, taskId: board.task("Archived") });
  await page.getByRole("button", { name: "Restore Archived" }).click();
  await page.getByRole("button", { name: "Restore Archived" }).waitFor({ state: "detached" });
  await caller.tasks.delete({ boardId, taskIds: [board.task("Deleted"), board.task("Doomed")] });
  await page.getByRole("button", { name: "Restore Deleted" }).click();
  await page.getByRole("button", { name: "Restore Deleted" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete Doomed for good" }).click();
  const dialog = page.getByRole("dialog");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await page.getByText("Doomed").waitFor({ state: "detached" });
  const { columns, tasks } = await caller.boards.get({ boardId });
  expect(columns.map(({ name }) => name).toSorted()).toEqual(["Old", "Todo"]);
  expect(tasks.map(({ title }) => title).toSorted()).toEqual(["Archived", "Deleted", "Kept"]);
  await page.getByRole("textbox", { name: /A board like this/u }).fill("Twin");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "Twin" }).waitFor();
  await page.getByRole("region", { name: /^Old/u }).waitFor();
});
