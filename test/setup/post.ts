import { toSender } from "../../server/core/mail/message.ts";
import { mailWorker } from "../../server/core/mail/outbox.ts";
import { smtpTransport } from "../../server/core/mail/smtp.ts";
import { IDENTITY_MAILS } from "../../server/domains/identity/mails.ts";
import { until } from "./clients.ts";
import { type Received, startMailServer } from "./mail-server.ts";
import { test as base } from "./world.ts";

/** A post office of the test's own: a process that sends the world's mails, and the server that gets them. */
export interface Post {
  readonly received: readonly Received[];
  lastTo(recipient: string): Received | undefined;
  /** The token of the last link that was mailed to somebody, once so many were. */
  linkTo(recipient: string, count?: number): Promise<string>;
  /** The last code that was mailed to somebody, once so many were. */
  codeTo(recipient: string, count?: number): Promise<string>;
}

export const test = base.extend<{ post: Post }>({
  post: async ({ world }, use) => {
    const { received, last, url, close } = await startMailServer();
    const services = world.otherServices();
    const transport = smtpTransport(url, toSender("Trestle <trestle@example.test>"));
    await services.jobs.start([mailWorker(services, transport, IDENTITY_MAILS)]);
    const found = async (pattern: RegExp, recipient: string, count: number): Promise<string> => {
      const all = () =>
        received.flatMap(({ to, source }) =>
          to === recipient ? (pattern.exec(source)?.groups?.["secret"] ?? []) : [],
        );
      await until(() => all().length >= count);
      return all().at(-1) ?? "";
    };
    await use({
      received,
      lastTo: last,
      linkTo: (recipient, count = 1) => found(/reset-password#(?<secret>\S+)/u, recipient, count),
      codeTo: (recipient, count = 1) => found(/^ {4}(?<secret>\d{4} \d{4})\r$/mu, recipient, count),
    });
    await services.jobs.close();
    await close();
  },
});
