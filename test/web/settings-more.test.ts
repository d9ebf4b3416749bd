import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

test("a way is changed, with what it demands of the project, and fields and their options stand as one wants", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing", "Done"], tasks: ["First"] });
  const { caller } = org.owner;
  const [boardId, projectId, orgId] = [board.id, board.projectId, org.id];
  const options = [{ name: "Small" }, { name: "Large" }];
  const size = await caller.fields.create({ orgId, projectId, name: "Size", kind: "select", options });
  const after = { after: size.id };
  const client = await caller.fields.create({ orgId, projectId, name: "Client", kind: "text", ...after });
  const into = { toColumnId: board.column("Done"), fromColumnIds: [board.column("Todo")] };
  await caller.transitions.create({ boardId, name: "Finish", ...into, requiredFields: ["labels"] });
  await caller.columns.archive({ boardId, columnId: board.column("Todo") });
  const large = size.options[1]?.id ?? "";
  await caller.tasks.create({ boardId, columnId: board.column("Doing"), title: "Big", fields: { [size.id]: large } });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  const dialog = page.getByRole("dialog");
  await page.goto(`${web.url}/boards/${boardId}/settings`);

  await page.getByText("an archived column → Done · with a label").waitFor();
  await page.getByRole("button", { name: "Change Finish" }).click();
  await dialog.getByLabel("Name of the way").fill("Close");
  await dialog.getByLabel("By").selectOption("manager");
  await dialog.getByRole("checkbox", { name: "Doing" }).check();
  await dialog.getByRole("checkbox", { name: "Client" }).check();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Doing, an archived column → Done · Manages · with a label, Client").waitFor();
  const { transitions } = await caller.boards.get({ boardId });
  const fromColumnIds = [board.column("Todo"), board.column("Doing")].toSorted();
  const requiredFields = [client.id, "labels"].toSorted();
  expect(transitions).toMatchObject([{ name: "Close", fromColumnIds, minimumRole: "manager", requiredFields }]);

  await page.getByRole("button", { name: "Move Client up" }).focus();
  await page.keyboard.press("Enter");
  await page.getByText("Client: place 1 of 2").waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Move Client up");
  await page.getByText("2 options of Size").click();
  await page.getByLabel("Name of the option Large").fill("Huge");
  await page.keyboard.press("Enter");
  await page.getByLabel("Colour of the option Huge").selectOption("red");
  await page.getByRole("button", { name: "Move Huge up" }).click();
  await page.getByText("Huge: place 1 of 2").waitFor();
  const { fields, tasks } = await caller.boards.get({ boardId });
  expect(fields).toMatchObject([{ name: "Client" }, { options: [{ id: large, name: "Huge", color: "red" }, {}] }]);
  expect(tasks).toMatchObject([{ title: "Big", fields: { [size.id]: large } }]);
  await page.getByLabel("Name of the option", { exact: true }).fill("small");
  await page.getByRole("button", { name: "Add an option to Size" }).click();
  await page.getByText("No two options have the same name.").waitFor();
  await expectAccessible(page);
});

test("what loses something is asked first; a calendar of the board is shown once, and a board deleted by its name", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["First"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const guest = await board.as("editor");
  await caller.labels.create({ boardId, name: "Bug", color: "red" });
  const page = await web.open(org.owner);
  const dialog = page.getByRole("dialog");
  await page.goto(`${web.url}/boards/${boardId}/settings`);
  const theirs = await web.open(guest);
  await theirs.goto(`${web.url}/boards/${boardId}/settings`);
  await theirs.getByLabel("Name of Bug").waitFor();
  await page.getByRole("button", { name: "Delete Bug" }).click();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await caller.boards.get({ boardId })).labels).toHaveLength(1);
  await page.getByRole("button", { name: "Delete Bug" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await theirs.getByLabel("Name of Bug").waitFor({ state: "detached" });

  await page.getByRole("button", { name: "Make a link" }).click();
  const address = (await page.locator("code").textContent()) ?? "";
  expect((await fetch(address)).status).toBe(200);
  expect(await caller.calendars.list()).toMatchObject({ items: [{ boardId }] });
  await page.reload();
  await page.getByRole("button", { name: /^End the link/u }).click();
  expect(await page.getByText(address).count()).toBe(0);
  await dialog.getByRole("button", { name: "End the link" }).click();
  await page.getByRole("button", { name: /^End the link/u }).waitFor({ state: "detached" });
  expect((await fetch(address)).status).toBe(404);

  await page.getByRole("button", { name: `Share no longer with ${guest.name}` }).click();
  await dialog.getByRole("button", { name: "Share no longer" }).click();
  await theirs.getByRole("heading", { name: "There is nothing here" }).waitFor();
  await page.getByRole("button", { name: "Delete the board" }).click();
  await dialog.getByLabel(/To be sure/u).fill("Another");
  await dialog.getByRole("button", { name: "Delete the board" }).click();
  await dialog.getByText("That is another name.").waitFor();
  await expectAccessible(page);
  await dialog.getByLabel(/To be sure/u).fill("Board");
  await dialog.getByRole("button", { name: "Delete the board" }).click();
  await page.waitForURL(/\/$/u);
  expect((await caller.boards.list({ orgId: org.id })).items).toEqual([]);
});

