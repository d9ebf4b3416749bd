import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { expect, onTestFinished } from "vitest";
import type { AppServices } from "../../server/core/context.ts";
import { newId } from "../../server/core/ids.ts";
import { folderTransport } from "../../server/core/mail/folder.ts";
import { type MailTransport, toSender } from "../../server/core/mail/message.ts";
import { type MailKind, mailWorker, queueMail, SEND_MAIL } from "../../server/core/mail/outbox.ts";
import { smtpTransport } from "../../server/core/mail/smtp.ts";
import { createCertificate, trustInTest } from "../setup/certificate.ts";
import { until } from "../setup/clients.ts";
import { type MailServer, startMailServer } from "../setup/mail-server.ts";
import { test as base, type World } from "../setup/world.ts";

const FROM = toSender("Trestle <trestle@example.test>");
const TTL_SECONDS = 3_600;
const SETTLED = /sent|refused|unknown|dropped/u;

let counter = 0;
/** A kind of mail whose text is another one at every try, as if it held a new secret. */
function greeting(isWanted = true): MailKind {
  counter += 1;
  let tries = 0;
  return {
    name: `greeting-${counter}`,
    ttlSeconds: TTL_SECONDS,
    isWanted: () => Promise.resolve(isWanted),
    async write() {
      tries += 1;
      return { subject: "Welcome", text: `Try ${tries}: grüß Gott\n.\nand a dot on a line of its own` };
    },
  };
}

/** Another process that sends mails of these kinds, until the end of the test. */
type Sender = (transport: MailTransport, ...kinds: MailKind[]) => Promise<AppServices>;

const test = base.extend<{ mailServer: MailServer; folder: string; sender: Sender }>({
  sender: async ({ world }, use) => {
    const all: AppServices[] = [];
    await use(async (transport, ...kinds) => {
      const services = world.otherServices();
      all.push(services);
      await services.jobs.start([mailWorker(services, transport, kinds)]);
      return services;
    });
    await Promise.all(all.map(({ jobs }) => jobs.close()));
  },
  mailServer: async ({}, use) => {
    const server = await startMailServer();
    await use(server);
    await server.close();
  },
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "trestle-mail-"));
    await use(folder);
    await rm(folder, { recursive: true, force: true });
  },
});

async function post(app: AppServices, kind: MailKind, recipient: string): Promise<void> {
  await app.db.transaction((tx) => queueMail(app, tx, { kind, recipient }));
  await app.jobs.wake(SEND_MAIL);
}

async function statesOf(world: World, kind: MailKind) {
  return world.db.execute<{ state: string; tries: number }>(
    sql`select state, tries from mail where kind = ${kind.name} order by created_at, id`,
  );
}

async function settled(world: World, kind: MailKind) {
  await until(async () => (await statesOf(world, kind)).every(({ state }) => SETTLED.test(state)));
  return statesOf(world, kind);
}

/** What waits to be tried again need not wait, as if the time had passed. */
async function hurry(world: World): Promise<void> {
  await world.db.execute(sql`update pgboss.job set start_after = now() where state = 'retry'`);
}

/** Waits until a try has failed. */
async function failed(world: World): Promise<void> {
  await until(async () => (await world.db.execute(sql`select 1 from pgboss.job where state = 'retry'`)).length > 0);
}

test("a mail leaves once its transaction is committed, and never when that is rolled back", async ({
  world,
  sender,
  mailServer,
}) => {
  const kind = greeting();
  const app = await sender(smtpTransport(mailServer.url, FROM), kind);
  const failing = app.db.transaction(async (tx) => {
    await queueMail(app, tx, { kind, recipient: "never@example.test" });
    throw new Error("rolled back");
  });
  await expect(failing).rejects.toThrow("rolled back");
  await post(app, kind, "ada@example.test");
  expect(await settled(world, kind)).toEqual([{ state: "sent", tries: 1 }]);
  expect(mailServer.received).toHaveLength(1);
  const [mail] = mailServer.received;
  expect(mail).toMatchObject({ from: "trestle@example.test", to: "ada@example.test" });
  expect(mail?.source).toMatch(
    /^From: Trestle <trestle@example\.test>\r\nTo: ada@example\.test\r\nSubject: Welcome\r$/mu,
  );
  expect(mail?.source).toMatch(/\r\n\.\r\nand a dot on a line of its own/u);
});

