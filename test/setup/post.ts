import { sql } from "drizzle-orm";
import { toSender } from "../../server/core/mail/message.ts";
import { mailWorker } from "../../server/core/mail/outbox.ts";
import { smtpTransport } from "../../server/core/mail/smtp.ts";
import { IDENTITY_MAILS } from "../../server/domains/identity/mails.ts";
import { until } from "./clients.ts";
import { type MailServer, type Received, startMailServer } from "./mail-server.ts";
import { test as base, type World } from "./world.ts";

/** What the world's process sends by mail, and the server that gets it. */
export interface Post {
  /** What came in this test. */
  readonly received: readonly Received[];
  lastTo(recipient: string): Received | undefined;
  /** The token of the last link that was mailed to somebody, once so many were. */
  linkTo(recipient: string, count?: number): Promise<string>;
  /** The last code that was mailed to somebody, once so many were. */
  codeTo(recipient: string, count?: number): Promise<string>;
}

const withServer = base.extend<{ $file: { mailServer: MailServer } }>({
  mailServer: [
    async ({ world: { services } }, use) => {
      const server = await startMailServer();
      const transport = smtpTransport(server.url, toSender("Trestle <trestle@example.test>"));
      await services.jobs.start([mailWorker(services, transport, IDENTITY_MAILS)]);
      await use(server);
      await services.jobs.close();
      await server.close();
    },
    { scope: "file" },
  ],
});

export const test = withServer.extend<{ post: Post }>({
  post: async ({ world, mailServer }, use) => {
    // What tests before this one wrote is not of this one.
    await until(() => hasLeft(world));
    const first = mailServer.received.length;
    const received = () => mailServer.received.slice(first);
    const found = async (pattern: RegExp, recipient: string, count: number): Promise<string> => {
      const all = () =>
        received().flatMap(({ to, source }) =>
          to === recipient ? (pattern.exec(source)?.groups?.["secret"] ?? []) : [],
        );
      await until(() => all().length >= count);
      return all().at(-1) ?? "";
    };
    await use({
      get received() {
        return received();
      },
      lastTo: (recipient) => received().findLast(({ to }) => to === recipient),
      linkTo: (recipient, count = 1) => found(/reset-password#(?<secret>\S+)/u, recipient, count),
      codeTo: (recipient, count = 1) => found(/^ {4}(?<secret>\d{4} \d{4})\r$/mu, recipient, count),
    });
  },
});

/** Whether nothing is to be sent any more. */
async function hasLeft({ db }: World): Promise<boolean> {
  const rows = await db.execute(sql`select 1 from mail where state in ('waiting', 'sending') limit 1`);
  return rows.length === 0;
}
