import { once } from "node:events";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail as the server got it. */
export interface Received {
  readonly from: string;
  readonly to: string;
  /** Header and text, decoded as far as our plain mails need it. */
  readonly source: string;
}

/** A mail server of the test's own: what it says to whom, and what it got. */
export interface MailServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** Answers the next ones with this, at the recipient or after the contents; undefined: takes them. */
  refuse: { at: "recipient" | "contents"; code: number } | undefined;
  /** Takes the contents and never answers. */
  isSilent: boolean;
  /** The last mail to somebody. */
  last(to: string): Received | undefined;
  close(): Promise<void>;
}

function refusal(code: number): Error {
  return Object.assign(new Error("not now"), { responseCode: code });
}

/** Starts npm's `smtp-server` on a free port of this machine. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    logger: false,
    closeTimeout: 100,
    onRcptTo(_, __, callback) {
      callback(mailServer.refuse?.at === "recipient" ? refusal(mailServer.refuse.code) : null);
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        if (mailServer.refuse?.at === "contents") return callback(refusal(mailServer.refuse.code));
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom === false ? "" : mailFrom.address;
        received.push({ from, to: rcptTo[0]?.address ?? "", source: plain(Buffer.concat(chunks).toString()) });
        if (!mailServer.isSilent) callback(null);
      });
    },
    ...options,
  });
  server.on("error", () => {});
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const address = listener.address();
  if (typeof address !== "object" || address === null) throw new Error("the mail server has no port");
  const mailServer: MailServer = {
    url: `smtp://127.0.0.1:${address.port}`,
    received,
    refuse: undefined,
    isSilent: false,
    last: (to) => received.findLast((mail) => mail.to === to),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
  return mailServer;
}

/** Undoes quoted-printable. */
function plain(source: string): string {
  return source
    .replaceAll("=\r\n", "")
    .replaceAll(/=(?<hex>[0-9A-F]{2})/gu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