test("a server that refuses for now gets it later, under the same name, and nobody gets it twice", async ({
  world,
  sender,
  mailServer,
}) => {
  for (const at of ["recipient", "contents"] as const) {
    const kind = greeting();
    const recipient = `${at}@example.test`;
    const app = await sender(smtpTransport(mailServer.url, FROM), kind);
    mailServer.refuse = { at, code: 451 };
    await post(app, kind, recipient);
    await failed(world);
    expect(await statesOf(world, kind)).toMatchObject([{ state: "waiting" }]);
    mailServer.refuse = undefined;
    await hurry(world);
    await app.jobs.wake(SEND_MAIL);
    expect((await settled(world, kind)).map(({ state }) => state)).toEqual(["sent"]);
    const mails = mailServer.received.filter(({ to }) => to === recipient);
    // What it says is made when the server asks for it: at the recipient it had not asked yet.
    expect(mails.map(({ source }) => /Try \d/u.exec(source)?.[0])).toEqual([at === "recipient" ? "Try 1" : "Try 2"]);
    const [row] = await world.db.execute<{ id: string }>(sql`select id from mail where kind = ${kind.name}`);
    expect(mails[0]?.source).toContain(`Message-ID: <${row?.id}@example.test>`);
    await app.jobs.close();
  }
});

test("a server that is away is asked again", async ({ world, sender, mailServer }) => {
  const kind = greeting();
  const app = await sender(smtpTransport("smtp://127.0.0.1:1", FROM), kind);
  await post(app, kind, "ada@example.test");
  await failed(world);
  await app.jobs.close();
  const later = await sender(smtpTransport(mailServer.url, FROM), kind);
  await hurry(world);
  await later.jobs.wake(SEND_MAIL);
  expect(await settled(world, kind)).toEqual([{ state: "sent", tries: 1 }]);
});

test("a recipient who does not exist is not tried again", async ({ world, sender, mailServer }) => {
  const kind = greeting();
  mailServer.refuse = { at: "recipient", code: 550 };
  const app = await sender(smtpTransport(mailServer.url, FROM), kind);
  await post(app, kind, "nobody@example.test");
  expect((await settled(world, kind)).map(({ state }) => state)).toEqual(["refused"]);
  expect(mailServer.received).toEqual([]);
});

test("a mail that may have arrived is not sent again", async ({ world, sender, mailServer }) => {
  const kind = greeting();
  mailServer.isSilent = true;
  const app = await sender(smtpTransport(mailServer.url, FROM), kind);
  await post(app, kind, "ada@example.test");
  await until(() => mailServer.received.length === 1);
  expect(await statesOf(world, kind)).toEqual([{ state: "sending", tries: 1 }]);
  // The process is lost here: its job comes to another one while nobody knows what the server did.
  await world.db.execute(sql`update pgboss.job set state = 'retry', start_after = now() where state = 'active'`);
  mailServer.isSilent = false;
  const other = await sender(smtpTransport(mailServer.url, FROM), kind);
  await failed(world);
  expect(await statesOf(world, kind)).toEqual([{ state: "sending", tries: 1 }]);
  world.clock.advance(SEND_MAIL.timeoutSeconds * 1_000);
  try {
    await hurry(world);
    await other.jobs.wake(SEND_MAIL);
    expect(await settled(world, kind)).toEqual([{ state: "unknown", tries: 1 }]);
  } finally {
    world.clock.advance(-SEND_MAIL.timeoutSeconds * 1_000);
  }
  expect(mailServer.received).toHaveLength(1);
});

test("of two processes that have the same mail one sends it", async ({ world, sender, mailServer }) => {
  const kind = greeting();
  const processes = [
    await sender(smtpTransport(mailServer.url, FROM), kind),
    await sender(smtpTransport(mailServer.url, FROM), kind),
  ];
  const [first] = processes;
  if (!first) throw new Error("two processes");
  await first.db.transaction(async (tx) => {
    await queueMail(first, tx, { kind, recipient: "ada@example.test" });
    const [row] = await tx.execute<{ id: string }>(sql`select id from mail where kind = ${kind.name}`);
    for (let more = 0; more < 5; more += 1) await first.jobs.enqueue(tx, SEND_MAIL, { mailId: row?.id ?? "" });
  });
  for (const { jobs } of processes) await jobs.wake(SEND_MAIL);
  expect(await settled(world, kind)).toEqual([{ state: "sent", tries: 1 }]);
  await until(async () => {
    await hurry(world);
    return (await world.db.execute(sql`select 1 from pgboss.job where state < 'completed'`)).length === 0;
  });
  expect(mailServer.received).toHaveLength(1);
});

test("what is of no use any more is not sent", async ({ world, sender, mailServer }) => {
  const [unwanted, late] = [greeting(false), greeting()];
  const app = world.otherServices();
  await post(app, unwanted, "ada@example.test");
  await post(app, late, "ada@example.test");
  world.clock.advance(TTL_SECONDS * 1_000);
  try {
    await sender(smtpTransport(mailServer.url, FROM), unwanted, late);
    for (const kind of [unwanted, late]) expect(await settled(world, kind)).toEqual([{ state: "dropped", tries: 0 }]);
  } finally {
    world.clock.advance(-TTL_SECONDS * 1_000);
  }
  expect(mailServer.received).toEqual([]);
});

