import type { Database, Db } from "../../db/client.ts";
import type { BoardAction } from "../policy.ts";
import type { FoundAtBoard, FoundInOrg, KeyLimits } from "./access.ts";
import type { AppError } from "./app-error.ts";
import type { AuditLog } from "./audit/audit-log.ts";
import type { Batches } from "./batches.ts";
import type { CallLimits } from "./call-limits.ts";
import type { Clock } from "./clock.ts";
import type { Party } from "./fair-queue.ts";
import type { IdentityProvider } from "./identity-providers.ts";
import type { Files } from "./files/files.ts";
import type { Jobs } from "./jobs.ts";
import type { Encryption } from "./encryption/encryption.ts";
import type { RootKeys } from "./encryption/root-keys.ts";
import type { Flow } from "./live/flow.ts";
import type { Hub } from "./live/hub.ts";
import type { SharedSnapshot } from "./live/shared-snapshots.ts";
import type { Load } from "./load.ts";
import type { Logger } from "./log.ts";
import type { LogReader } from "./log-reader.ts";
import type { OriginPolicy } from "./origins.ts";
import type { PlainReads } from "./plain-reads.ts";
import type { Proxies } from "./proxies.ts";
import type { Tenants } from "./tenants.ts";
import type { TryBudget } from "./try-budget.ts";

/** What one running Trestle has: made by `createApp`, or by a test. */
export interface AppServices {
  readonly db: Database;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly tenants: Tenants;
  readonly batches: Batches;
  readonly orgReads: PlainReads<FoundInOrg>;
  readonly boardReads: PlainReads<FoundAtBoard>;
  readonly hub: Hub;
  readonly jobs: Jobs;
  /** Lets those read the log who have to read all of it. */
  readonly logReader: LogReader;
  /** Keys for other purposes are derived of these. */
  readonly rootKeys: RootKeys;
  readonly encryption: Encryption;
  readonly files: Files;
  readonly log: Logger;
  readonly calls: CallLimits;
  readonly load: Load;
  readonly sessions: SessionService;
  readonly passwords: PasswordService;
  readonly proxies: Proxies;
  readonly tries: TryBudgets;
  /** Whom else people may sign in by. */
  readonly providers: readonly IdentityProvider[];
  /** Who may sign up: everybody, or whoever has proved by mail that the address is theirs. */
  readonly signUp: "open" | "mail";
  /** The address that people reach this server by, without a slash at its end. */
  readonly publicUrl: string;
  /** Whose pages may use it. */
  readonly origins: OriginPolicy;
  readonly boardSnapshots: BoardSnapshots;
  readonly presence: BoardVisitors;
}

/** Somebody who wants to read a board, not yet known to have a role there. */
export interface BoardClaim {
  readonly userId: string;
  readonly boardId: string;
  readonly action: BoardAction;
  readonly key?: KeyLimits | undefined;
}

/** Somebody who is at a board in one place, and is told who else is. */
export interface Visitor {
  readonly id: string;
  readonly boardId: string;
  readonly userId: string;
  /** What they change. */
  readonly taskId: string | null;
  /** The same object for all who may see the same. */
  show(message: object): void;
  end(reason: AppError): void;
}

/** The work domain's account of who is at which board. */
interface BoardVisitors {
  join(visitor: Visitor): void;
  leave(visitor: Visitor): void;
}

/** The work domain's snapshots of boards, as the rest of the server sees them. */
export interface BoardSnapshots {
  /** The board as it is, for somebody who may read it. */
  read(claim: BoardClaim): Promise<SharedSnapshot>;
}

/** Who is signed in by a session. */
export interface SignedInUser {
  readonly id: string;
  /** Null: a service account. */
  readonly email: string | null;
  readonly name: string;
}

export interface CurrentSession {
  /** The public id: safe to show and to log. */
  readonly id: string;
  readonly token: string;
  readonly expiresAt: Date;
  /** Set when it is no session of a person, but an API key. */
  readonly key?: KeyLimits | undefined;
}

/** A session by its public id, and whose it is. */
export interface OwnedSession {
  readonly id: string;
  readonly userId: string;
}

/** How a session comes about. */
export interface SessionOrigin {
  readonly address?: string | undefined;
  /** That of the account when its owner was recognised. */
  readonly signInVersion?: number | undefined;
  /** Adds its record to the transaction that the session begins in. */
  readonly record?: ((db: Db, sessionId: string) => Promise<void>) | undefined;
}

