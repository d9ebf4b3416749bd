import { expect } from "vitest";
import { POLICY } from "../../server/policy.ts";
import { ACTIONS } from "../../web/src/ui/actions.ts";
import { expectAccessible, test } from "./chromium.ts";

test("a role may allow whatever there is to allow", () => {
  expect(ACTIONS.toSorted()).toEqual(Object.keys(POLICY).toSorted());
});

test("members are shown live, and given other roles or removed by who may", async ({ web, world }) => {
  const org = await world.org();
  const [member, other] = [await org.as("member"), await org.another("member")];
  const [page, beside] = [await web.open(org.owner), await web.open(member)];
  await page.goto(web.url);
  await page.getByRole("link", { name: "Organisation", exact: true }).click();
  await beside.goto(`${web.url}/organisations/${org.id}/members`);
  await beside.getByRole("heading", { name: /Members of/u }).waitFor();
  await expect.poll(() => beside.getByRole("main").getByRole("listitem").count()).toBe(3);
  expect(await beside.getByRole("combobox").count()).toBe(0);
  expect(await beside.getByRole("button", { name: /Remove|Invite/u }).count()).toBe(0);
  await page.getByLabel(`Role of ${other.name}`).selectOption("Admin");
  await beside.getByRole("listitem").filter({ hasText: other.name }).getByText("Admin").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: `Remove ${other.name}` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove", exact: true }).click();
  await expect.poll(() => beside.getByRole("main").getByRole("listitem").count()).toBe(2);
  const stranger = await web.open(other);
  await stranger.goto(`${web.url}/organisations/${org.id}/members`);
  await stranger.getByRole("heading", { name: "There is nothing here" }).waitFor();
});

