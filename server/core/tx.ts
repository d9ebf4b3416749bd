import { type SQL, sql } from "drizzle-orm";
import type { Db, TenantTransaction } from "../../db/client.ts";
import { keyOf, type Tenant } from "../../db/tenant.ts";
import type { BoardNews, InboxNews, OrgNews } from "../events.ts";
import type { BoardAction, OrgAction } from "../policy.ts";
import type { KeyLimits } from "./access.ts";
import type { AuditEntry } from "./audit/record.ts";
import { append, type LockedStream, lockedStream, type LogEvent } from "./event-log.ts";
import type { JobKind, Jobs } from "./jobs.ts";
import { type StoredMutation, StoredMutations } from "./mutations.ts";

/** What a write changes, and thereby whose stream it locks and how its actor is found. */
export type WriteScope =
  | { on: "user"; userId: string }
  | { on: "org"; userId: string; orgId: string; action: OrgAction; key?: KeyLimits | undefined }
  | {
      on: "board";
      userId: string;
      boardId: string;
      action: BoardAction;
      key?: KeyLimits | undefined;
      /** Also on an archived board, whatever the action says. */
      onArchived?: true | undefined;
    };

export interface UserActor {
  readonly userId: string;
}

/**
 * Rows that the commands of a transaction decide on: asked for by each of them, loaded at once, changed in memory by one
 * command after the other, and saved at once.
 */
export interface Picture {
  load(): Promise<void>;
  /** Whether something that was asked for of a stream is held by somebody else. */
  lacks(streamId: string): boolean;
  save(): void;
}

/** What a service tells the audit log, of which its record keeps digests alone. */
interface Noted {
  /** What it was done to, of the kind that `audited.ts` names. */
  readonly id: string;
  /** The organisation, when the scope of the write is none. */
  readonly orgId?: string;
  readonly before?: unknown;
  /** When it is not what the service answers. */
  readonly after?: unknown;
}

/** A job, enqueued at the end of a transaction. */
export interface WantedJob {
  readonly kind: { readonly name: string };
  enqueue(jobs: Pick<Jobs, "enqueue">): Promise<void>;
}

/** A transaction that holds the streams of what it changes. Made by `transact` and `tidy` alone. */
export class Tx {
  readonly db: Db;
  readonly now: Date;
  /** Whether its commands are of several streams: then it waits for no lock, and leaves to others what is locked. */
  readonly isShared: boolean;
  readonly streams = new Map<string, LockedStream>();
  /** What was done under the mutation ids of its commands: before it, or by it. */
  readonly stored = new StoredMutations();
  /** The id of the mutation under way: `boards.applyChanges` runs one for each of its changes. */
  mutationId = "";
  /** Who may see what by membership: goes up within this transaction when that changes. */
  accessVersion = 0;
  readonly done: StoredMutation[] = [];
  /** What the audit log will have of this transaction. */
  readonly audit: AuditEntry[] = [];
  /** What the service under way has said about that. */
  noted: Noted | undefined;
  /** The mutations that were answered from their stored results. */
  readonly repeated: StoredMutation[] = [];
  /** Work for later, which comes with what this transaction changes: the same once. */
  readonly jobs = new Map<string, WantedJob>();
  /** Told to the hub after the commit. */
  readonly aftermath = { recheckOrgs: new Set<string>(), forgottenStreams: new Set<string>() };
  readonly #transaction: TenantTransaction;
  #tenant: Tenant = {};
  readonly #pictures = new Map<string, Map<unknown, Picture>>();
  readonly #sent: Promise<unknown>[] = [];
  readonly #last: { readonly tenant: Tenant; readonly statement: SQL }[] = [];

  constructor(transaction: TenantTransaction, now: Date, isShared = false) {
    this.db = transaction;
    this.#transaction = transaction;
    this.now = now;
    this.isShared = isShared;
  }

  /** The version of the next event of a stream: what the rows that it announces are saved with. */
  nextVersion(streamId: string): number {
    return lockedStream(this.streams, streamId).version + 1;
  }

  /** From here on statements see what this tenant has, and commands its pictures. */
  enter(tenant: Tenant): void {
    this.#tenant = tenant;
    this.#transaction.enter(tenant);
  }

