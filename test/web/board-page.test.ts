import { sql } from "drizzle-orm";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { attachFile, pieces } from "../setup/attachments.ts";
import { serverWire } from "../setup/proxy.ts";
import { expectAccessible, test } from "./chromium.ts";

const HOSTILE = `<img src=x onerror=alert(1)>"><script>alert(2)</script>`;
const HOSTILE_MARKDOWN = `${HOSTILE}\n\n[a link](javascript:alert(3)) ![p](https://elsewhere.test/p.png) <a href="javascript:alert(4)">x</a>`;

test("by the keyboard alone somebody signs up, makes a board, and makes, moves, changes and comments a card", async ({
  web,
  world,
}) => {
  const page = await web.open();
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const type = (text: string) => page.keyboard.insertText(text);
  await page.goto(web.url);
  await page.waitForURL(/\/sign-in/u);
  const signUp = page.getByRole("link", { name: "Create an account" });
  await signUp.waitFor();
  await expectAccessible(page);
  await signUp.press("Enter");
  await page.getByLabel("Your name").focus();
  await type("Ada");
  await press("Tab");
  await type("ada@example.test");
  await press("Tab");
  await type("four unusual words here");
  await press("Enter");
  await page.getByLabel("Name of the organisation").focus();
  await type("Workshop");
  await press("Enter");
  await page.getByRole("button", { name: "New board" }).press("Enter");
  await page.getByLabel("Name of the board").focus();
  await type("Plan");
  await press("Tab");
  await type("Website");
  await press("Tab");
  await type("WEB");
  await press("Enter");
  await page.getByRole("button", { name: "Add a card to To do" }).press("Enter");
  await type("Write it down");
  await press("Enter");
  await type("Read it again");
  await press("Enter", "Escape");
  const card = page.getByRole("link", { name: /Write it down/u });
  await card.focus();
  await press("ArrowDown");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("Read it again");
  await press("ArrowUp", "Alt+ArrowRight");
  const doing = page.getByRole("region", { name: /Doing/u });
  await doing.getByRole("link", { name: /Write it down/u }).waitFor();
  await page.getByText("Write it down: moved to Doing, place 1 of 1").waitFor({ state: "attached" });
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("Write it down");
  await press("Enter");
  const title = page.getByRole("textbox", { name: "Title" });
  await title.fill("Write it down twice");
  await press("Enter");
  await page.getByRole("textbox", { name: "Comment" }).fill("With **care**");
  await press("Control+Enter");
  await page.locator("strong", { hasText: "care" }).waitFor();
  await page
    .getByText(/commented/u)
    .first()
    .waitFor();
  await expectAccessible(page);
  await press("Escape");
  await doing.getByRole("link", { name: /Write it down twice/u }).waitFor();
  const rows = await world.db.execute(
    sql`select title, comment_count as comments from task where title like 'Write it%'`,
  );
  expect(rows).toMatchObject([{ title: "Write it down twice", comments: 1 }]);
});

/** What a page says to the worker that holds the socket of all tabs, from its next document on: frames, and dials. */
async function saidBy(page: Page): Promise<() => Promise<{ frames: string[]; dials: number }>> {
  await page.addInitScript(() => {
    const said: unknown[] = [];
    const { postMessage } = MessagePort.prototype;
    MessagePort.prototype.postMessage = function say(this: MessagePort, ...message: unknown[]) {
      said.push(message[0]);
      Reflect.apply(postMessage, this, message);
    };
    Object.assign(globalThis, { said });
  });
  return async () => {
    const said: unknown[] = await page.evaluate("said");
    const isDial = (message: unknown) => typeof message === "object" && message !== null && "lock" in message;
    return { frames: said.filter((message) => typeof message === "string"), dials: said.filter(isDial).length };
  };
}

