import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

const KINDS = ["text", "number", "date", "select", "multi-select", "person", "checkbox", "url"] as const;

test("a task's fields are set by their kinds, refused kindly, and change under the eyes of another", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Paint"] });
  const [boardId, taskId] = [board.id, board.task("Paint")];
  const { caller } = org.owner;
  for (const kind of KINDS) {
    const options = kind.endsWith("select") ? [{ name: "Red" }, { name: "Blue" }] : [];
    await caller.fields.create({ orgId: org.id, projectId: board.projectId, name: `Its ${kind}`, kind, options });
  }
  const page = await web.open(org.owner);
  const reader = await web.open(await board.as("viewer"), { viewport: { width: 320, height: 640 } });
  for (const one of [page, reader]) await one.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);
  await page.getByLabel("Its text").fill("By hand");
  await page.keyboard.press("Enter");
  await page.getByLabel("Its number").fill("2.5");
  await page.getByLabel("Its date").fill("2030-01-05");
  await page.getByLabel("Its select", { exact: true }).selectOption("Blue");
  await page.getByText("Edit Its multi-select").click();
  for (const name of ["Red", "Blue"]) await page.getByRole("group").getByLabel(name).check();
  await page.getByLabel("Its person").selectOption(org.owner.name);
  await page.getByLabel("Its checkbox").check();
  await page.getByLabel("Its url").fill("javascript:alert(1)");
  await page.keyboard.press("Enter");
  await page.getByText("This field holds an address that begins with").waitFor();
  expect(await page.getByLabel("Its url").inputValue()).toBe("javascript:alert(1)");
  await page.getByLabel("Its url").fill("https://example.test/a");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Open example.test" }).waitFor();
  await expectAccessible(page);

  await reader.getByRole("link", { name: "https://example.test/a" }).waitFor();
  const fields = reader.getByRole("region", { name: "Fields" });
  for (const says of ["By hand", "2.5", "Jan 5, 2030", "Red, Blue", org.owner.name, "Yes"]) {
    await fields.getByText(says, { exact: true }).waitFor();
  }
  expect(await fields.locator("input, select, details").count()).toBe(0);
  await expectAccessible(reader);
  const { fields: kept } = await caller.tasks.get({ boardId, taskId });
  expect(Object.keys(kept)).toHaveLength(KINDS.length);
});

test("a task has parts: made, found, of an item, done, opened and let go", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Done"], tasks: ["Kitchen", "Order the tiles"] });
  const [boardId, taskId] = [board.id, board.task("Kitchen")];
  const { caller } = org.owner;
  await caller.columns.update({ boardId, columnId: board.column("Done"), stateGroup: "completed" });
  const { id: checklistId } = await caller.checklists.create({ boardId, taskId, name: "Before" });
  await caller.checkItems.create({ boardId, taskId, checklistId, text: "Measure the walls" });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);
  await page.getByLabel("New part").fill("Buy paint");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Make another task a part" }).click();
  await page.getByLabel("Which task").fill("tiles");
  await expectAccessible(page);
  await page.getByRole("button", { name: /Order the tiles/u }).click();
  await page.getByRole("button", { name: "Make a part of Measure the walls" }).click();
  const dialog = page.getByRole("dialog");
  const part = (title: string) => dialog.getByRole("link", { name: new RegExp(title, "u") });
  for (const title of ["Buy paint", "Order the tiles", "Measure the walls"]) await part(title).waitFor();
  await page.getByLabel("Done: Buy paint").check();
  await page.getByText("1 of 3 parts done").waitFor();
  await page.getByRole("button", { name: "A part no longer: Measure the walls" }).click();
  await page.getByText("1 of 2 parts done").waitFor();

  const reader = await web.open(await board.as("viewer"));
  await reader.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);
  await reader.getByText("1 of 2 parts done").waitFor();
  expect(await reader.getByRole("button", { name: /part/u }).count()).toBe(0);
  for (const name of ["Parts", "Checklists"]) {
    expect(await reader.getByRole("region", { name }).locator("input:enabled").count()).toBe(0);
  }
  await part("Order the tiles").click();
  await page.getByRole("dialog", { name: "Task Order the tiles" }).waitFor();
  await part("Kitchen").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "A part no longer" }).click();
  await reader.getByText("1 of 1 part done").waitFor();
});

