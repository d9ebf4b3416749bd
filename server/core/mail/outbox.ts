import { eq, type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db, TenantTransaction } from "../../../db/client.ts";
import type { MailState } from "../../../db/enums.ts";
import type { AppServices } from "../context.ts";
import { mail as table } from "../../../db/schema/mail.ts";
import { Id } from "../../fields.contract.ts";
import { newId } from "../ids.ts";
import { type JobKind, type Worker, worker } from "../jobs.ts";
import { MailRefused, type MailText, type MailTransport } from "./message.ts";

const HOUR_MS = 3_600_000;
/** Of one kind to one address within an hour: whoever asks for more gets the same answer, and no mail. */
const MOST_PER_HOUR = 5;
/** How long it is known what became of a mail. */
const KEPT_HOURS = 168;

const SendMail = z.strictObject({ mailId: Id });
/** Tried for about a day: 10 s after the first failure, then twice as long each time, up to an hour and a half. */
export const SEND_MAIL: JobKind<z.infer<typeof SendMail>> = {
  name: "mail.send",
  payload: SendMail,
  retries: 24,
  firstRetrySeconds: 10,
  longestRetrySeconds: 5_400,
  timeoutSeconds: 120,
};

/** A mail as whoever writes it sees it. */
export interface Mail {
  readonly id: string;
  readonly recipient: string;
  readonly userId: string | null;
  readonly createdAt: Date;
}

/** A kind of mail, as its domain declares it. */
export interface MailKind {
  readonly name: string;
  /** How long it is worth sending. */
  readonly ttlSeconds: number;
  /** Whether it is to be sent at all, now that its turn has come. */
  isWanted(app: AppServices, mail: Mail): Promise<boolean>;
  /**
   * Makes what it says, in the transaction that says that it is on its way. A secret in it is made here, and its hash
   * stored in place of that of an earlier try, which was refused.
   */
  write(app: AppServices, tx: TenantTransaction, mail: Mail): Promise<MailText>;
}

/** Puts a mail into the outbox, in the transaction that `tx` is. After the commit, say so with `app.jobs.wake(SEND_MAIL)`. */
export async function queueMail(
  app: AppServices,
  tx: Db,
  { kind, recipient, userId }: { kind: MailKind; recipient: string; userId?: string },
): Promise<void> {
  const now = app.clock.now();
  const mailId = newId();
  const [queued] = await tx.execute(sql`
    insert into mail (id, kind, recipient, user_id, created_at, expires_at)
    select ${mailId}::uuid, ${kind.name}, ${recipient}, ${userId ?? null}::uuid, ${at(now)},
      ${at(new Date(now.getTime() + kind.ttlSeconds * 1_000))}
    where (select count(*) from mail m where m.recipient = ${recipient} and m.kind = ${kind.name}
      and m.created_at > ${at(new Date(now.getTime() - HOUR_MS))}) < ${MOST_PER_HOUR}::int
    returning id`);
  if (queued) await app.jobs.enqueue(tx, SEND_MAIL, { mailId });
}

/** What sends the mails of these kinds. */
export function mailWorker(app: AppServices, transport: MailTransport, kinds: readonly MailKind[]): Worker {
  return worker(SEND_MAIL, ({ mailId }, signal) => sendMail(app, { mailId, transport, kinds, signal }));
}

interface Sending {
  readonly mailId: string;
  readonly transport: MailTransport;
  readonly kinds: readonly MailKind[];
  readonly signal: AbortSignal;
}

/**
 * Sends a mail, once: from the moment at which the server waits for its contents it counts as `sending`, and whoever
 * finds it so, after a process was killed, cannot know whether it arrived. It is not sent again then.
 */
async function sendMail(app: AppServices, { mailId, transport, kinds, signal }: Sending): Promise<void> {
  const mail = await findMail(app, mailId);
  if (!mail || isSettled(mail.state)) return;
  if (mail.state === "sending") return giveUp(app, mail);
  const kind = kinds.find(({ name }) => name === mail.kind);
  if (!kind) throw new Error(`no such kind of mail: ${mail.kind}`);
  if (mail.expiresAt <= app.clock.now() || !(await kind.isWanted(app, mail))) return settle(app, mailId, "dropped");
  let hasBegun = false;
  const write = async () => {
    const text = await app.db.within({}).transaction(async (tx) => {
      await begin(app, tx, mailId);
      return kind.write(app, tx, mail);
    });
    hasBegun = true;
    return text;
  };
  try {
    await transport.deliver(mail, write, signal);
  } catch (error) {
    return settleFailed(app, mail, { error, hasBegun });
  }
  await settle(app, mailId, "sent");
}

/** Throws what is to be tried again. */
async function settleFailed(
  app: AppServices,
  { id, kind }: StoredMail,
  { error, hasBegun }: { error: unknown; hasBegun: boolean },
): Promise<void> {
  const isRefusal = error instanceof MailRefused;
  if (isRefusal && error.isFinal) {
    await settle(app, id, "refused");
    app.log.warn({ mailId: id, kind, code: error.code }, "a mail was refused");
  } else if (hasBegun && !isRefusal) {
    await settle(app, id, "unknown");
    app.log.warn({ mailId: id, kind, err: error }, "nobody knows whether a mail arrived");
  } else {
    if (isRefusal) await settle(app, id, "waiting");
    throw error;
  }
}

/** Somebody sends it, or did when their process ended: then nobody will ever say what came of it. */
async function giveUp(app: AppServices, { id, begunAt }: { id: string; begunAt: Date | null }): Promise<void> {
  const since = app.clock.now().getTime() - (begunAt?.getTime() ?? 0);
  if (since < SEND_MAIL.timeoutSeconds * 1_000) throw new Error("somebody else sends this mail");
  await settle(app, id, "unknown");
}

/** Of two who would send a mail at the same time one is let. */
async function begin({ clock }: AppServices, tx: Db, mailId: string): Promise<void> {
  const [begun] = await tx.execute(sql`
    update mail set state = 'sending', tries = tries + 1, begun_at = ${at(clock.now())}
    where id = ${mailId}::uuid and state = 'waiting' returning id`);
  if (!begun) throw new Error("somebody else sends this mail");
}

function isSettled(state: MailState): boolean {
  return state !== "waiting" && state !== "sending";
}

async function settle(app: AppServices, mailId: string, state: MailState): Promise<void> {
  const settledAt = isSettled(state) ? at(app.clock.now()) : sql`null`;
  await app.db.execute(sql`
    update mail set state = ${state}, settled_at = ${settledAt}
    where id = ${mailId}::uuid and state in ('waiting', 'sending')`);
}

interface StoredMail extends Mail {
  readonly kind: string;
  readonly state: MailState;
  readonly expiresAt: Date;
  readonly begunAt: Date | null;
}

async function findMail({ db }: AppServices, mailId: string): Promise<StoredMail | undefined> {
  const { id, kind, recipient, userId, state, createdAt, expiresAt, begunAt } = table;
  const columns = { id, kind, recipient, userId, state, createdAt, expiresAt, begunAt };
  const [row] = await db.select(columns).from(table).where(eq(id, mailId));
  return row;
}

/** Forgets what became of old mails. */
export async function deleteOldMails({ db, clock }: AppServices): Promise<void> {
  await db.execute(
    sql`delete from mail where created_at < ${at(new Date(clock.now().getTime() - KEPT_HOURS * HOUR_MS))}`,
  );
}

function at(instant: Date): SQL {
  return sql`${instant.toISOString()}::timestamptz`;
}