/** The identity domain's sessions, as the rest of the server sees them. */
export interface SessionService {
  /**
   * Begins a session. With a `signInVersion`: unless all sessions of the account were ended meanwhile.
   * Fails: CREDENTIALS_WRONG.
   */
  create(userId: string, userAgent: string, by?: SessionOrigin): Promise<{ token: string; cookie: string }>;
  /** `address`: where it is used from, to be shown to its owner. */
  find(
    token: string,
    address?: string,
  ): Promise<{ session: CurrentSession; user: SignedInUser; cookie: string | undefined } | undefined>;
  /** When the owner of a session last proved who they are. Undefined: it has ended. */
  authenticatedAt(session: OwnedSession): Promise<Date | undefined>;
  /** `on`: a transaction of its owner. */
  setAuthenticated(session: OwnedSession, on?: Db): Promise<void>;
  /**
   * The same, and gives the session another token; the one of before is good for some seconds more, for what is under
   * way. Undefined: that was done a moment ago, and has not ended the one of before yet.
   */
  renew(session: OwnedSession, on?: Db): Promise<{ token: string; cookie: string } | undefined>;
  /** Of these sessions and API keys, by their public ids, those that still count. */
  findLive(sessionIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** The token of a request, by cookie or bearer header; malformed ones count as none. */
  tokenOf(headers: {
    cookie?: string | undefined;
    authorization?: string | undefined;
  }): { token: string; via: "cookie" | "bearer" } | undefined;
  readonly blankCookie: string;
  /** Called when sessions end, so that their sockets are closed. */
  onEnded(listener: (sessionIds: readonly string[]) => void): void;
  announceEnded(sessionIds: readonly string[]): void;
}

/** Hashes are slow on purpose, and made in turns: `by` says for whom. */
export interface PasswordService {
  hash(password: string, by?: Party): Promise<string>;
  /** Takes the same time without a stored hash: an unknown account is not told from a wrong password. */
  verify(storedHash: string | undefined, password: string, by?: Party): Promise<boolean>;
  /** Whether a hash was made with other parameters than those of now. */
  isOutdated(storedHash: string): boolean;
}

/** How often who may try to be who they say they are. */
export interface TryBudgets {
  /** By an account, of all who do not come from where it was signed in to before. */
  readonly account: TryBudget;
  /** By a network, of those same people. */
  readonly address: TryBudget;
  /** By an account and a device that it was signed in on before. */
  readonly device: TryBudget;
  /** By a session, of who proves again who they are. */
  readonly session: TryBudget;
  /** By a network: accounts, and mails that anybody may ask for. */
  readonly mail: TryBudget;
}

/** What a call came by. */
export interface RequestContext {
  readonly transport: "http" | "websocket" | "caller";
  readonly userAgent: string;
  /** The client's address, as far as it is known. */
  readonly address?: string | undefined;
  /** How its session's token came; undefined: there is none, or it is a caller's own. */
  readonly via?: "cookie" | "bearer" | undefined;
  /** The cookies that it came with, as they were sent. */
  readonly cookies?: string | undefined;
  /** The id of the request, or of the socket that all its calls come by: made when it is first asked for. */
  readonly requestId?: () => string;
  readonly setCookie: (cookie: string) => void;
  /** The socket of a WebSocket call, shared by all calls on it, or the answer of a watch by HTTP. */
  readonly connection: ConnectionContext | undefined;
  /** It can put JSON that is ready into its answer as it is. */
  readonly takesJson?: boolean;
}

export interface ConnectionContext {
  /** How many watches it holds. */
  subscriptions: number;
  /** The room for what they write. */
  readonly flow: Flow;
  /** Asks the client to come again later (1013), with what it has. */
  tryAgainLater(): void;
}

/** A request or socket, as procedures see it. Its making never fails: who cannot be recognised is anonymous. */
export interface Context {
  readonly app: AppServices;
  readonly session: CurrentSession | undefined;
  readonly user: SignedInUser | undefined;
  /** The database could not be asked who this is: every call that needs to know answers SERVER_UNAVAILABLE. */
  readonly unrecognised: boolean;
  readonly request: RequestContext;
}
