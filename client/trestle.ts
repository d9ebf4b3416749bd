import {
  createTRPCClient,
  type getFetch,
  httpBatchLink,
  httpLink,
  splitLink,
  type TRPCClient,
  wsLink,
} from "@trpc/client";
import type { inferRouterInputs, inferRouterOutputs } from "@trpc/server";
import superjson from "superjson";
import type { Attachment } from "../server/domains/work/attachments.contract.ts";
import type { OperationDetails } from "../server/domains/home/operations.contract.ts";
import type { ImportReceived } from "../server/domains/work/imports/imports.contract.ts";
import type { AppRouter } from "../server/router.ts";
import { refusal } from "./errors.ts";
import { LiveBoard, type LiveBoardOptions } from "./live-board.ts";
import type { LiveSource } from "./live-watch.ts";
import { cancelOperation, type OperationOptions, waitForOperation } from "./operations.ts";
import type { PendingStore } from "./pending-store.ts";
import { openPresence, type Presence, type PresenceCallbacks } from "./presence.ts";
import { repeatLinks, requireSameAuthor } from "./repeats.ts";
import { Session, sessionLink } from "./session.ts";
import { openSocket } from "./socket.ts";
import {
  type AttachmentFile,
  download,
  type FileContent,
  type NewArchive,
  type NewAttachment,
  type TableImport,
  type TrelloImport,
  type TrelloImported,
  type UploadOptions,
  uploadArchive,
  uploadAttachment,
  uploadTable,
  uploadTrello,
} from "./upload.ts";

export type RouterInputs = inferRouterInputs<AppRouter>;
export type RouterOutputs = inferRouterOutputs<AppRouter>;

export interface TrestleOptions {
  /** Where the server is, such as `http://localhost:3000`. */
  url: string;
  /** The token of a session that was kept elsewhere. Browsers need none: their session is a cookie. */
  token?: string | undefined;
  /** Instead of the platform's, which Node has from version 22. */
  WebSocket?: typeof globalThis.WebSocket | undefined;
  fetch?: typeof globalThis.fetch | undefined;
  /** Keeps the changes of boards that wait for the server across reloads, such as `indexedDbPending()`. */
  pending?: PendingStore | undefined;
}

export interface TrestleMembers {
  /** The bearer token of the session, from sign-in outside browsers. It is kept in memory only. */
  readonly token: string | undefined;
  /** Opens a board live. Close it when it is left. */
  board(boardId: string, options?: LiveBoardOptions): LiveBoard;
  /** Makes a board of a Trello export: names the import, sends the file, and answers when it is done. */
  importTrello(input: TrelloImport, file: FileContent, options?: OperationOptions): Promise<TrelloImported>;
  /** Sends a table, or issues of Jira or GitHub: `imports.preview` says then what they would become, `imports.start` does it. */
  sendTable(input: TableImport, file: FileContent): Promise<ImportReceived>;
  /** Makes projects, or boards of one, of an archive of Trestle: sends it, and answers when that is done. */
  importArchive(input: NewArchive, file: FileContent, options?: OperationOptions): Promise<OperationDetails>;
  /** Answers long work on the server, such as an import that was started or an archive, once it is done. */
  waitForOperation(operationId: string, options?: OperationOptions): Promise<OperationDetails>;
  /** Is at a board, and hears who else is and what they change. Close it when the board is left. */
  presence(boardId: string, on: PresenceCallbacks): Presence;
  /** Attaches a file to a task: announces it, sends it, and answers when it is there. */
  attach(input: NewAttachment, file: FileContent, options?: UploadOptions): Promise<Attachment>;
  /** Asks for the file of an attachment: to be read as it comes. `headers` may ask for a range of it. */
  download(file: AttachmentFile, headers?: Record<string, string>): Promise<Response>;
  /** Closes the boards and the connection. Calls still work; the next watch dials again. */
  close(): Promise<void>;
}

/** Every procedure of the server, as `trestle.tasks.move.mutate(…)`, and what else a front end needs. */
export type Trestle = TRPCClient<AppRouter> & TrestleMembers;

/** Nobody waits longer to hear who is signed in. */
const ACCOUNT_MS = 15_000;

/**
 * A typed client: calls go over HTTP in batches, watches over one WebSocket that is dialed at the first of them and
 * comes back by itself. A mutation that gets no answer is repeated for some 30 s, and never done twice. Calls fail with
 * a TRPCClientError; `errorKind(error)` says why.
 */
