import { sql } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import { mailWorker } from "../../server/core/mail/outbox.ts";
import type { MailText } from "../../server/core/mail/message.ts";
import { DIGEST, queueDigests } from "../../server/domains/home/digest-mail.ts";
import { nextAt } from "../../server/domains/home/digests.service.ts";
import { toBytes, toSender } from "../../server/core/mail/message.ts";
import { until } from "../setup/clients.ts";
import { outcomeOf } from "../setup/outcome.ts";
import { refusal } from "../setup/refusal.ts";
import { type Person, test, type World } from "../setup/world.ts";

const HOUR_MS = 3_600_000;

interface Sent extends MailText {
  readonly recipient: string;
}

/** A process that sends digests, and what it has sent. */
async function postOffice(world: World): Promise<{ services: AppServices; sent: Sent[] }> {
  const services = world.otherServices();
  const sent: Sent[] = [];
  const transport = {
    async deliver({ recipient }: { recipient: string }, write: () => Promise<MailText>) {
      sent.push({ recipient, ...(await write()) });
    },
  };
  await services.jobs.start([mailWorker(services, transport, [DIGEST])]);
  onTestFinished(() => services.jobs.close());
  return { services, sent };
}

async function settled({ db }: World): Promise<void> {
  await until(async () => {
    const [row] = await db.execute<{ left: number }>(
      sql`select count(*)::int as left from mail where state in ('waiting', 'sending')`,
    );
    return row?.left === 0;
  });
}

async function prove({ db }: World, { id }: Person): Promise<void> {
  await db.execute(sql`update app_user set email_verified_at = now() where id = ${id}::uuid`);
}

test("the hour of a digest is that of somebody's clocks, whose days have 23, 24 or 25 hours", () => {
  const hoursFrom = (from: string, timeZone: string) => {
    const first = nextAt(new Date(from), { hour: 8, timeZone });
    return [first.toISOString(), (nextAt(first, { hour: 8, timeZone }).getTime() - first.getTime()) / HOUR_MS];
  };
  expect(hoursFrom("2026-03-27T23:30:00Z", "Europe/Berlin")).toEqual(["2026-03-28T07:00:00.000Z", 23]);
  expect(hoursFrom("2026-10-23T23:30:00Z", "Europe/Berlin")).toEqual(["2026-10-24T06:00:00.000Z", 25]);
  expect(hoursFrom("2026-03-28T07:00:00Z", "Asia/Tokyo")).toEqual(["2026-03-28T23:00:00.000Z", 24]);
  // Clocks never show half past two on that day: it is sent when they jump.
  const jump = nextAt(new Date("2026-03-28T20:00:00Z"), { hour: 2, timeZone: "Europe/Berlin" });
  expect(jump.toISOString()).toBe("2026-03-29T01:00:00.000Z");
});

test("who asks for it gets one mail at their hour for all that is new, none when nothing is, and ends it by a click", async ({
  world,
}) => {
  const org = await world.org();
  const board = await org.board({ tasks: ["Secret plan", "Another"] });
  const [member, quiet] = [await org.as("member"), await org.as("admin")];
  const { services, sent } = await postOffice(world);
  const hour = (world.clock.now().getUTCHours() + 2) % 24;
  const wanted = { state: "on", hour, timeZone: "UTC" } as const;
  expect(await refusal(member.caller.digests.set(wanted))).toBe("EMAIL_UNPROVED");
  await prove(world, member);
  const { announced } = await outcomeOf(world.db, member, (mutationId) =>
    member.caller.digests.set({ ...wanted, mutationId }),
  );
  expect(announced).toMatchObject([{ on: "inbox", to: member.id, type: "digest.changed", data: wanted }]);
  // A plan is made anew: fifty changes, of which each is news.
  for (const title of ["Secret plan", "Another"]) {
    const at = { boardId: board.id, taskId: board.task(title) };
    await org.owner.caller.tasks.update({ ...at, assigneeIds: [member.id, quiet.id] });
    for (let times = 0; times < 24; times += 1) await org.owner.caller.tasks.update({ ...at, estimate: times });
  }
  await world.services.logReader.catchUp();
  const look = async () => {
    await Promise.all([queueDigests(world.services), queueDigests(services)]);
    await settled(world);
    return sent.length;
  };
  expect(await look()).toBe(0);
  world.clock.advance(3 * HOUR_MS);
  expect(await look()).toBe(1);
  expect(await look()).toBe(1);
  const [mail] = sent;
  expect(mail).toMatchObject({ recipient: member.email, subject: "50 unread notifications" });
  expect(mail?.text).toContain("PRJ-1: assigned to you, changed");
  expect(mail?.text).not.toMatch(/plan|Another/u);
  // The next day nothing is new, though all of it is unread; the day after that, something is, which they may not see.
  world.clock.advance(24 * HOUR_MS);
  expect(await look()).toBe(1);
  const at = { boardId: board.id, taskId: board.task("Another") };
  await org.owner.caller.tasks.update({ ...at, estimate: 99 });
  await world.services.logReader.catchUp();
  await org.owner.caller.boards.update({ boardId: board.id, visibility: "private" });
  world.clock.advance(24 * HOUR_MS);
  expect(await look()).toBe(1);
  await org.owner.caller.boards.update({ boardId: board.id, visibility: "org" });
  await org.owner.caller.tasks.update({ ...at, estimate: 98 });
  await world.services.logReader.catchUp();
  world.clock.advance(24 * HOUR_MS);
  expect(await look()).toBe(2);
  // By a click, without a session; who only looks, as scanners do, ends nothing, nor does whoever guesses.
  const bytes = await toBytes(
    toSender("Trestle <trestle@example.test>"),
    { id: "1", recipient: member.email },
    {
      ...sent[1],
      subject: "",
      text: "",
    },
  );
  const source = bytes.toString().replaceAll(/\r\n /gu, " ");
  expect(source).toContain("List-Unsubscribe-Post: List-Unsubscribe=One-Click");
  const link = /List-Unsubscribe:\s+<https?:\/\/[^/]+(\/[^>]+)>/u.exec(source)?.[1] ?? "";
  const { url } = await world.app();
  const stateAfter = async (path: string, method: string) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(method === "POST" ? { body: "List-Unsubscribe=One-Click" } : {}),
    });
    const [row] = await world.db.execute(sql`select state from digest where user_id = ${member.id}::uuid`);
    return [answer.status, row?.["state"]];
  };
  expect(await stateAfter(link, "GET")).toEqual([200, "on"]);
  expect(await stateAfter("/unsubscribe/guessed", "POST")).toEqual([200, "on"]);
  expect(await stateAfter(link, "PUT")).toEqual([405, "on"]);
  expect(await stateAfter(link, "POST")).toEqual([200, "off"]);
  // The one of before is good, too, and does nothing twice.
  expect(await stateAfter(new URL(sent[0]?.unsubscribe ?? "").pathname, "POST")).toEqual([200, "off"]);
});