test("people are mentioned by typing, answer, react and correct themselves; who saves over another sees both texts", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Paint"] });
  const [boardId, taskId] = [board.id, board.task("Paint")];
  const member = await org.as("member");
  const { caller } = org.owner;
  const [page, other] = [await web.open(org.owner), await web.open(member)];
  for (const one of [page, other]) await one.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);

  const field = page.getByRole("textbox", { name: "Comment" });
  await field.pressSequentially(`Ask @${member.name.toLowerCase()}`);
  await page.getByRole("option", { name: member.name, exact: true }).waitFor();
  await expectAccessible(page);
  await field.press("Escape");
  await page.getByRole("listbox").waitFor({ state: "detached" });
  await field.fill("");
  await field.pressSequentially(`Ask @${member.name.toLowerCase()}`);
  await page.getByRole("option", { name: member.name, exact: true }).waitFor();
  await field.press("Enter");
  await field.pressSequentially("first");
  expect(await field.inputValue()).toBe(`Ask @${member.name} first`);
  await field.press("Control+Enter");
  await other.getByText(`Ask @${member.name} first`).waitFor();
  const { items } = await caller.comments.list({ boardId, taskId });
  expect(items[0]).toMatchObject({ text: `Ask <@${member.id}> first`, mentionIds: [member.id] });

  await other.getByRole("button", { name: `Answer ${org.owner.name}` }).click();
  await other.getByRole("textbox", { name: "Answer" }).fill("In blue");
  await other.getByRole("button", { name: "Answer", exact: true }).click();
  await page.getByText("In blue").waitFor();
  await page.getByLabel("Add a reaction").last().click();
  await page.getByRole("button", { name: "React with 🎉" }).last().click();
  await other.getByRole("button", { name: `🎉 1 reaction: ${org.owner.name}` }).click();
  const both = page.getByRole("button", { name: /^🎉 2 reactions/u });
  await both.click();
  await other.getByRole("button", { name: `🎉 1 reaction: ${member.name}`, pressed: true }).waitFor();
  await other.getByRole("button", { name: "Edit comment" }).click();
  await other.getByRole("textbox", { name: "Save" }).fill("In red");
  await other.getByRole("button", { name: "Save" }).click();
  await page.getByText("edited").waitFor();
  await expectAccessible(page);
  expect(await page.getByRole("button", { name: "Edit comment" }).count()).toBe(1);
  await page.getByRole("button", { name: "Delete comment" }).last().click();
  await other.getByText("In red").waitFor({ state: "detached" });

  const description = (of: typeof page) => of.getByRole("textbox", { name: "Description" });
  for (const one of [page, other]) await one.getByRole("button", { name: "Edit", exact: true }).first().click();
  await description(page).fill("In green");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("In green").waitFor();
  await description(other).pressSequentially(`For @${org.owner.name}`);
  await description(other).press("Enter");
  await other.getByRole("button", { name: "Preview" }).click();
  await other.getByText(`For @${org.owner.name}`).waitFor();
  await other.getByRole("button", { name: "Write" }).click();
  await other.getByRole("button", { name: "Save" }).click();
  await other.getByRole("alert").getByText("In green").waitFor();
  expect((await description(other).inputValue()).trim()).toBe(`For @${org.owner.name}`);
  await expectAccessible(other);
  await other.getByRole("button", { name: "Overwrite with mine" }).click();
  await page.getByText(`For @${org.owner.name}`).waitFor();
  expect((await caller.tasks.get({ boardId, taskId })).description).toContain(`<@${org.owner.id}>`);
});