export function createTrestle(options: TrestleOptions): Trestle {
  const base = new URL(options.url.endsWith("/") ? options.url : `${options.url}/`);
  const endpoint = new URL("trpc", base);
  const session = new Session(options.token, async () => {
    const { user } = await client.auth.me.query(undefined, { signal: AbortSignal.timeout(ACCOUNT_MS) });
    return user.id;
  });
  const send = options.fetch ?? fetch;
  const authorization = (): { authorization?: string } =>
    session.token === undefined ? {} : { authorization: `Bearer ${session.token}` };
  const socket = openSocket({
    url: endpoint.href.replace(/^http/, "ws"),
    WebSocket: options.WebSocket ?? WebSocket,
    token: () => session.token,
  });
  const sendWithCookie: ReturnType<typeof getFetch> = (input, init) =>
    send(input, { ...init, signal: init?.signal ?? null, credentials: "include" });
  const http = { url: endpoint.href, transformer: superjson, fetch: sendWithCookie };
  // Pending changes are repeated by their board; each call of them may fill a request of its own.
  const sender = createTRPCClient<AppRouter>({ links: [httpLink({ ...http, headers: authorization })] });
  const client = createTRPCClient<AppRouter>({
    links: [
      sessionLink(session, socket.redial),
      ...repeatLinks(session),
      splitLink({
        condition: (op) => op.type === "subscription",
        true: wsLink({ client: socket.client, transformer: superjson }),
        false: httpBatchLink({
          ...http,
          headers: ({ opList }) => {
            requireSameAuthor(opList, session);
            return authorization();
          },
          maxItems: 10,
          maxURLLength: 8_000,
        }),
      }),
    ],
  });
  let closed = new AbortController();
  const source: Omit<LiveSource, "closed"> = {
    redial: socket.redial,
    author: () => session.account,
    apply: (input, signal) => sender.boards.applyChanges.mutate(input, { signal }),
    watch: (input, on) =>
      client.boards.live.subscribe(input, {
        onData: on.message,
        onError: on.ended,
        onComplete: () => on.ended(undefined),
        onConnectionStateChange: ({ state, error }) => {
          if (state === "pending") on.connection("up");
          if (state === "connecting" && error) on.connection("down");
        },
      }),
  };
  return withMembers(client, {
    get token() {
      return session.token;
    },
    board: (boardId, boardOptions) =>
      new LiveBoard(boardId, { ...source, closed: closed.signal }, { pending: options.pending, ...boardOptions }),
    importTrello: async (input, file, wait = {}) => {
      const { uploadUrl } = await client.imports.create.mutate({ ...input, source: "trello" });
      const { signal } = wait;
      const way = { url: new URL(uploadUrl, base), fetch: send, headers: authorization(), signal };
      const { importId, operationId } = await uploadTrello({ ...way, file });
      await waitForOperation(client, operationId, wait);
      const { boardId, report } = await client.imports.get.query({ orgId: input.orgId, importId });
      if (boardId === null || report === null) throw refusal("BOARD_NOT_FOUND");
      return { importId, boardId, report };
    },
    importArchive: async (input, file, wait = {}) => {
      const { operation, uploadUrl } = await client.archives.import.mutate({ ...input });
      const { signal } = wait;
      try {
        await uploadArchive({ url: new URL(uploadUrl, base), fetch: send, headers: authorization(), signal, file });
      } catch (error) {
        if (signal?.aborted) await cancelOperation(client, operation.id);
        throw error;
      }
      return waitForOperation(client, operation.id, wait);
    },
    waitForOperation: (operationId, wait) => waitForOperation(client, operationId, wait),
    sendTable: async (input, file) => {
      const { uploadUrl } = await client.imports.create.mutate({ ...input });
      const { source } = input;
      return uploadTable({ url: new URL(uploadUrl, base), source, file, fetch: send, headers: authorization() });
    },
    presence: (boardId, on) =>
      openPresence((input, handlers) => client.boards.presence.subscribe(input, handlers), boardId, on),
    attach: async (input, file, how = {}) => {
      const { uploadUrl } = await client.attachments.create.mutate({ ...input });
      return uploadAttachment({ ...how, url: new URL(uploadUrl, base), file, fetch: send, headers: authorization() });
    },
    download: ({ boardId, attachmentId, thumbnail = false }, headers = {}) => {
      const url = new URL(`boards/${boardId}/attachments/${attachmentId}${thumbnail ? "/thumbnail" : ""}`, base);
      return download({ url, fetch: send, headers: { ...headers, ...authorization() } });
    },
    close: async () => {
      closed.abort();
      closed = new AbortController();
      await socket.client.close();
    },
  });
}

/** The client is a proxy that takes every name for a noun: these are looked for first. */
function withMembers(client: TRPCClient<AppRouter>, members: TrestleMembers): Trestle;
function withMembers(client: object, members: object): object {
  return new Proxy(members, { get: (_, name): unknown => Reflect.get(name in members ? members : client, name) });
}
