import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { z } from "zod";
import { archiveExportWorker } from "../../server/domains/work/archives/export-archive.ts";
import { archiveImportWorker } from "../../server/domains/work/archives/import-archive.ts";
import { importWorker } from "../../server/domains/work/imports/import-operation.ts";
import { smallExport } from "../setup/trello.ts";
import type { World } from "../setup/world.ts";
import { expectAccessible, test } from "./chromium.ts";

const REAL = join(import.meta.dirname, "../../../shared/data/trello-software-team.json");

let isWorking = false;

/** What is begun on the page is done by jobs. */
async function doJobs({ services }: World): Promise<void> {
  if (isWorking) return;
  isWorking = true;
  await services.jobs.start([importWorker(services), archiveExportWorker(services), archiveImportWorker(services)]);
}

function choose(page: Page, name: string, text: string | Uint8Array) {
  const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
  return page.getByLabel("File", { exact: true }).setInputFiles(file);
}

test("a Trello board comes in with every open card in its column, and what came of it is told", async ({
  web,
  world,
}) => {
  await doJobs(world);
  const org = await world.org();
  await org.project();
  const file = existsSync(REAL) ? readFileSync(REAL, "utf8") : JSON.stringify(smallExport());
  const Listed = z.object({ id: z.string(), name: z.string(), closed: z.boolean().default(false) });
  const Exported = z.object({ lists: z.array(Listed), cards: z.array(Listed.extend({ idList: z.string() })) });
  const { lists, cards } = Exported.parse(JSON.parse(file));
  const page = await web.open(org.owner);
  await page.goto(web.url);
  await page.getByRole("link", { name: "Organisation", exact: true }).click();
  await page.getByRole("link", { name: "Import and export" }).click();
  await page.getByRole("heading", { name: /^Import and export/u }).waitFor();
  await expectAccessible(page);
  await choose(page, "board.json", "no JSON at all");
  await page.getByRole("button", { name: "Send the file" }).click();
  await page.getByText(/JSON/u).last().waitFor();
  await choose(page, "board.json", file);
  await page.getByRole("button", { name: "Send the file" }).click();
  await page.getByText(`${String(cards.length)} tasks made`).waitFor();
  await expectAccessible(page);
  await page.reload();
  await page.getByText(`${String(cards.length)} tasks made`).waitFor();
  await page.getByRole("link", { name: "To the board" }).first().click();
  await page.setViewportSize({ width: 8_000, height: 8_000 });
  for (const { id, name } of lists.filter(({ closed }) => !closed)) {
    const open = cards.filter(({ idList, closed }) => idList === id && !closed).map((card) => card.name);
    const column = page.locator("section", { has: page.getByRole("heading", { name, exact: false }) }).first();
    await expect.poll(async () => (await column.getByRole("link").allTextContents()).length).toBe(open.length);
    const shown = (await column.getByRole("link").allTextContents()).join("\n");
    for (const title of open) expect(shown).toContain(title.replaceAll(/\s+/gu, " ").trim().slice(0, 40));
  }
});

test("a table is looked at first, its columns are chosen, and each row that was refused says why", async ({
  web,
  world,
}) => {
  await doJobs(world);
  const org = await world.org();
  await org.project();
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/organisations/${org.id}/transfer`);
  await page.getByLabel("What the file is").selectOption("csv");
  await choose(page, "Tasks.csv", "Name,When,State\nOne,2030-01-01,Todo\nTwo,never,Todo\nThree,,Done\n");
  await page.getByRole("button", { name: "Send the file" }).click();
  await page.getByText("3 rows", { exact: true }).waitFor();
  await page.reload();
  await page.getByLabel("When", { exact: true }).selectOption("due");
  await page.getByLabel("State", { exact: true }).selectOption("column");
  await page.getByText("This is no date.").first().waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Import the rows" }).click();
  await page.getByText("2 tasks made").waitFor();
  await page.getByText(/^Row 2:/u).waitFor();
  const table = page.waitForEvent("download");
  await page.getByRole("link", { name: /to be corrected/u }).click();
  expect((await table).suggestedFilename()).toMatch(/csv$/u);
  await expectAccessible(page);
});

test("a board goes out as a file and comes in again, a guest is shown nothing of it", async ({ web, world }) => {
  await doJobs(world);
  const org = await world.org();
  await org.board({ columns: ["Todo"], tasks: ["Packed"] });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  await page.goto(`${web.url}/organisations/${org.id}/transfer`);
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const download = page.waitForEvent("download");
  await expectAccessible(page);
  await page.getByRole("link", { name: "Download the archive" }).click();
  const path = await (await download).path();
  await page.getByLabel("What the file is").selectOption("archive");
  await choose(page, "a.zip", readFileSync(path));
  await page.getByRole("button", { name: "Send the file" }).click();
  await page.getByRole("link", { name: "To the board" }).click();
  await page.getByRole("link", { name: /Packed/u }).waitFor();
  const { items } = await org.owner.caller.boards.list({ orgId: org.id });
  expect(items).toHaveLength(2);
  const guest = await web.open(await org.as("guest"));
  await guest.goto(`${web.url}/organisations/${org.id}/transfer`);
  await guest.getByRole("heading", { name: "There is nothing here" }).waitFor();
});
