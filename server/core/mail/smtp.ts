import { Readable } from "node:stream";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import { z } from "zod";
import { MailRefused, type MailTransport, type Sender, toBytes } from "./message.ts";

const CONNECT_MS = 10_000;
/** A server that looks closely at a mail takes its time to answer. */
const ANSWER_MS = 30_000;

/** A failure as nodemailer tells it: `responseCode` when it is an answer of the server. */
const SmtpFailure = z.object({ responseCode: z.number(), command: z.string().optional() });

/**
 * Mail by SMTP, a connection for each. `smtps:` begins with TLS; `smtp:` goes on with it where the server offers it, and
 * ends without it where `?requireTLS=true` says so.
 */
export function smtpTransport(url: string, from: Sender): MailTransport {
  return {
    async deliver(envelope, write, signal) {
      const { default: Connection } = await import("nodemailer/lib/smtp-connection");
      const connection = new Connection(optionsOf(new URL(url), from));
      const abort = () => connection.close();
      signal.addEventListener("abort", abort);
      try {
        await connected(connection, credentialsOf(new URL(url)));
        await sent(connection, { from: from.address, to: [envelope.recipient] }, async () =>
          toBytes(from, envelope, await write()),
        );
        connection.quit();
      } catch (error) {
        connection.close();
        throw asRefusal(error);
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
  };
}

function optionsOf({ protocol, hostname, port, searchParams }: URL, from: Sender) {
  const secure = protocol === "smtps:";
  return {
    host: hostname.replaceAll(/[[\]]/gu, ""),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    requireTLS: searchParams.get("requireTLS") === "true",
    name: from.domain,
    // Whatever else the process is told: a server that is not who it says it is gets nothing.
    tls: { rejectUnauthorized: true, minVersion: "TLSv1.2" } as const,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: ANSWER_MS,
  };
}

function credentialsOf({ username, password }: URL) {
  if (username === "") return undefined;
  return { credentials: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } };
}

function connected(connection: SMTPConnection, auth: ReturnType<typeof credentialsOf>): Promise<void> {
  return answered(connection, (done) => {
    connection.connect((error) => {
      if (error || !auth) done(error);
      else connection.login(auth, done);
    });
  });
}

/** Its contents are asked for when the server has taken sender and recipient, and waits for them. */
function sent(
  connection: SMTPConnection,
  envelope: { from: string; to: string[] },
  contents: () => Promise<Buffer>,
): Promise<void> {
  const stream = Readable.from(
    (async function* contentsOnce() {
      yield await contents();
    })(),
  );
  return answered(connection, (done) => connection.send(envelope, stream, done));
}

type Done = (error?: Error | null) => void;

/** A connection tells its failures in two ways. */
function answered(connection: SMTPConnection, ask: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.once("error", reject);
    ask((error) => {
      connection.off("error", reject);
      // What comes later is about a connection that nobody needs any more.
      connection.on("error", () => {});
      if (error) reject(error);
      else resolve();
    });
  });
}

/** An answer that begins with 5 is for good when it is about the recipient or the mail, and not about who we are. */
function asRefusal(error: unknown): unknown {
  const failure = SmtpFailure.safeParse(error);
  if (!failure.success) return error;
  const { responseCode, command = "" } = failure.data;
  return new MailRefused(responseCode, responseCode >= 500 && /^(?:RCPT TO|DATA)$/u.test(command));
}
