import type { IncomingMessage, ServerResponse } from "node:http";
import type { Connections } from "./connections.ts";
import { AppError } from "./core/app-error.ts";
import type { AppServices, Context } from "./core/context.ts";
import { limitedBody, sendJson, urlOf } from "./core/http.ts";
import type { Transfer } from "./core/transfer.ts";
import { sendTasksAsCsv } from "./domains/work/tasks-csv.download.ts";
import { sendArchive } from "./domains/work/archives/archives.download.ts";
import { receiveArchive } from "./domains/work/archives/archives.upload.ts";
import { sendAttachment } from "./domains/work/attachments.download.ts";
import { receiveAttachment } from "./domains/work/attachments.upload.ts";
import { sendRefusedRows } from "./domains/work/imports/refused-rows.download.ts";
import { receiveImport } from "./domains/work/imports/imports.upload.ts";
import { DOWNLOAD_COST, TABLE_COST, UPLOAD_COST } from "./costs.ts";
import type { ErrorKind } from "./errors.ts";
import { Id } from "./fields.contract.ts";
import { heldAnswer } from "./held-answer.ts";

const MAX_IMPORT_BYTES = 100 << 20;

/** A request for a file, in either direction. */
interface Request {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly app: AppServices;
  readonly connections: Connections;
  readonly context: Context;
}

/** Of its address. */
type Names = Readonly<Record<string, string | undefined>>;

/** A kind of file that comes or goes by an address of its own. */
interface Route {
  readonly methods: readonly string[];
  readonly path: RegExp;
  readonly run: (request: Request, names: Names) => Promise<void>;
}

const ROUTES: readonly Route[] = [
  {
    methods: ["PUT"],
    path: /^\/imports\/(?<importId>[^/]+)$/u,
    async run(request, { importId }) {
      const ctx = transferOf(request, UPLOAD_COST);
      const body = limitedBody(request.req, MAX_IMPORT_BYTES);
      sendJson(request.res, 200, await receiveImport(ctx, toId(importId, "IMPORT_NOT_FOUND"), body));
    },
  },
  {
    methods: ["GET"],
    path: /^\/imports\/(?<importId>[^/]+)\/refused\.csv$/u,
    async run(request, { importId }) {
      const ctx = transferOf(request, TABLE_COST);
      hold(request, ctx);
      await sendRefusedRows(ctx, toId(importId, "IMPORT_NOT_FOUND"), request.res);
    },
  },
  {
    methods: ["PUT"],
    path: /^\/archives\/(?<operationId>[^/]+)$/u,
    async run(request, { operationId }) {
      const ctx = transferOf(request, UPLOAD_COST);
      const body = limitedBody(request.req, request.app.files.config.maxArchiveBytes);
      sendJson(request.res, 200, await receiveArchive(ctx, toId(operationId, "OPERATION_NOT_FOUND"), body));
    },
  },
  {
    methods: ["GET", "HEAD"],
    path: /^\/archives\/(?<operationId>[^/]+)$/u,
    async run(request, { operationId }) {
      const ctx = transferOf(request, DOWNLOAD_COST);
      const id = toId(operationId, "OPERATION_NOT_FOUND");
      hold(request, ctx);
      await sendArchive(ctx, id, request);
    },
  },
  {
    methods: ["PUT"],
    path: /^\/boards\/(?<boardId>[^/]+)\/attachments\/(?<uploadId>[^/]+)$/u,
    async run(request, names) {
      const ctx = transferOf(request, UPLOAD_COST);
      const boardId = toId(names["boardId"], "BOARD_NOT_FOUND");
      const uploadId = toId(names["uploadId"], "UPLOAD_NOT_FOUND");
      const body = limitedBody(request.req, request.app.files.config.maxBytes);
      sendJson(request.res, 200, await receiveAttachment(ctx, { boardId, uploadId }, body));
    },
  },
  {
    methods: ["GET", "HEAD"],
    path: /^\/boards\/(?<boardId>[^/]+)\/attachments\/(?<attachmentId>[^/]+)(?<thumbnail>\/thumbnail)?$/u,
    async run(request, names) {
      const ctx = transferOf(request, DOWNLOAD_COST);
      const boardId = toId(names["boardId"], "BOARD_NOT_FOUND");
      const attachmentId = toId(names["attachmentId"], "ATTACHMENT_NOT_FOUND");
      hold(request, ctx);
      await sendAttachment(ctx, { boardId, attachmentId, isThumbnail: names["thumbnail"] !== undefined }, request);
    },
  },
  {
    methods: ["GET"],
    path: /^\/boards\/(?<boardId>[^/]+)\/tasks\.csv$/u,
    async run(request, names) {
      const ctx = transferOf(request, TABLE_COST);
      const boardId = toId(names["boardId"], "BOARD_NOT_FOUND");
      hold(request, ctx);
      await sendTasksAsCsv(ctx, { boardId, search: urlOf(request.req).searchParams }, request.res);
    },
  },
];

/** What a request for a file is answered by; undefined: it is for something else. */
export function transferAt(
  { method = "" }: IncomingMessage,
  pathname: string,
): { run(request: Request): Promise<void> } | undefined {
  for (const { methods, path, run } of ROUTES) {
    const match = path.exec(pathname);
    const isAsked = match !== null && [...methods, "OPTIONS"].includes(method);
    if (isAsked) return { run: (request) => run(request, { ...match.groups }) };
  }
  return undefined;
}

/** Who asks, and that they have not asked for too much. Fails: SERVER_UNAVAILABLE, SIGN_IN_REQUIRED, CALLS_TOO_MANY. */
function transferOf({ app, context }: Request, cost: number): Transfer {
  const { user, session, request, unrecognised } = context;
  if (unrecognised) throw new AppError("SERVER_UNAVAILABLE");
  if (!user || !session || session.expiresAt <= app.clock.now()) throw new AppError("SIGN_IN_REQUIRED");
  app.calls.take(context, cost);
  return { app, user, session, request };
}

/** Ends what is being sent with the session that asked for it. */
function hold({ res, connections }: Request, { session, user }: Transfer): void {
  connections.admit(heldAnswer(res, connections), { id: session.id, userId: user.id });
}

function toId(text: string | undefined, otherwise: ErrorKind): string {
  const id = Id.safeParse(text);
  if (!id.success) throw new AppError(otherwise);
  return id.data;
}