test("what one moves with the mouse, another sees; who is there; and a filter leaves what it means", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First", "Second", "Third"] });
  const [one, other] = [await web.open(org.owner), await web.open(await org.as("member"))];
  const said = await saidBy(one);
  for (const page of [one, other]) await page.goto(`${web.url}/boards/${board.id}`);
  const doing = (page: Page) => page.getByRole("region", { name: /^Doing/u });
  await one.getByRole("link", { name: /Second/u }).dragTo(doing(one));
  await doing(other)
    .getByRole("link", { name: /Second/u })
    .waitFor();
  await other
    .getByRole("link", { name: /Third/u })
    .dragTo(doing(other).getByRole("link", { name: /Second/u }), { targetPosition: { x: 20, y: 3 } });
  await expect
    .poll(() => doing(one).getByRole("link").allTextContents())
    .toEqual([expect.stringContaining("Third"), expect.stringContaining("Second")]);
  const { columns, tasks } = await org.owner.caller.boards.get({ boardId: board.id });
  const inDoing = tasks
    .filter(({ columnId }) => columnId === columns[1]?.id)
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1));
  expect(inDoing.map(({ title }) => title)).toEqual(["Third", "Second"]);
  await expect.poll(() => one.getByRole("list", { name: "Here now" }).getByRole("listitem").count()).toBe(2);
  // The board that was opened before there was anything to show it is the one that is shown.
  expect((await said()).frames.join(" ").match(/"path":"boards.live"/gu)).toHaveLength(1);

  await one.getByLabel("Filter").fill("column:Doing second");
  await one.getByText("1 of 3 cards").waitFor();
  await expect.poll(() => one.locator("main").getByRole("link").count()).toBe(1);
  await one.getByLabel("Filter").fill("colour:red");
  await one.getByText(/There is no field "colour"/u).waitFor();
  await one.getByRole("button", { name: "Clear the filter" }).click();
  await expect.poll(() => one.locator("main").getByRole("link").count()).toBe(3);
});

test("what was changed without a connection is kept across a reload, and goes out when there is one", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["Kept"] });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.route(/applyChanges/u, (route) => route.abort());
  await page.getByRole("button", { name: "Add a card to Todo" }).waitFor();
  await page.getByRole("link", { name: /Kept/u }).press("Alt+ArrowRight");
  const doing = page.getByRole("region", { name: /^Doing/u });
  await doing.getByRole("link", { name: /Kept/u }).waitFor();
  const at = async () => (await org.owner.caller.boards.get({ boardId: board.id })).tasks[0]?.columnId;
  expect(await at()).toBe(board.column("Todo"));
  await page.reload();
  await doing.getByRole("link", { name: /Kept/u }).waitFor();
  expect(await at()).toBe(board.column("Todo"));
  await page.unroute(/applyChanges/u);
  await expect.poll(at).toBe(board.column("Doing"));
});

test("without a network one goes on, is told so, and meets what others did meanwhile once there is one", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["Mine", "Theirs", "Both"] });
  const [page, other] = [await web.open(org.owner), await web.open(await org.as("member"))];
  const preloaded = page.waitForResponse(/task-details/u);
  const said = await saidBy(page);
  // The worker of the tabs is not in the page, whose network the browser takes away.
  const { wire, url } = await serverWire(web.url);
  await page.goto(`${url}/boards/${board.id}`);
  await other.goto(`${web.url}/boards/${board.id}`);
  await preloaded;
  const column = (of: Page, name: string) => of.getByRole("region", { name: new RegExp(`^${name}`, "u") });
  const card = (of: Page, title: string) => of.locator("main").getByRole("link", { name: title });
  for (const one of [page, other]) await one.locator("[data-status=live]").waitFor({ state: "attached" });

  wire.set("refused");
  wire.cut();
  await page.context().setOffline(true);
  await page.getByText(/^Offline/u).waitFor();
  await card(page, "Mine").press("Alt+ArrowRight");
  await column(page, "Doing").getByRole("link", { name: "Mine" }).waitFor();
  await card(page, "Both").press("Enter");
  await page.getByRole("textbox", { name: "Title" }).fill("Both, renamed");
  await page.getByRole("textbox", { name: "Title" }).press("Enter");
  await page.getByRole("heading", { name: "Description" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("2 changes wait", { exact: false }).waitFor();
  await card(other, "Theirs").press("Alt+ArrowRight");
  await card(other, "Both").press("Alt+ArrowRight");
  await expect.poll(() => column(other, "Doing").getByRole("link").count()).toBe(2);
  expect(await column(page, "Doing").getByRole("link").count()).toBe(1);

  wire.set("open");
  await page.context().setOffline(false);
  await page.locator("[data-status=live]").waitFor({ state: "attached" });
  const titles = (of: Page) => column(of, "Doing").getByRole("link").allTextContents();
  await expect.poll(() => titles(page)).toHaveLength(3);
  await expect.poll(() => titles(other)).toEqual(await titles(page));
  await column(other, "Doing").getByRole("link", { name: "Both, renamed" }).waitFor();
  const { tasks } = await org.owner.caller.boards.get({ boardId: board.id });
  expect(tasks.every(({ columnId }) => columnId === board.column("Doing"))).toBe(true);
  // A browser that says so is believed at once, and wrong now and then.
  const { dials } = await said();
  await page.evaluate(() => dispatchEvent(new Event("offline")));
  await expect.poll(async () => (await said()).dials).toBeGreaterThan(dials);
  await page.locator("[data-status=live]").waitFor({ state: "attached" });
  await wire.close();
});

