import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { createApp } from "../../server/app.ts";
import { AUDITED } from "../../server/audited.ts";
import { createLogger } from "../../server/core/log.ts";
import { auditTexts } from "../../web/src/texts/audit.ts";
import { SoftwareAuthenticator } from "../setup/authenticator.ts";
import { startProvider } from "../setup/oidc-provider.ts";
import type { Person, World } from "../setup/world.ts";
import { expectAccessible, test } from "./chromium.ts";

const PHONE = { viewport: { width: 320, height: 700 } };

test("whatever is audited is said in words", () => {
  const audited = Object.entries(AUDITED).flatMap(([action, rule]) => ("object" in rule ? [action] : []));
  expect(Object.keys(auditTexts.actions)).toEqual(expect.arrayContaining(audited));
});

test("an account elsewhere is linked and unlinked, a passkey renamed, and what is muted heard of again", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const board = await org.board({ columns: ["Todo"], tasks: ["Quiet one"] });
  const at = { boardId: board.id, taskId: board.task("Quiet one") };
  await caller.watches.set({ subject: { kind: "task", ...at }, level: "muted" });
  await caller.watches.set({ subject: { kind: "board", boardId: board.id }, level: "watching" });
  const url = await serveWithProvider(world);
  await withPasskey(org.owner);
  const page = await openAt(url, await web.open(org.owner, PHONE));
  await page.goto(`${url}/account#error=IDENTITY_TAKEN`);
  await page.getByText("That sign-in belongs to another account already.").waitFor();
  expect(page.url()).toBe(`${url}/account`);
  await page.getByRole("button", { name: "Link Acme" }).click();
  await page.getByRole("button", { name: "Unlink Acme" }).waitFor();
  expect((await caller.identities.list()).items).toHaveLength(1);
  await page.getByRole("link", { name: "Quiet one" }).waitFor();
  await expectAccessible(page);

  await page.getByRole("button", { name: "Rename Phone" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Old phone");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Remove Old phone" }).waitFor();

  await page.getByRole("button", { name: "As usual again: Quiet one" }).click();
  await page.getByRole("link", { name: "Quiet one" }).waitFor({ state: "detached" });
  expect((await caller.watches.list({ orgId: org.id })).items.map(({ level }) => level)).toEqual(["watching"]);

  const elsewhere = await web.open();
  await elsewhere.goto(`${url}/sign-in#error=PROVIDER_REFUSED`);
  await elsewhere.getByRole("alert").waitFor();
  await elsewhere.getByRole("button", { name: "Acme" }).click();
  await elsewhere.getByRole("heading", { name: "Your second step" }).waitFor();
  expect(elsewhere.url()).toBe(`${url}/sign-in`);

  await page.getByRole("button", { name: "Unlink Acme" }).click();
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect((await caller.identities.list()).items).toHaveLength(1);
  await page.getByRole("button", { name: "Remove Old phone" }).click();
  await dialog.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("button", { name: "Remove Old phone" }).waitFor({ state: "detached" });
  await page.context().close();

  const late = await openAt(url, await web.open(org.owner));
  await world.db.execute(
    sql`update session set authenticated_at = coalesce(authenticated_at, created_at) - interval '1 hour'`,
  );
  await late.goto(`${url}/account`);
  const unlink = async () => {
    await late.getByRole("button", { name: "Unlink Acme" }).click();
    await late.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
  };
  await unlink();
  const prove = late.getByRole("dialog").getByRole("button", { name: "Prove it at Acme" });
  await prove.waitFor();
  await expectAccessible(late);
  await prove.click();
  await prove.waitFor({ state: "detached" });
  await unlink();
  await late.getByRole("button", { name: "Unlink Acme" }).waitFor({ state: "detached" });
  expect((await caller.identities.list()).items).toEqual([]);
});