test("nobody is flooded: five mails of a kind in an hour, and no more", async ({ world }) => {
  const kind = greeting();
  const app = world.otherServices();
  for (let asked = 0; asked < 8; asked += 1) await post(app, kind, "victim@example.test");
  await post(app, kind, "other@example.test");
  expect(await statesOf(world, kind)).toHaveLength(6);
  world.clock.advance(TTL_SECONDS * 1_000);
  try {
    await post(app, kind, "victim@example.test");
    expect(await statesOf(world, kind)).toHaveLength(7);
  } finally {
    world.clock.advance(-TTL_SECONDS * 1_000);
  }
});

test("with user and password, and with TLS or not at all", async ({ world, sender }) => {
  const seen: string[] = [];
  const secured = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _, callback) {
      seen.push(`${username} ${password}`);
      callback(null, { user: username });
    },
  });
  try {
    const kind = greeting();
    const url = new URL(secured.url);
    url.username = encodeURIComponent("mailer@example.test");
    url.password = encodeURIComponent("p@ss/word");
    const app = await sender(smtpTransport(url.href, FROM), kind);
    await post(app, kind, "ada@example.test");
    expect(await settled(world, kind)).toEqual([{ state: "sent", tries: 1 }]);
    expect(seen).toEqual(["mailer@example.test p@ss/word"]);
    await app.jobs.close();

    const strict = await sender(smtpTransport(`${url.href}?requireTLS=true`, FROM), kind);
    await post(strict, kind, "eve@example.test");
    await failed(world);
    expect(secured.received.map(({ to }) => to)).toEqual(["ada@example.test"]);
    // Without TLS the password was not said either.
    expect(seen).toHaveLength(1);
  } finally {
    await secured.close();
  }
});

test("a server that is not who it says it is gets neither password nor mail", async ({ world, sender }) => {
  const seen: string[] = [];
  // It offers TLS with a certificate that it made itself.
  const impostor = await startMailServer({
    disabledCommands: [],
    allowInsecureAuth: true,
    onAuth({ username }, _, callback) {
      seen.push(username ?? "");
      callback(null, { user: username });
    },
  });
  try {
    const kind = greeting();
    const url = new URL(impostor.url);
    url.username = "mailer";
    url.password = "secret";
    const app = await sender(smtpTransport(url.href, FROM), kind);
    await post(app, kind, "ada@example.test");
    await failed(world);
    expect(await statesOf(world, kind)).toEqual([{ state: "waiting", tries: 0 }]);
    expect([...seen, ...impostor.received]).toEqual([]);
  } finally {
    await impostor.close();
  }
});

test("by smtps mail goes to a server whose certificate has its name, by an authority that is known, and to no other", async () => {
  const deliver = ({ url }: MailServer, signal = AbortSignal.timeout(20_000)) =>
    smtpTransport(url.replace("smtp://127.0.0.1", "smtps://localhost"), FROM).deliver(
      { id: newId(), recipient: "ada@example.test" },
      () => Promise.resolve({ subject: "Welcome", text: "A secret" }),
      signal,
    );
  const serve = async (name: string) => {
    const certificate = await createCertificate(name);
    const server = await startMailServer({ ...certificate, secure: true });
    onTestFinished(() => server.close());
    return { certificate, server };
  };
  const [named, other] = [await serve("localhost"), await serve("elsewhere.example")];
  await expect(deliver(named.server)).rejects.toThrow(/self-signed/u);
  for (const { certificate } of [named, other]) trustInTest(certificate.cert);
  await deliver(named.server);
  await expect(deliver(other.server)).rejects.toThrow(/does not match certificate's altnames/u);
  expect(named.server.received.map(({ to }) => to)).toEqual(["ada@example.test"]);
  expect(other.server.received).toEqual([]);
});

test("without a server mail becomes files, and the console says what is in them", async ({ world, sender, folder }) => {
  const kind = greeting();
  const told: string[] = [];
  const app = await sender(
    folderTransport(join(folder, "mail"), FROM, (text) => told.push(text)),
    kind,
  );
  await post(app, kind, "ada@example.test");
  expect(await settled(world, kind)).toEqual([{ state: "sent", tries: 1 }]);
  const [file = ""] = await readdir(join(folder, "mail"));
  const path = join(folder, "mail", file);
  expect(await readFile(path, "utf8")).toContain("To: ada@example.test");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(told.join("")).toContain("Try 1");
  const silent = greeting();
  const production = await sender(folderTransport(join(folder, "mail"), FROM, undefined), silent);
  await app.jobs.close();
  await post(production, silent, "ada@example.test");
  await settled(world, silent);
  expect(told).toHaveLength(1);
});