  /** Enters an organisation that was made or found in this transaction. */
  enterOrg(orgId: string): void {
    this.enter({ orgId, userId: this.#tenant.userId });
  }

  /** The picture of this kind, which all commands of the tenant share. */
  picture<P extends Picture>(kind: new (tx: Tx) => P): P {
    const known = this.#picturesHere.get(kind);
    if (known instanceof kind) return known;
    const picture = new kind(this);
    this.#picturesHere.set(kind, picture);
    return picture;
  }

  /** The pictures of this kind that there are, those of other tenants too. */
  everyPicture<P extends Picture>(kind: new (tx: Tx) => P): P[] {
    return [...this.#pictures.values()].flatMap((here) => {
      const picture = here.get(kind);
      return picture instanceof kind ? [picture] : [];
    });
  }

  get #picturesHere(): Map<unknown, Picture> {
    const key = keyOf(this.#tenant);
    const here = this.#pictures.get(key) ?? new Map<unknown, Picture>();
    this.#pictures.set(key, here);
    return here;
  }

  /** The pictures of the tenant that was entered. */
  get pictures(): Iterable<Picture> {
    return this.#picturesHere.values();
  }

  /** Sends a statement whose answer nobody needs: it leaves at once, and the end of the transaction waits for it. */
  send(statement: PromiseLike<unknown>): void {
    const sent = Promise.resolve(statement);
    // Its failure is met in `flush`; without this it would be an unhandled rejection until then.
    sent.catch(() => {});
    this.#sent.push(sent);
  }

  /** Sends one about somebody else's account, in their name: Postgres lets nobody else write there. */
  sendAs(userId: string, statement: SQL): void {
    const tenant = this.#tenant;
    this.enter({ ...tenant, userId });
    this.send(this.db.execute(statement));
    this.enter(tenant);
  }

  /** Keeps a statement for the end, behind all events and answers that are written: in the name of `userId`, if given. */
  keepForEnd(statement: SQL, { userId = this.#tenant.userId }: { userId?: string } = {}): void {
    this.#last.push({ tenant: { ...this.#tenant, userId }, statement });
  }

  /** Wants a job done once this is committed. Costs the transaction a round trip. */
  later<Payload extends object>(kind: JobKind<Payload>, payload: Payload): void {
    this.jobs.set(`${kind.name} ${JSON.stringify(payload)}`, {
      kind,
      enqueue: (jobs) => jobs.enqueue(this.db, kind, payload),
    });
  }

  /** Sends what was kept for the end. */
  sendKept(): void {
    for (const { tenant, statement } of this.#last.splice(0)) {
      this.enter(tenant);
      this.send(this.db.execute(statement));
    }
  }

  /** Creates the stream of a new board or organisation, and holds it. */
  createStream(stream: { id: string; orgId: string; kind: "board" | "org" }): void {
    this.send(
      this.db.execute(
        sql`insert into stream (id, org_id, kind) values (${stream.id}::uuid, ${stream.orgId}::uuid, ${stream.kind})`,
      ),
    );
    this.streams.set(stream.id, { ...stream, version: 0, nonce: 0, events: [] });
  }

  async flush(): Promise<void> {
    await Promise.all(this.#sent);
  }
}

/** Tells the audit log what a mutation is done to: every service of one that is audited does, before it changes it. */
export function note(tx: Tx, noted: Noted): void {
  tx.noted = noted;
}

/**
 * Tells a board's watchers what changed. The event is written at the end of the transaction; with it, and told to nobody,
 * what was another before.
 */
export function announce(
  tx: Tx,
  actor: { userId: string; boardId: string },
  news: BoardNews,
  replaced?: unknown,
): LogEvent {
  return append(lockedStream(tx.streams, actor.boardId), { ...news, replaced }, signature(tx, actor));
}

/** Tells the members of an organisation what changed. */
export function announceToOrg(tx: Tx, actor: { userId: string; orgId: string }, news: OrgNews): LogEvent {
  return append(lockedStream(tx.streams, actor.orgId), news, signature(tx, actor));
}

/**
 * Tells one person what concerns them alone. Nobody else ever reads an inbox, so that its events count no changes of
 * access.
 */
export function announceToInbox(tx: Tx, actor: { userId: string; inboxId: string }, news: InboxNews): LogEvent {
  return append(lockedStream(tx.streams, actor.inboxId), news, { ...signature(tx, actor), accessVersion: 0 });
}

function signature(tx: Tx, actor: { userId: string }) {
  return { actorId: actor.userId, mutationId: tx.mutationId, accessVersion: tx.accessVersion, at: tx.now };
}