test("a program has an account, keys and a role; what was done is found by kind and time, and exported", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const page = await web.open(org.owner, PHONE);
  await page.goto(`${web.url}/organisations/${org.id}/services`);
  await page.getByText("None yet.").waitFor();
  await page.getByRole("button", { name: "Make a service account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Deploys");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "Deploys" }).waitFor();
  await page.getByLabel("Role of Deploys").selectOption("Admin");
  await page.getByText("Keys of Deploys").click();
  await page.getByLabel("Name of the key").fill("Nightly");
  await page.getByText("Exactly").click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Make a key" }).click();
  await page.getByRole("button", { name: "End Nightly" }).waitFor();
  const token = (await page.locator("code").first().textContent()) ?? "";
  const asked = async () => {
    const input = encodeURIComponent(JSON.stringify({ json: { orgId: org.id } }));
    const answer = await fetch(`${web.url}/trpc/orgs.get?input=${input}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return answer.status;
  };
  expect(await asked()).toBe(200);
  expect((await caller.serviceAccounts.list({ orgId: org.id })).items).toMatchObject([
    { name: "Deploys", role: "admin" },
  ]);
  await page.getByRole("button", { name: "Disable Deploys" }).click();
  await dialog.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("button", { name: "Enable Deploys" }).waitFor();
  expect(await asked()).toBe(401);
  await page.getByRole("button", { name: "Delete Deploys" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByText("None yet.").waitFor();

  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByLabel("About").selectOption("Service accounts");
  const rows = page.getByRole("row").filter({ has: page.getByRole("cell") });
  await expect
    .poll(async () =>
      (await rows.allTextContents()).map((text) => /A service account was (deleted|disabled|made)/u.exec(text)?.[1]),
    )
    .toEqual(["deleted", "disabled", "made"]);
  await page.getByLabel("From", { exact: true }).fill("2000-01-01");
  await page.getByLabel("To", { exact: true }).fill("2000-01-02");
  await page.getByText("Nothing of that kind.").waitFor();
  await page.getByLabel("To", { exact: true }).fill("");
  await expect.poll(() => rows.count()).toBe(3);
  await expectAccessible(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export the log" }).click();
  expect((await download).suggestedFilename()).toBe("audit.jsonl");
  await page.getByText("It can be verified by this public key").waitFor();
});

test("invitations get a new link and plans other words; who may little sees no more than that, and no control", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const { caller } = org.owner;
  const orgId = org.id;
  const board = await org.board({ columns: ["Todo"] });
  const { projectId } = board;
  await caller.plans.create({ orgId, projectId, kind: "sprint", name: "First", startsOn: "2030-01-01" });
  await caller.members.invite({ orgId, email: "new@example.test", role: "member" });
  await caller.rules.create({
    orgId,
    projectId,
    name: "Greets",
    trigger: { on: "task-created" },
    actions: [{ do: "comment", text: "Hello" }],
  });
  const page = await web.open(org.owner);
  await page.goto(`${web.url}/organisations/${orgId}/members`);
  await page.getByRole("button", { name: "New link for new@example.test" }).click();
  const dialog = page.getByRole("dialog");
  await expect.poll(() => dialog.getByLabel(/Send this link/u).inputValue()).toMatch(/\/invitation#/u);
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("link", { name: "Projects" }).click();
  await page.getByText(/Milestones and sprints of/u).click();
  await page.getByRole("button", { name: "Change First" }).click();
  await dialog.getByLabel("Name").fill("Second");
  await dialog.getByLabel("Ends").fill("2030-02-01");
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("Sprint: Second").waitFor();
  expect((await caller.plans.list({ orgId, projectId })).items).toMatchObject([
    { name: "Second", startsOn: "2030-01-01", endsOn: "2030-02-01" },
  ]);

  const little = await caller.roles.create({ orgId, name: "Reader", base: "member", actions: ["rule:list"] });
  const theirs = await web.open(await org.another(little.id));
  await theirs.goto(`${web.url}/organisations/${orgId}/members`);
  await theirs.getByRole("heading", { name: "There is nothing here" }).waitFor();
  const screens = theirs.getByRole("navigation", { name: "The organisation" }).getByRole("link");
  expect(await screens.allTextContents()).toEqual(["Projects", "Rules", "Settings"]);
  await theirs.getByRole("link", { name: "Projects" }).click();
  await theirs.getByText(/Milestones and sprints of/u).click();
  await theirs.getByText("Sprint: Second").waitFor();
  const controls = theirs.getByRole("main").locator("button, input, select");
  expect(await controls.count()).toBe(0);
  await expectAccessible(theirs);
  await theirs.getByRole("link", { name: "Rules" }).click();
  await theirs.getByText("On", { exact: true }).waitFor();
  expect(await controls.count()).toBe(1);
  await expectAccessible(theirs);
  await theirs.goto(`${web.url}/account`);
  await theirs.getByText("Your role there allows no keys.").waitFor();
  expect(await theirs.getByRole("button", { name: "Make a key" }).count()).toBe(0);
  await theirs.goto(`${web.url}/organisations/${orgId}/projects`);
  await theirs
    .getByRole("list", { name: /Boards of/u })
    .getByRole("link")
    .click();
  await theirs.waitForURL(new RegExp(`/boards/${board.id}`, "u"));
});

/** The page on a server of its own on the same database, where one may sign in at a provider, too. */
async function serveWithProvider({ connection, clock, services }: World): Promise<string> {
  const acme = await startProvider();
  const client = { clientId: "trestle", clientSecret: "a secret of the test", scope: "openid email profile" };
  const app = await createApp({
    connection,
    clock,
    log: createLogger("silent"),
    providers: [{ ...client, id: "acme", name: "Acme", issuer: acme.issuer, multiFactorAcr: [], linksByEmail: false }],
    rootKeys: services.rootKeys,
    pageFolder: join(import.meta.dirname, "../../web/dist"),
    poolSize: 4,
    host: "127.0.0.1",
    port: 0,
  });
  onTestFinished(async () => {
    await app.close();
    await acme.close();
  });
  const url = `http://localhost:${new URL(app.url).port}`;
  const { clientId, clientSecret } = client;
  acme.open([
    { client_id: clientId, client_secret: clientSecret, redirect_uris: [`${url}/sign-in/oidc/acme/callback`] },
  ]);
  const sub = randomUUID();
  acme.subject = { sub, email: `${sub}@example.test`, email_verified: true, name: "Ada" };
  return url;
}

/** Has whoever is signed in there signed in at another address, too. */
async function openAt(url: string, page: Page): Promise<Page> {
  const cookies = await page.context().cookies();
  await page.context().addCookies(cookies.map(({ name, value }) => ({ name, value, url, httpOnly: true })));
  return page;
}

/** A passkey called "Phone". */
async function withPasskey({ caller }: Person): Promise<void> {
  const device = new SoftwareAuthenticator("http://localhost:3000");
  const credential = device.create(await caller.passkeys.challenge());
  await caller.passkeys.create({ name: "Phone", credential });
}