test("an archived board is set as far as it may be, and restored", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["Gone"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const member = await org.as("member");
  await caller.boards.share({ boardId, userId: member.id, role: "viewer" });
  await caller.tasks.delete({ boardId, taskIds: [board.task("Gone")] });
  await caller.boards.archive({ boardId });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  await page.goto(`${web.url}/organisations/${org.id}/projects`);
  await page.getByRole("link", { name: "Settings of Board" }).click();
  await page.getByText("This board is archived").waitFor();
  await page.getByLabel(`Role of ${member.name}`).selectOption("editor");
  await expect.poll(async () => (await member.caller.boards.access({ boardId })).role).toBe("editor");
  await page.getByText("Gone", { exact: true }).waitFor();
  const forbidden = /^(?:Save|Add a (?:label|way)|Archive the board|Restore Gone|Delete Gone)/u;
  expect(await page.getByRole("button", { name: forbidden }).count()).toBe(0);
  expect(await page.getByRole("button", { name: "Delete the board" }).count()).toBe(1);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Restore the board" }).click();
  await page.getByRole("button", { name: "Restore Gone" }).waitFor();
  await page.getByRole("button", { name: "Archive the board" }).waitFor();
  await page.getByText("This board is archived").waitFor({ state: "detached" });
});

test("viewers, commenters and editors find what they may do in the settings, and nothing else, as it changes", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["First"] });
  const { caller } = org.owner;
  await caller.labels.create({ boardId: board.id, name: "Bug", color: "red" });
  for (const role of ["viewer", "commenter"] as const) {
    const person = await board.as(role);
    const page = await web.open(person);
    await page.goto(`${web.url}/boards/${board.id}`);
    await page.getByRole("link", { name: "Settings", exact: true }).click();
    await page.getByRole("button", { name: "Make a link" }).waitFor();
    await page.getByRole("link", { name: "All tasks as CSV" }).waitFor();
    const main = page.getByRole("main");
    expect(await main.getByRole("button").allTextContents()).toEqual(["Make a link"]);
    expect(await main.locator("input, select, textarea").count()).toBe(0);
    await expectAccessible(page);
    // Another share is another screen, at once.
    await caller.boards.share({ boardId: board.id, userId: person.id, role: "editor" });
    await main.getByRole("button", { name: "Delete Bug" }).waitFor();
    expect(await main.getByRole("button", { name: /Archive the board|Add a way|Share/u }).count()).toBe(0);
    await caller.boards.share({ boardId: board.id, userId: person.id, role });
    await main.getByRole("button", { name: "Delete Bug" }).waitFor({ state: "detached" });
  }
});

test("a view of a project finds tasks on all of its boards, live for whom it is shared with", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["Paint the door", "Call the baker"] });
  await org.board({ columns: ["Later"], tasks: ["Paint the roof"] });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  const member = await web.open(await org.as("member"));
  for (const one of [page, member]) {
    await one.goto(`${web.url}/organisations/${org.id}/projects`);
    await one.getByText("Views of Project", { exact: true }).click();
    await one.getByText("None yet. A view keeps").waitFor();
  }
  await page.getByLabel("Name of the view").fill("Painting");
  await page.getByLabel("Filter").fill("nothing:like");
  await page.getByLabel("Who has it").selectOption("shared");
  await page.getByRole("button", { name: "Add a view" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Filter").fill("paint");
  await page.getByRole("button", { name: "Add a view" }).click();
  const view = /^Painting/u;
  await member.getByRole("button", { name: view }).click();
  const tasks = member.getByRole("region", { name: "Tasks of Painting" });
  await tasks.getByRole("link", { name: /Paint the roof/u }).waitFor();
  expect((await tasks.getByRole("link").allTextContents()).toSorted()).toMatchObject([
    expect.stringContaining("Paint the door"),
    expect.stringContaining("Paint the roof"),
  ]);
  expect(await member.getByRole("button", { name: /(?:Change|Delete) Painting/u }).count()).toBe(0);
  await page.getByRole("button", { name: view }).click();
  await page.getByRole("region", { name: "Tasks of Painting" }).getByText("Paint the door").waitFor();
  await expectAccessible(page);
  const dialog = page.getByRole("dialog");
  await page.getByRole("button", { name: "Change Painting" }).click();
  await dialog.getByLabel("Filter").fill("baker");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await tasks.getByRole("link", { name: /Call the baker/u }).click();
  await member.waitForURL(`${web.url}/boards/${board.id}/tasks/${board.task("Call the baker")}`);
  await page.getByRole("button", { name: "Delete Painting" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("None yet. A view keeps").waitFor();
});