test("roles are made, given, changed and deleted; who may not sees no control", async ({ web, world }) => {
  const org = await world.org();
  const member = await org.as("member");
  const page = await web.open(org.owner);
  await page.goto(web.url);
  await page.getByRole("link", { name: "Organisation", exact: true }).click();
  await page.getByRole("link", { name: "Roles" }).click();
  await page.getByText("None yet.").waitFor();
  await page.getByRole("button", { name: "Make a role" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("owner");
  await dialog.getByRole("button", { name: "Create" }).click();
  await dialog.getByText("That is the name of a built-in role.").waitFor();
  await dialog.getByLabel("Name", { exact: true }).fill("Reviewer");
  for (const action of ["org:read", "member:list", "role:list", "board:list"]) {
    await dialog.getByRole("checkbox", { name: action }).check();
  }
  await expectAccessible(page);
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByText("0 members have it").waitFor();
  const { items } = await org.owner.caller.roles.list({ orgId: org.id });
  expect(items).toMatchObject([{ name: "Reviewer", base: "member" }]);
  const roleId = items[0]?.id ?? "";
  await org.owner.caller.members.setRole({ orgId: org.id, userId: member.id, role: roleId });
  await page.getByText("1 member has it").waitFor();
  await page.getByRole("button", { name: "Delete Reviewer" }).click();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("alert").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Change Reviewer" }).click();
  await dialog.getByRole("checkbox", { name: "org:watch" }).check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  const theirs = await web.open(member);
  await theirs.goto(`${web.url}/organisations/${org.id}/roles`);
  await theirs.getByText("What Reviewer allows").click();
  await theirs.getByText("Follow it live", { exact: false }).waitFor();
  expect(await theirs.getByRole("button", { name: /Reviewer|Make a role/u }).count()).toBe(0);
  expect(await theirs.getByRole("link", { name: "Audit" }).count()).toBe(0);
  await theirs.goto(`${web.url}/organisations/${org.id}/audit`);
  await theirs.getByRole("heading", { name: "There is nothing here" }).waitFor();
});

test("projects are made, renamed, archived and planned, live for everybody", async ({ web, world }) => {
  const org = await world.org();
  const [page, other] = [await web.open(org.owner), await web.open(await org.as("member"))];
  for (const one of [page, other]) await one.goto(`${web.url}/organisations/${org.id}/projects`);
  await page.getByRole("button", { name: "Make a project" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of the project").fill("Kitchen");
  await dialog.getByLabel(/^Key|Short/u).fill("KIT");
  await dialog.getByRole("button", { name: "Create" }).click();
  await other.getByRole("heading", { name: /Kitchen/u }).waitFor();
  await page.getByText("Milestones and sprints of Kitchen").click();
  await page.getByLabel("Kind").selectOption("sprint");
  await page.getByLabel("Name", { exact: true }).fill("First");
  await page.getByLabel("Begins").fill("2030-02-01");
  await page.getByLabel("Ends").fill("2030-01-01");
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Ends").fill("2030-03-01");
  await page.getByRole("button", { name: "Add it" }).click();
  await page.getByText("Sprint: First").waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Close First" }).click();
  await page.getByRole("button", { name: "Open First again" }).waitFor();
  await page.getByRole("button", { name: "Rename Kitchen" }).click();
  await dialog.getByLabel("Name of the project").fill("Bakery");
  await dialog.getByRole("button", { name: "Save" }).click();
  await other.getByRole("heading", { name: /Bakery/u }).waitFor();
  await page.getByRole("button", { name: "Archive Bakery" }).click();
  await other.getByText(/Archived/u).waitFor();
  expect(await other.getByRole("button", { name: /^(?:Restore|Archive|Rename)/u }).count()).toBe(0);
  await page.getByRole("button", { name: "Restore Bakery" }).click();
  await page.getByRole("button", { name: "Archive Bakery" }).waitFor();
  const { items } = await org.owner.caller.projects.list({ orgId: org.id });
  const projectId = items[0]?.id ?? "";
  const { id: boardId } = await org.owner.caller.boards.create({ orgId: org.id, projectId, name: "Shelved" });
  await org.owner.caller.boards.archive({ boardId });
  await page.getByRole("button", { name: "Restore Shelved" }).click();
  await page.getByText("Archived boards").waitFor({ state: "detached" });
  expect((await org.owner.caller.boards.get({ boardId })).board.state).toBe("open");
  expect(items).toMatchObject([{ name: "Bakery", key: "KIT", state: "open" }]);
});

test("what was done is looked up, invitations are taken back, and an organisation is renamed, left and deleted", async ({
  web,
  world,
}) => {
  const org = await world.org();
  const member = await org.as("member");
  await org.owner.caller.members.invite({ orgId: org.id, email: "new@example.test", role: "member" });
  const page = await web.open(org.owner, { viewport: { width: 320, height: 700 } });
  await page.goto(`${web.url}/organisations/${org.id}/members`);
  await page.getByRole("button", { name: "Take back the invitation of new@example.test" }).click();
  await page.getByText("new@example.test").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Audit" }).click();
  await page
    .getByRole("cell", { name: /members\.invite/u })
    .first()
    .waitFor();
  await expectAccessible(page);
  await page.getByLabel("Action").fill("invitations.revoke");
  await page
    .getByRole("cell", { name: /members\.invite/u })
    .first()
    .waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "invitations.revoke" }).waitFor();
  await page.getByLabel("Outcome").selectOption("refused");
  await page.getByText("Nothing of that kind.").waitFor();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Renamed");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "Settings of Renamed" }).waitFor();
  await expectAccessible(page);
  const theirs = await web.open(member);
  await theirs.goto(`${web.url}/organisations/${org.id}/settings`);
  await theirs.getByRole("heading", { name: "Settings of Renamed" }).waitFor();
  expect(await theirs.getByRole("button", { name: /Save|Delete|Demand/u }).count()).toBe(0);
  await theirs.getByRole("button", { name: "Leave the organisation" }).click();
  await theirs.getByRole("dialog").getByRole("button", { name: "Leave the organisation" }).click();
  await theirs.waitForURL(/\/$/u);
  await page.getByRole("button", { name: "Delete the organisation" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/To be sure/u).fill("Another");
  await dialog.getByRole("button", { name: "Delete the organisation" }).click();
  await dialog.getByText("That is another name.").waitFor();
  await dialog.getByLabel(/To be sure/u).fill("Renamed");
  await dialog.getByRole("button", { name: "Delete the organisation" }).click();
  await page.waitForURL(/\/$/u);
  expect((await org.owner.caller.auth.me()).orgs).toEqual([]);
});