test("what one did is taken back and made again, unless somebody has changed the same since", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["One", "Two"] });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${board.id}`);
  const doing = page.getByRole("region", { name: /^Doing/u }).getByRole("link");
  const card = (title: string) => page.locator("main").getByRole("link", { name: title });
  const undo = () => page.keyboard.press("Control+z");
  await card("One").press("Alt+ArrowRight");
  await card("Two").press("Alt+ArrowRight");
  await expect.poll(() => doing.count()).toBe(2);
  await undo();
  await undo();
  await expect.poll(() => doing.count()).toBe(0);
  await undo();
  await page.getByText("There is nothing more to take back").waitFor();
  await page.getByRole("button", { name: "Redo" }).click();
  await expect.poll(() => doing.allTextContents()).toEqual([expect.stringContaining("One")]);
  await undo();
  await expect.poll(() => doing.count()).toBe(0);
  await page.keyboard.press("Control+Shift+Z");
  await page.keyboard.press("Control+Y");
  await expect.poll(() => doing.count()).toBe(2);
  const member = await org.as("member");
  await member.caller.tasks.move({ boardId: board.id, taskId: board.task("Two"), columnId: board.column("Todo") });
  await expect.poll(() => doing.count()).toBe(1);
  await page.getByRole("button", { name: "Undo" }).click();
  await page
    .getByRole("status")
    .getByText(/changed/u)
    .waitFor();
  await expect.poll(() => doing.count()).toBe(1);
  await expectAccessible(page);
});

test("whose share ends, or whose session does, has nothing of the board left to read", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Secret plans"] });
  const [viewer, manager] = [await board.as("viewer"), await board.as("manager")];
  const pages = [await web.open(viewer), await web.open(manager)] as const;
  for (const page of pages) {
    await page.goto(`${web.url}/boards/${board.id}`);
    await page.getByRole("link", { name: /Secret plans/u }).waitFor();
  }
  // Who may only read is shown nothing that they may not do.
  const [ofViewer, ofManager] = pages;
  expect(await ofViewer.getByRole("button", { name: /Add/u }).count()).toBe(0);
  await ofManager
    .getByRole("button", { name: /Add a card/u })
    .first()
    .waitFor();
  await ofViewer.getByRole("link", { name: /Secret plans/u }).click();
  await ofViewer.getByText("No description.").waitFor();
  expect(await ofViewer.getByRole("button", { name: /Edit|Delete|Archive|Comment/u }).count()).toBe(0);
  // What they hear of it is theirs to say.
  expect(await ofViewer.locator(`dialog select:enabled:not(:has([value="muted"]))`).count()).toBe(0);

  await org.owner.caller.boards.unshare({ boardId: board.id, userId: viewer.id });
  await ofViewer.getByRole("heading", { name: /closed to you|nothing here/u }).waitFor();
  expect(await ofViewer.content()).not.toContain("Secret plans");
  await manager.caller.sessions.revokeOthers();
  await ofManager.waitForURL(/\/sign-in\?to=/u);
  expect(await ofManager.content()).not.toContain("Secret plans");
});

test("as a list a board is ordered, and many of its tasks are changed at once", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["Apple", "Cherry", "Banana"] });
  const boardId = board.id;
  const { caller } = org.owner;
  await caller.tasks.update({ boardId, taskId: board.task("Apple"), dueOn: "2030-01-05", timeZone: "UTC" });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${boardId}`);
  await page.getByRole("link", { name: "List" }).click();
  const titles = () => page.getByRole("table").getByRole("link").allTextContents();
  await expect.poll(titles).toHaveLength(3);
  const byTitle = page.getByRole("button", { name: "Title" });
  await byTitle.click();
  await expect.poll(titles).toEqual(["Apple", "Banana", "Cherry"]);
  await byTitle.click();
  await expect.poll(titles).toEqual(["Cherry", "Banana", "Apple"]);
  expect(await page.getByRole("columnheader", { name: "Title" }).getAttribute("aria-sort")).toBe("descending");
  await page.getByRole("button", { name: "Due" }).click();
  await expect.poll(async () => (await titles())[0]).toBe("Apple");

  for (const title of ["Apple", "Banana"]) await page.getByLabel(`Select ${title}`).check();
  await expectAccessible(page);
  await page.getByLabel("Set priority…").selectOption("High");
  await page.getByLabel("Move to…").selectOption("Doing");
  await page.getByRole("row", { name: /Banana Doing High/u }).waitFor();
  await expect
    .poll(async () => {
      const { tasks } = await caller.boards.get({ boardId });
      return tasks.filter((card) => card.columnId === board.column("Doing") && card.priority === "high").length;
    })
    .toBe(2);
  // A task opens over the list, which is there again after it, and after a reload.
  await page.getByRole("link", { name: "Cherry" }).click();
  await page.getByRole("dialog", { name: "Task Cherry" }).waitFor();
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByLabel("Select all").check();
  await page.getByRole("toolbar", { name: "3 tasks selected" }).waitFor();
  await page.getByRole("button", { name: "Archive them" }).click();
  await page.getByText("No cards").waitFor();

  const reader = await web.open(await board.as("viewer"), { viewport: { width: 320, height: 640 } });
  await caller.tasks.restore({ boardId, taskId: board.task("Apple") });
  await reader.goto(`${web.url}/boards/${boardId}?view=list`);
  await reader.getByRole("link", { name: "Apple" }).waitFor();
  expect(await reader.getByRole("checkbox").count()).toBe(0);
  await expectAccessible(reader);
});