test("a task recurs, is planned, watched and remembered, gets what is pasted, and is copied and moved to another board", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["Paint"] });
  const [boardId, taskId] = [board.id, board.task("Paint")];
  const { caller } = org.owner;
  const { projectId } = board;
  const there = await caller.boards.create({ orgId: org.id, projectId, name: "Garden", columns: [{ name: "Ideas" }] });
  await caller.plans.create({ orgId: org.id, projectId, kind: "sprint", name: "Spring" });
  const page = await web.open(org.owner);
  const reader = await web.open(await board.as("viewer"), { viewport: { width: 320, height: 640 } });
  for (const one of [page, reader]) await one.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);

  await page.getByRole("button", { name: "Let it recur" }).click();
  await page.getByLabel("Every how many weeks").fill("2");
  for (const day of ["Monday", "Thursday"]) await page.getByLabel(day).check();
  await page.getByLabel("Ends", { exact: true }).selectOption("After a number of times");
  await page.getByLabel("How many times").fill("5");
  await page.getByLabel("Time zone").selectOption("Europe/Berlin");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  for (const one of [page, reader]) await one.getByText("Every 2 weeks on Monday and Thursday, 5 times").waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await reader.getByText("It is paused.").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await reader.getByText("It is paused.").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Change when" }).click();
  await page.getByLabel("How often").selectOption("On the last day of a month");
  await page.getByLabel("Every how many months").fill("1");
  await page.getByRole("button", { name: "Save" }).click();
  await reader.getByText("On the last day of every month, 5 times").waitFor();
  const { items } = await caller.recurrences.list({ boardId, taskId });
  expect(items).toMatchObject([{ rule: "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=5", timeZone: "Europe/Berlin" }]);
  // As when its column is full by then.
  await world.db.execute(sql`update recurrence set problem = 'WIP_LIMIT_REACHED' where board_id = ${boardId}::uuid`);
  await reader.reload();
  await reader.getByText("The next one waits: This column is at its limit").waitFor();
  await page.getByRole("button", { name: "Recur no more" }).click();
  await reader.getByText("On the last day of every month").waitFor({ state: "detached" });

  await page.getByLabel("Sprint").selectOption("Spring");
  await page.getByLabel("What you hear of it").selectOption("All that happens");
  await page.getByText(`Watched by ${org.owner.name}`).waitFor();
  await page.getByText("Edit Reminders").click();
  await page.getByLabel("1 day before").click();
  await expect.poll(async () => (await caller.reminders.ofTask({ boardId, taskId })).leadMinutes).toEqual([1_440]);
  await expect.poll(() => reader.getByLabel("Sprint").locator("option:checked").textContent()).toBe("Spring");
  await page.evaluate(() => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File(["colours"], "palette.txt", { type: "text/plain" }));
    document.querySelector("dialog")?.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  });
  await reader.getByRole("link", { name: "palette.txt" }).waitFor();
  await expectAccessible(page);
  await expectAccessible(reader);
  const controls = /recur|Pause|Copy|Move|Paste/iu;
  expect(await reader.getByRole("dialog").getByRole("button", { name: controls }).count()).toBe(0);

  await page.getByRole("button", { name: "Copy or move" }).click();
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await page.getByText("Paint was copied.").waitFor();
  await page.getByLabel("To the board").selectOption("Garden");
  await page.getByRole("button", { name: "Move there" }).click();
  await page.waitForURL(`**/boards/${there.id}/tasks/${taskId}`);
  await page.getByRole("dialog", { name: "Task Paint" }).waitFor();
  expect((await caller.boards.get({ boardId })).tasks.map(({ title }) => title)).toEqual(["Paint"]);
});

test("a task's earlier texts come back, it is related to others, its time is kept; all of it live", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Paint", "Sand the door"] });
  const [boardId, taskId] = [board.id, board.task("Paint")];
  const { caller } = org.owner;
  for (const description of ["In **red**", "In blue"]) await caller.tasks.update({ boardId, taskId, description });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);
  await page.getByText("In blue").waitFor();
  await page.getByRole("button", { name: "Earlier texts" }).click();
  await page.getByRole("button", { name: "Restore this text" }).first().click();
  await expect.poll(async () => (await caller.tasks.get({ boardId, taskId })).description).toBe("In **red**");
  await expect.poll(() => page.locator("strong", { hasText: "red" }).count()).toBe(3);

  await page.getByRole("button", { name: "Add a relation" }).click();
  await page.getByLabel("What this task does").selectOption("Blocked by");
  await page.getByLabel("The other task").fill("sand");
  await expectAccessible(page);
  await page
    .getByRole("list", { name: "What was found" })
    .getByRole("button", { name: /Sand the door/u })
    .click();
  await page
    .getByRole("dialog")
    .getByRole("link", { name: /Sand the door/u })
    .waitFor();
  await caller.tasks.update({ boardId, taskId: board.task("Sand the door"), title: "Sand the window" });
  await page
    .getByRole("dialog")
    .getByRole("link", { name: /Sand the window/u })
    .waitFor();

  await page.getByRole("button", { name: "Start the timer" }).click();
  await page.getByText("The timer runs since").waitFor();
  await page.getByRole("button", { name: "Stop the timer" }).click();
  await page.getByRole("button", { name: "Add time" }).click();
  await page.getByLabel("Minutes, until now").fill("90");
  await page.getByLabel("What was done").fill("Two coats");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("1 hr 30 min in all").waitFor();
  expect((await caller.time.list({ orgId: org.id, taskId })).items.map(({ note }) => note)).toContain("Two coats");

  const reader = await web.open(await board.as("viewer"));
  await reader.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);
  await reader
    .getByRole("dialog")
    .getByRole("link", { name: /Sand the window/u })
    .waitFor();
  await reader.getByText("1 hr 30 min in all").waitFor();
  const controls = /Earlier texts|Restore|relation|Relate|timer|Add time/u;
  expect(await reader.getByRole("button", { name: controls }).count()).toBe(0);

  await page.getByRole("button", { name: "Relate no longer to Sand the window" }).click();
  await reader
    .getByRole("dialog")
    .getByRole("link", { name: /Sand the window/u })
    .waitFor({ state: "detached" });
});
