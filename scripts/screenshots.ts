/** `npm run screenshots`: pictures of the page into docs/images, for the README. `--help` tells more. */
import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { createTrestle, type Trestle } from "../client/index.ts";
import { foundBrowser } from "./browser.ts";
import { explain, openServer } from "./own-server.ts";

const HELP = `Usage: npm run screenshots

Builds the page, furnishes a board on a server of its own, and keeps pictures of it in docs/images: light, dark and on a
phone. Takes half a minute, and needs Chromium or Chrome.
`;
const ROOT = join(import.meta.dirname, "..");
const IMAGES = join(ROOT, "docs/images");
const ACCOUNT = { name: "Demo Owner", email: "owner@demo.test", password: "four unusual words here" };
const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: "light", viewport: { width: 1280, height: 760 } },
  dark: { colorScheme: "dark", viewport: { width: 1280, height: 760 } },
  phone: { colorScheme: "light", viewport: { width: 390, height: 760 }, isMobile: true, hasTouch: true },
};
const COLUMNS = [
  {
    name: "To do",
    stateGroup: "unstarted",
    tasks: ["Choose the typeface", "Write the page about prices", "Ask three customers"],
  },
  { name: "Doing", stateGroup: "started", tasks: ["Draw the pictures", "Move the shop to the new address"] },
  { name: "Review", stateGroup: "started", tasks: ["Read the imprint again"] },
  { name: "Done", stateGroup: "completed", tasks: ["Buy the domain", "Sketch the first page"] },
] as const;

/** When tasks begin and are due, for the calendar and the timeline. */
const DAYS = {
  "Draw the pictures": { startOn: "2030-02-19", dueOn: "2030-03-01" },
  "Choose the typeface": { dueOn: "2030-02-12" },
  "Write the page about prices": { startOn: "2030-02-13", dueOn: "2030-02-20" },
  "Move the shop to the new address": { startOn: "2030-02-04", dueOn: "2030-02-08" },
  "Read the imprint again": { dueOn: "2030-02-20" },
} as const;
/** Around which of them it is. */
const TODAY = new Date("2030-02-14T10:00:00.000Z");

interface Furnished {
  readonly boardId: string;
  readonly taskId: string;
}

async function furnish(trestle: Trestle): Promise<Furnished> {
  await trestle.auth.signUp.mutate(ACCOUNT);
  const { user } = await trestle.auth.me.query();
  const { id: orgId } = await trestle.orgs.create.mutate({ name: "Workshop" });
  const { id: projectId } = await trestle.projects.create.mutate({ orgId, name: "Website", key: "WEB" });
  const columns = COLUMNS.map(({ name, stateGroup }) => ({ name, stateGroup }));
  const { id: boardId } = await trestle.boards.create.mutate({ orgId, projectId, name: "Website launch", columns });
  const made = await trestle.boards.get.query({ boardId });
  const label = (name: string, color: "purple" | "green") => trestle.labels.create.mutate({ boardId, name, color });
  const [design, text] = [await label("Design", "purple"), await label("Text", "green")];
  let taskId = "";
  for (const [place, { tasks }] of COLUMNS.entries()) {
    const columnId = made.columns[place]?.id ?? "";
    for (const [index, title] of tasks.entries()) {
      const labelIds = [index % 2 === 0 ? design.id : text.id];
      const task = await trestle.tasks.create.mutate({ boardId, columnId, title, labelIds });
      if (title === "Draw the pictures") taskId = task.id;
    }
  }
  const details = {
    priority: "high",
    ...DAYS["Draw the pictures"],
    timeZone: "UTC",
    estimate: 3,
  } as const;
  const description = "Three of them, as **vectors**:\n\n- the front page\n- prices\n- who we are";
  await trestle.tasks.update.mutate({
    boardId,
    taskId,
    coverColor: "sky",
    description,
    assigneeIds: [user.id],
    ...details,
  });
  for (const { id, title } of (await trestle.boards.get.query({ boardId })).tasks) {
    const days = Object.entries(DAYS).find(([name]) => name === title)?.[1];
    if (days && id !== taskId) await trestle.tasks.update.mutate({ boardId, taskId: id, timeZone: "UTC", ...days });
  }
  const { id: checklistId } = await trestle.checklists.create.mutate({ boardId, taskId, name: "Steps" });
  for (const item of ["Sketch", "Colours", "Export"]) {
    const { id: itemId } = await trestle.checkItems.create.mutate({ boardId, taskId, checklistId, text: item });
    if (item === "Sketch") await trestle.checkItems.update.mutate({ boardId, taskId, itemId, state: "done" });
  }
  await trestle.comments.create.mutate({
    boardId,
    taskId,
    text: "The first sketch is good. Could the second be *warmer*?",
  });
  return { boardId, taskId };
}

async function shoot(page: Page, url: string, { boardId, taskId }: Furnished, look: string): Promise<void> {
  const keep = (name: string) => page.screenshot({ path: join(IMAGES, `${name}-${look}.png`) });
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("E-mail address").fill(ACCOUNT.email);
  await page.getByLabel("Password").fill(ACCOUNT.password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((at) => at.pathname === "/");
  await page.goto(`${url}/boards/${boardId}`);
  await page.getByRole("link", { name: /Draw the pictures/u }).waitFor();
  await page.getByRole("list", { name: "Here now" }).getByRole("listitem").first().waitFor();
  await keep("board");
  await page.clock.setFixedTime(TODAY);
  for (const view of ["calendar", "timeline"]) {
    await page.goto(`${url}/boards/${boardId}?view=${view}`);
    await page
      .getByRole("link", { name: /Draw the pictures/u })
      .first()
      .waitFor();
    await keep(view);
  }
  await page.goto(`${url}/boards/${boardId}/tasks/${taskId}`);
  await page.getByText("vectors").waitFor();
  await page.getByText("Colours", { exact: true }).waitFor();
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await keep("task");
}

async function main(): Promise<void> {
  execFileSync(process.execPath, [join(ROOT, "scripts/build-web.ts"), "--if-changed"], { stdio: "inherit" });
  await mkdir(IMAGES, { recursive: true });
  const server = await openServer(console.log);
  const trestle = createTrestle({ url: server.url });
  try {
    const furnished = await furnish(trestle);
    const browser = await chromium.launch({ executablePath: foundBrowser(), args: ["--no-sandbox"] });
    try {
      for (const [look, options] of Object.entries(LOOKS)) {
        const context = await browser.newContext({ ...options, locale: "en-GB", timezoneId: "UTC" });
        await shoot(await context.newPage(), server.url, furnished, look);
      }
    } finally {
      await browser.close();
    }
  } finally {
    await trestle.close();
    await server.close();
  }
  console.log("The pictures are in docs/images.");
}

try {
  const { values } = parseArgs({ options: { help: { type: "boolean", short: "h", default: false } } });
  if (values.help) console.log(HELP);
  else await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