test("the inbox says at once what came, and the palette finds a task from anywhere", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Prepare the invoice", "Something else"] });
  const member = await org.as("member");
  const page = await web.open(member);
  await page.goto(web.url);
  await page.getByRole("link", { name: "Inbox: 0 unread notifications" }).waitFor();
  const taskId = board.task("Prepare the invoice");
  await org.owner.caller.tasks.update({ boardId: board.id, taskId, assigneeIds: [member.id] });
  await world.services.logReader.catchUp();
  await page.getByRole("link", { name: "Inbox: 1 unread notification" }).click();
  await page.getByText("1 task was assigned to you").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Mark all as read" }).click();
  await page.getByText("Nothing is unread.").waitFor();
  await page.getByRole("link", { name: "Inbox: 0 unread notifications" }).waitFor();

  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search tasks" }).fill("invoi");
  await page.getByRole("option", { name: /Prepare the invoice/u }).waitFor();
  await expectAccessible(page);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Task Prepare the invoice" }).waitFor();
});

test("who signs in after somebody else, in the same tab or another, finds nothing of theirs", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Secret plans"] });
  const page = await web.open(org.owner);
  const beside = await page.context().newPage();
  await beside.goto(`${web.url}/boards/${board.id}`);
  await beside.getByRole("link", { name: /Secret plans/u }).waitFor();
  await page.goto(`${web.url}/boards/${board.id}`);
  await page.getByRole("button", { name: "Sign out" }).click();
  await beside.waitForURL(/\/sign-in\?to=/u);
  expect(await beside.content()).not.toContain("Secret plans");
  const other = await world.person();
  await page.getByLabel("E-mail address").fill(other.email);
  await page.getByLabel("Password").fill(other.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Welcome to Trestle" }).waitFor();
  await beside.getByRole("heading", { name: "Sign in" }).waitFor();
  await beside.goto(`${web.url}/boards/${board.id}`);
  await beside.getByRole("heading", { name: "There is nothing here" }).waitFor();
  expect(await beside.content()).not.toContain("Secret plans");
});

test("hostile text on every part of a board and a task is text, and leads nowhere", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: [HOSTILE], tasks: [HOSTILE] });
  const { caller } = org.owner;
  const [boardId, taskId] = [board.id, board.task(HOSTILE)];
  const label = await caller.labels.create({ boardId, name: HOSTILE.slice(0, 100), color: "red" });
  await caller.boards.update({ boardId, name: HOSTILE });
  await caller.tasks.update({ boardId, taskId, description: HOSTILE_MARKDOWN, labelIds: [label.id] });
  await caller.comments.create({ boardId, taskId, text: HOSTILE_MARKDOWN });
  const { id: checklistId } = await caller.checklists.create({ boardId, taskId, name: HOSTILE });
  await caller.checkItems.create({ boardId, taskId, checklistId, text: HOSTILE });
  await attachFile(world, org.owner, {
    at: { boardId, taskId },
    body: pieces("File"),
    name: `${HOSTILE.replaceAll("/", "_")}.html`,
  });
  const page = await web.open(org.owner);
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(web.url)) elsewhere.push(request.url());
  });
  await page.goto(`${web.url}/boards/${boardId}/tasks/${taskId}`);
  await page.getByRole("heading", { name: "Activity" }).waitFor();
  await page.getByText("a link").first().waitFor();
  const links = await page
    .locator("dialog .prose-text a")
    .evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  expect(links.filter((href) => href !== "" && !href.startsWith("https://elsewhere.test/"))).toEqual([]);
  expect(await page.locator("dialog :is(img, script, iframe)").count()).toBe(0);
  expect(elsewhere).toEqual([]);
});

