/** What a mail says: a subject and plain text. Nothing in it was written by a user, or mail could be made to carry spam. */
export interface MailText {
  readonly subject: string;
  readonly text: string;
  /** Where whoever gets it again and again says that they want no more, by one click (RFC 8058). */
  readonly unsubscribe?: string;
}

/** A mail on its way: who gets it, and a name that it keeps over all tries. */
export interface Envelope {
  readonly id: string;
  readonly recipient: string;
}

/** How mail leaves. */
export interface MailTransport {
  /**
   * Hands a mail over. `write` makes its text, and is called once everything before that has gone well: from then on it
   * may arrive, until this fails with a `MailRefused`. Any other failure before `write` has begun means that it did not
   * leave; after that, that nobody knows.
   */
  deliver(envelope: Envelope, write: () => Promise<MailText>, signal: AbortSignal): Promise<void>;
}

/** The server answered that it does not take the mail. */
export class MailRefused extends Error {
  /** It would not take it at another time either. */
  readonly isFinal: boolean;
  readonly code: string;

  constructor(replyCode: number, isFinal: boolean) {
    super(`the mail server answered ${replyCode}`);
    this.code = String(replyCode);
    this.isFinal = isFinal;
  }
}

/** Who mail is from. */
export interface Sender {
  readonly name: string;
  readonly address: string;
  readonly domain: string;
}

/** The mail as it goes over the wire. Its `Message-ID` is the same at every try: who gets it twice can tell. */
export async function toBytes(
  from: Sender,
  { id, recipient }: Envelope,
  { subject, text, unsubscribe }: MailText,
): Promise<Buffer> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const mail = new MailComposer({
    from: { name: from.name, address: from.address },
    to: { name: "", address: recipient },
    subject,
    text,
    messageId: `<${id}@${from.domain}>`,
    // Nobody answers a program, and no holiday notice should.
    headers: { "Auto-Submitted": "auto-generated", ...(unsubscribe === undefined ? {} : listHeaders(unsubscribe)) },
    newline: "\r\n",
  });
  return mail.compile().build();
}

function listHeaders(unsubscribe: string) {
  return { "List-Unsubscribe": `<${unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
}

/** `Name <name@example.org>`, as the environment has it. */
export function toSender(text: string): Sender {
  const [name = "", address = ""] = text.replace(/>$/u, "").split(" <");
  return { name, address, domain: address.slice(address.lastIndexOf("@") + 1) };
}
