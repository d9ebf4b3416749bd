import type { Page } from "playwright-core";
import { expect } from "vitest";
import { expectAccessible, test } from "./chromium.ts";

// Files of a task, as one chooses, drops and pastes them.

/** Drops or pastes a text as a file. */
async function give(page: Page, how: "drop" | "paste", name: string): Promise<void> {
  await page.evaluate(
    ([type, fileName]) => {
      const data = new DataTransfer();
      data.items.add(new File(["of a few words"], fileName, { type: "text/plain" }));
      const [field] = document.querySelectorAll('label:has(input[type="file"])');
      const about = { bubbles: true, cancelable: true };
      if (type === "drop") field?.dispatchEvent(new DragEvent("drop", { ...about, dataTransfer: data }));
      else document.dispatchEvent(new ClipboardEvent("paste", { ...about, clipboardData: data }));
    },
    [how, name] as const,
  );
}

test("files are chosen, dropped and pasted; one sees how far they are, and may stop them", async ({ web, world }) => {
  const org = await world.org();
  const board = await org.board({ columns: ["Todo"], tasks: ["Has files"] });
  const at = { boardId: board.id, taskId: board.task("Has files") };
  const [page, other] = [await web.open(org.owner), await web.open(await org.as("member"))];
  for (const one of [page, other]) await one.goto(`${web.url}/boards/${at.boardId}/tasks/${at.taskId}`);
  const files = page.locator('input[type="file"]');
  await files.setInputFiles({ name: "chosen.txt", mimeType: "text/plain", buffer: Buffer.from("words") });
  await other.getByRole("link", { name: "chosen.txt" }).waitFor();
  for (const how of ["drop", "paste"] as const) {
    await give(page, how, `by-${how}.txt`);
    await other.getByRole("link", { name: `by-${how}.txt` }).waitFor();
  }

  const devtools = await page.context().newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 500_000 };
  await devtools.send("Network.emulateNetworkConditions", slow);
  await files.setInputFiles({
    name: "big.bin",
    mimeType: "application/octet-stream",
    buffer: Buffer.alloc(8_000_000, 7),
  });
  const progress = page.getByRole("progressbar", { name: "big.bin" });
  await expect.poll(() => progress.evaluate((bar) => Number(bar.getAttribute("value")))).toBeGreaterThan(0);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Do not send big.bin" }).click();
  await progress.waitFor({ state: "detached" });
  expect(await page.getByText("was not sent").count()).toBe(0);
  const { items } = await org.owner.caller.attachments.list(at);
  expect(items.map(({ name }) => name).toSorted()).toEqual(["by-drop.txt", "by-paste.txt", "chosen.txt"]);
});