test("hostile names are text on every other screen, too", async ({ web, world }) => {
  const org = await world.org();
  const { caller } = org.owner;
  const orgId = org.id;
  const name = HOSTILE.slice(0, 50);
  await caller.account.rename({ name });
  await caller.orgs.update({ orgId, name });
  const { id: projectId } = await caller.projects.create({ orgId, name, key: "XSS" });
  const board = await org.board({ columns: [name], tasks: [HOSTILE] });
  const [boardId, taskId] = [board.id, board.task(HOSTILE)];
  await caller.boards.update({ boardId, name });
  await caller.tasks.update({ boardId, taskId, assigneeIds: [org.owner.id] });
  await caller.plans.create({ orgId, projectId, kind: "milestone", name });
  await caller.roles.create({ orgId, name, base: "guest", actions: ["org:read"] });
  await caller.serviceAccounts.create({ orgId, name, role: "guest" });
  await caller.views.create({ orgId, boardId, name });
  const page = await web.open(org.owner);
  const at = (screen: string) => `/organisations/${orgId}/${screen}`;
  for (const place of [
    "/",
    "/my-work",
    "/inbox",
    "/account",
    ...["members", "roles", "projects", "rules", "services", "audit", "settings", "transfer"].map(at),
    ...["", "?view=list", "?view=calendar", "?view=timeline", "/settings", "/reports"].map(
      (rest) => `/boards/${boardId}${rest}`,
    ),
  ]) {
    await page.goto(`${web.url}${place}`);
    await page.locator("main").waitFor();
    await expect.poll(() => page.locator("body").textContent()).toContain("<img");
    expect(await page.locator("img, iframe, script:not([src])").count()).toBe(0);
  }
});

test("nobody is kept out: at home, on a board and in a task, light and dark, and on a phone", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First", "Second"] });
  const { caller } = org.owner;
  const boardId = board.id;
  const label = await caller.labels.create({ boardId, name: "Bug", color: "red" });
  await caller.columns.update({ boardId, columnId: board.column("Todo"), wipLimit: 2 });
  const dates = { dueOn: "2026-01-05", timeZone: "UTC" };
  await caller.tasks.update({
    boardId,
    taskId: board.task("First"),
    labelIds: [label.id],
    priority: "urgent",
    ...dates,
  });
  for (const options of [
    { colorScheme: "light" },
    { colorScheme: "dark", viewport: { width: 320, height: 640 } },
  ] as const) {
    const page = await web.open(org.owner, options);
    await page.goto(web.url);
    await page.getByRole("link", { name: /Board/u }).waitFor();
    await expectAccessible(page);
    await page.goto(`${web.url}/boards/${boardId}`);
    await page.getByRole("link", { name: /First/u }).waitFor();
    await expectAccessible(page);
    await page.getByRole("link", { name: /First/u }).click();
    await page.getByRole("heading", { name: "Activity" }).waitFor();
    await expectAccessible(page);
    const tooWide = await page.evaluate(() =>
      document.documentElement.scrollWidth > innerWidth
        ? [...document.querySelectorAll("*")]
            .filter((e) => e.getBoundingClientRect().right > innerWidth)
            .map((e) => e.outerHTML.slice(0, 120))
        : [],
    );
    expect(tooWide).toEqual([]);
  }
});

test("of 10,000 cards those are in the page that can be seen, to the last", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo", "Doing"], tasks: ["First"] });
  await world.db.execute(sql`
    insert into task (id, org_id, project_id, board_id, column_id, number, rank, title, description, priority,
      assignee_names, state, version, created_by, created_at, updated_at)
    select gen_random_uuid(), org_id, project_id, board_id, column_id, 1 + n, 'g' || lpad(n::text, 7, '0'), 'Card ' || n,
      '', 'none', '{}', 'open', version, created_by, created_at, updated_at
    from task cross join generate_series(1, 9999) n where board_id = ${board.id}::uuid`);
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/boards/${board.id}`);
  const todo = page.getByRole("region", { name: /Todo/u });
  await todo.getByText("10000", { exact: true }).waitFor();
  expect(await todo.getByRole("link").count()).toBeLessThan(60);
  await todo.getByRole("button", { name: "Add a card to Todo" }).waitFor();
  await todo.getByRole("link", { name: /First/u }).press("Alt+ArrowRight");
  await todo.getByText("9999", { exact: true }).waitFor();
  await todo.locator(".overflow-y-auto").evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await todo.getByRole("link", { name: /Card 9999/u }).waitFor();
  expect(await todo.getByRole("link").count()).toBeLessThan(60);
});
