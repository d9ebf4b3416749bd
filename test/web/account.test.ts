import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import { Secret, TOTP } from "otpauth";
import { expect } from "vitest";
import { nameWorker } from "../../server/domains/home/account-name.ts";
import { KEY_ACTIONS } from "../../server/policy.ts";
import { PRESETS } from "../../web/src/account/key-actions.ts";
import { expectAccessible, test } from "./chromium.ts";

test("from the account one signs out elsewhere and changes the password, once it is certain who asks", async ({
  web,
  world,
}) => {
  const person = await world.person();
  const other = await world.services.sessions.create(person.id, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0");
  const page = await web.open(person);
  await page.goto(web.url);
  await page.getByRole("link", { name: /Account/u }).click();
  await page.getByText("This browser").waitFor();
  await expectAccessible(page);
  world.clock.advance(11 * 60_000);
  await page.getByRole("button", { name: /Sign out Firefox/u }).click();
  const proof = page.getByRole("dialog", { name: "Is it still you?" });
  await proof.getByLabel("Password").fill("not the password");
  await proof.getByRole("button", { name: "Go on" }).click();
  await proof.getByText("That is not your password.").waitFor();
  await expectAccessible(page);
  expect(await world.services.sessions.find(other.token)).toBeDefined();
  await proof.getByLabel("Password").fill(person.password);
  await proof.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: /Sign out Firefox/u }).waitFor({ state: "detached" });
  expect(await world.services.sessions.find(other.token)).toBeUndefined();

  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByLabel("New password").fill("five other unusual words");
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.getByText("Your password is changed.").waitFor();
  await page.reload();
  await page.getByText("This browser").waitFor();
});

test("whoever changes their name is called so on the screens of others, too", async ({ web, world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const board = await org.board({ columns: ["Todo"], tasks: ["Theirs"] });
  await org.owner.caller.tasks.update({
    boardId: board.id,
    taskId: board.task("Theirs"),
    assigneeIds: [member.id],
  });
  await world.services.jobs.start([nameWorker(world.services)]);
  const [own, seen] = [await web.open(member), await web.open(org.owner)];
  await seen.goto(`${web.url}/boards/${board.id}`);
  await seen.getByText("Theirs").waitFor();
  await own.goto(`${web.url}/account`);
  await own.getByLabel("Your name").fill("   ");
  await own.getByRole("region", { name: "Name" }).getByRole("button", { name: "Save" }).click();
  await own.getByLabel("Your name").and(own.locator("[aria-invalid=true]")).waitFor();
  await own.getByLabel("Your name").fill("Called Otherwise");
  await own.getByRole("region", { name: "Name" }).getByRole("button", { name: "Save" }).click();
  await own.getByText("Saved.").waitFor();
  await own.getByRole("main").getByText("Called Otherwise").waitFor();
  await expect.poll(() => seen.getByText("Called Otherwise").count()).toBeGreaterThan(0);
});

test("a key may whatever keys may", () => {
  expect(PRESETS.all.toSorted()).toEqual(KEY_ACTIONS.toSorted());
});

test("an app that shows codes becomes a second step, with recovery codes, and goes again", async ({ web, world }) => {
  const person = await world.person();
  const page = await web.open(person, { viewport: { width: 320, height: 700 } });
  await page.goto(`${web.url}/account`);
  await page.getByRole("button", { name: "Set up an app" }).click();
  await page.getByRole("img", { name: "The secret as a QR code" }).waitFor();
  await expectAccessible(page);
  const secret = (await page.locator("code").textContent()) ?? "";
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  await page.getByLabel("Code of the app").fill("000000");
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText(/code/iu).last().waitFor();
  await page.getByLabel("Code of the app").fill(totp.generate({ timestamp: world.clock.now().getTime() }));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByText("It is set up.").waitFor();
  await expect.poll(async () => (await page.locator("code").textContent())?.split("\n").length).toBe(10);
  await page.getByText("10 codes are left.").waitFor();
  await expectAccessible(page);
  expect((await person.caller.factors.get()).authenticator).not.toBeNull();
  await page.getByRole("button", { name: "Remove the app" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove the app" }).click();
  await page.getByRole("button", { name: "Set up an app" }).waitFor();
  expect((await person.caller.factors.get()).authenticator).toBeNull();
});

test("a program gets a key, which is shown once and ends when it is ended; so does a calendar", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/account`);
  await page.getByLabel("Name of the key").fill("Deploys");
  await page.getByLabel("What it may do").selectOption("work");
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("button", { name: "End Deploys" }).waitFor();
  const token = (await page.locator("code").first().textContent()) ?? "";
  const asked = () =>
    fetch(`${web.url}/trpc/orgs.get?input=${encodeURIComponent(JSON.stringify({ json: { orgId: org.id } }))}`, {
      headers: { authorization: `Bearer ${token}` },
    });
  expect((await asked()).status).toBe(200);
  await page.reload();
  await page.getByRole("button", { name: "End Deploys" }).waitFor();
  expect(await page.getByText(token).count()).toBe(0);
  await page.getByRole("button", { name: "End Deploys" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End it" }).click();
  await page.getByRole("button", { name: "End Deploys" }).waitFor({ state: "detached" });
  expect((await asked()).status).toBe(401);

  await page.getByRole("button", { name: "Make a link" }).click();
  const address = (await page.locator("code").first().textContent()) ?? "";
  expect((await fetch(address)).status).toBe(200);
  await page.getByRole("button", { name: /^End the link/u }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End the link" }).click();
  await page.getByRole("button", { name: /^End the link/u }).waitFor({ state: "detached" });
  expect((await fetch(address)).status).toBe(404);
});

test("mail, one's data as a file, and the end of the account", async ({ web, world }) => {
  const person = await world.person();
  await world.db.execute(sql`update app_user set email_verified_at = now() where id = ${person.id}::uuid`);
  const page = await web.open(person);
  await page.goto(`${web.url}/account`);
  const digest = page.getByRole("region", { name: "Mail of what you have not read" });
  await page.getByLabel("Send it once a day").check();
  await page.getByLabel("From this hour on").selectOption("7");
  await page.getByLabel("Time zone").fill("Nowhere/Else");
  await digest.getByRole("button", { name: "Save" }).click();
  await page
    .getByText(/time zone/iu)
    .last()
    .waitFor();
  await page.getByLabel("Time zone").fill("Europe/Berlin");
  await digest.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  expect(await person.caller.digests.get()).toMatchObject({ state: "on", hour: 7, timeZone: "Europe/Berlin" });
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download it" }).click();
  expect(readFileSync(await (await download).path(), "utf8")).toContain(person.email);
  await page.getByRole("button", { name: "Delete your account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password").fill("not the password");
  await dialog.getByRole("button", { name: "Delete it for good" }).click();
  await page.getByText("That is not your password.").waitFor();
  await page.getByRole("button", { name: "Delete your account" }).click();
  await dialog.getByLabel("Password").fill(person.password);
  await dialog.getByRole("button", { name: "Delete it for good" }).click();
  await page.waitForURL(/\/sign-in/u);
});
