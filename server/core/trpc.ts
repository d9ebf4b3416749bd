import {
  getTRPCErrorFromUnknown,
  initTRPC,
  type TRPCBuiltRouter,
  type TRPCError,
  type TRPCProcedureType,
  type TRPCRouterRecord,
} from "@trpc/server";
import { z, ZodError } from "zod";
import type { Db } from "../../db/client.ts";
import { AUDITED_REFUSALS, auditRuleOf } from "../audited.ts";
import type { Action, BoardAction, OrgAction } from "../policy.ts";
import { COSTS } from "../costs.ts";
import { ERRORS, type ErrorKind } from "../errors.ts";
import { Id } from "../fields.contract.ts";
import type { ActorOf } from "./access-under-lock.ts";
import {
  boardRefusal,
  findAtBoard,
  findInOrg,
  type FoundAtBoard,
  type FoundInOrg,
  keyAllows,
  type KeyLimits,
  orgRefusal,
  toBoardActor,
  toOrgActor,
} from "./access.ts";
import { AppError, detailsOf } from "./app-error.ts";
import { countRefusal } from "./audit/refused-call.ts";
import { sourceOf } from "./audit/source.ts";
import type { BatchedService, RepeatService, WriteCall, WriteService } from "./command.ts";
import type { BoardClaim, Context } from "./context.ts";
import { isUnavailable } from "./faults.ts";
import { newId } from "./ids.ts";
import { transformer } from "./transformer.ts";
import type { WriteScope } from "./tx.ts";
import { write } from "./write.ts";

/** Who may call a procedure: everybody, everybody who is signed in, or those whom the policy allows the action. */
export interface Meta {
  readonly action: Action | "public" | "user";
  /** An API key may call it, too, though no action of the policy says so. */
  readonly byKey?: boolean;
  /** Only for a while after they proved who they are; or only where an owner is concerned. */
  readonly isRecent?: boolean | "owners";
}

const t = initTRPC
  .context<Context>()
  .meta<Meta>()
  .create({
    transformer,
    isDev: false,
    sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 40_000 } },
    errorFormatter: ({ shape, error, ctx, path }) => {
      const kind = kindOf(error);
      const { code, httpStatus } = shape.data;
      const base = { code, httpStatus, kind, ...(path === undefined ? {} : { path }) };
      if (kind === "INTERNAL") {
        const requestId = newId();
        ctx?.app.log.error({ requestId, path, err: error }, "a call failed for a fault of ours");
        return { ...shape, message: `${ERRORS.INTERNAL.says} (${requestId})`, data: { ...base, requestId } };
      }
      return { ...shape, message: ERRORS[kind].says, data: { ...base, ...fieldsOf(error), ...detailsOf(error) } };
    },
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;
/** A router made here, whatever its procedures. */
export type AnyRouter = Pick<
  TRPCBuiltRouter<(typeof t)["_config"]["$types"], TRPCRouterRecord>,
  "_def" | "createCaller"
>;

/** The kinds of tRPC's own refusals, by their code. */
const KINDS: Partial<Record<TRPCError["code"], ErrorKind>> = {
  PARSE_ERROR: "INPUT_INVALID",
  UNPROCESSABLE_CONTENT: "INPUT_INVALID",
  BAD_REQUEST: "INPUT_INVALID",
  NOT_FOUND: "PROCEDURE_NOT_FOUND",
  METHOD_NOT_SUPPORTED: "METHOD_NOT_SUPPORTED",
  UNSUPPORTED_MEDIA_TYPE: "MEDIA_TYPE_UNSUPPORTED",
  PAYLOAD_TOO_LARGE: "BODY_TOO_LARGE",
};

/** The kind of an error: ours by the catalogue, tRPC's own by their code, and everything else is a fault of ours. */
export function kindOf(error: TRPCError): ErrorKind {
  if (error instanceof AppError) return error.kind;
  if (error.code === "BAD_REQUEST" && error.message.startsWith("Batch call exceeds")) return "BATCH_TOO_LARGE";
  return KINDS[error.code] ?? "INTERNAL";
}

/** Which part of the input is to blame: path → sentence. */
function fieldsOf({ cause }: TRPCError): { fields?: Record<string, string> } {
  if (!(cause instanceof ZodError)) return {};
  return { fields: Object.fromEntries(cause.issues.map((issue) => [issue.path.join("."), issue.message])) };
}

type Ending = { readonly ok: true } | { readonly ok: false; readonly error: TRPCError };

/** A call, as a middleware sees it. */
interface Call {
  readonly ctx: Context;
  readonly path: string;
  readonly type: TRPCProcedureType;
  readonly getRawInput: () => Promise<unknown>;
}

/**
 * Runs a call, if there is room for it. One log line for it: never input, output, cookies or tokens. What was refused to
 * somebody is counted for the audit log.
 */
async function logged<Result extends Ending>(call: Call, run: () => Promise<Result>): Promise<Result> {
  const { ctx, path, type } = call;
  const startedAt = performance.now();
  const end = (error?: TRPCError): void => {
    const ms = Math.round(performance.now() - startedAt);
    const outcome = error ? { ok: false, kind: kindOf(error) } : { ok: true };
    if (error && AUDITED_REFUSALS.has(kindOf(error))) void countRefusal(call, kindOf(error));
    if (!ctx.app.log.isLevelEnabled("debug")) return;
    const { user, request } = ctx;
    const from = { requestId: request.requestId?.(), ...(user ? { userId: user.id } : {}) };
    ctx.app.log.debug({ path, type, ms, ...outcome, ...from }, "call");
  };
  try {
    ctx.app.load.admit(type, path);
    ctx.app.calls.take(ctx, COSTS[path] ?? 1);
    const result = await run();
    if (!result.ok && isUnavailable(result.error)) {
      ctx.app.log.warn({ path, err: result.error }, "the database is not available");
      throw new AppError("SERVER_UNAVAILABLE", { cause: result.error });
    }
    end(result.ok ? undefined : result.error);
    return result;
  } catch (error) {
    end(getTRPCErrorFromUnknown(error));
    throw error;
  }
}

/** Anybody, but no program with an API key. */
export const publicProcedure = t.procedure.meta({ action: "public" }).use(({ ctx, path, type, getRawInput, next }) =>
  logged({ ctx, path, type, getRawInput }, () => {
    if (ctx.session?.key) throw new AppError("KEY_FORBIDDEN");
    return next();
  }),
);

// Logged and recognised in one: a middleware costs a call more than the look at its session (`bench/calls.ts`).
const signedIn = t.procedure.use(({ ctx, path, type, meta, getRawInput, next }) =>
  logged({ ctx, path, type, getRawInput }, async () => next({ ctx: requireSession(ctx, meta) })),
);

/** Anybody who is signed in, and no API key unless the procedure's `meta` says so. */
export const userProcedure = t.procedure.meta({ action: "user" }).use(({ ctx, path, type, meta, getRawInput, next }) =>
  logged({ ctx, path, type, getRawInput }, async () => {
    const known = requireSession(ctx, meta);
    return next({ ctx: { ...known, db: ctx.app.db.within({ userId: known.user.id }) } });
  }),
);

/** How long ago somebody may have proved who they are, when they change what they sign in with. */
const RECENT_MS = 600_000;

/** Who is signed in and has just proved it. The session is looked up: what is known of it from before may be older. */
export const recentProcedure = userProcedure.meta({ action: "user", isRecent: true }).use(async ({ ctx, next }) => {
  await requireRecent(ctx);
  return next({ ctx });
});

async function requireRecent({
  app: { sessions, clock },
  user,
  session,
}: Pick<Context, "app"> & ReturnType<typeof requireSession>): Promise<void> {
  // Nobody is there to prove anything.
  if (session.key) throw new AppError("KEY_FORBIDDEN");
  const at = await sessions.authenticatedAt({ id: session.id, userId: user.id });
  if (!at) throw new AppError("SIGN_IN_REQUIRED");
  if (clock.now().getTime() - at.getTime() >= RECENT_MS) throw new AppError("REAUTHENTICATION_REQUIRED");
}

function requireSession(ctx: Context, meta: Meta | undefined) {
  if (ctx.unrecognised) throw new AppError("SERVER_UNAVAILABLE");
  const { user, session } = ctx;
  if (!user || !session || session.expiresAt <= ctx.app.clock.now()) throw new AppError("SIGN_IN_REQUIRED");
  if (session.key && !isWithin(session.key, meta)) throw new AppError("KEY_FORBIDDEN");
  return { user, session };
}

function isWithin(key: KeyLimits, meta: Meta | undefined): boolean {
  if (!meta || meta.action === "public" || meta.action === "user") return meta?.byKey === true;
  return keyAllows(key, meta.action);
}

const OrgScope = z.looseObject({ orgId: Id });
const BoardScope = z.looseObject({ boardId: Id });

/**
 * Reads of an organisation: looks up the caller's role and narrows the context to an actor. The resolver changes nothing: it
 * may run for somebody who is refused, or twice (`PlainReads`).
 */
export function orgProcedure(action: OrgAction) {
  return signedIn
    .meta({ action })
    .input(OrgScope)
    .use(({ ctx, input: { orgId }, next }) => {
      const db = ctx.app.db.reading({ orgId });
      const who = { userId: ctx.user.id, orgId, key: ctx.session.key };
      const asking = {
        asker: `${who.userId} ${orgId}`,
        find: () => findInOrg(db, who),
        refusal: (found: FoundInOrg) => orgRefusal({ ...who, ...found }, action),
        toActor: (found: FoundInOrg) => toOrgActor({ ...who, ...found }, action),
      };
      return ctx.app.orgReads.answer(asking, (actor) => next({ ctx: { db, actor } }));
    });
}

/** The same of a board: looks up the caller's board role. */
export function boardProcedure(action: BoardAction) {
  return signedIn
    .meta({ action })
    .input(BoardScope)
    .use(({ ctx, input: { boardId }, next }) => {
      const db = ctx.app.db.reading({ streamId: boardId });
      const who = { userId: ctx.user.id, boardId, key: ctx.session.key };
      const asking = {
        asker: `${who.userId} ${boardId}`,
        find: () => findAtBoard(db, who),
        refusal: (found: FoundAtBoard) => boardRefusal({ ...who, ...found }, action),
        toActor: (found: FoundAtBoard) => toBoardActor({ ...who, ...found }, action),
      };
      return ctx.app.boardReads.answer(asking, (actor) => next({ ctx: { db, actor } }));
    });
}

/** Reads whose one statement finds the caller's board role together with the rows (rule L6): it must refuse itself. */
export function boardOpening(action: BoardAction) {
  return signedIn
    .meta({ action })
    .input(BoardScope)
    .use(({ ctx, input, next }) => {
      const claim: BoardClaim = { userId: ctx.user.id, boardId: input.boardId, action, key: ctx.session.key };
      return next({ ctx: { claim } });
    });
}

/** The same for what members of an organisation watch. */
export function orgOpening(action: OrgAction) {
  return signedIn
    .meta({ action })
    .input(OrgScope)
    .use(({ ctx, input, next }) => {
      const claim = { userId: ctx.user.id, orgId: input.orgId, key: ctx.session.key, action };
      return next({ ctx: { claim } });
    });
}

interface WriteOptions<Scope extends WriteScope> {
  /** Other streams that the service announces to: found before the lock, locked with the scope's own. */
  readonly alsoLocks?: WriteCall<Scope>["alsoLocks"];
  readonly answersSecret?: boolean;
  /** Only for who has just proved who they are: always, or where an owner is concerned. */
  readonly isRecent?: true | ((db: Db, input: unknown) => Promise<boolean>);
}

/** Changes by anybody who is signed in, under the lock of their inbox. */
export function userMutation(
  options: Omit<WriteOptions<WriteScope & { on: "user" }>, "isRecent"> & { isRecent?: true } = {},
) {
  const { isRecent } = options;
  return signedIn
    .meta(isRecent ? { action: "user", isRecent } : { action: "user" })
    .use(async ({ ctx, path, next }) => {
      if (isRecent) await requireRecent(ctx);
      const scope = { on: "user", userId: ctx.user.id } as const;
      return next({ ctx: writer(ctx, { scope, procedure: path, ...options }) });
    });
}

/** Changes of an organisation. There is no actor before the lock: the service gets the one loaded under it. */
export function orgMutation(action: OrgAction, options: WriteOptions<WriteScope & { on: "org" }> = {}) {
  const { isRecent } = options;
  return signedIn
    .meta(isRecent === undefined ? { action } : { action, isRecent: isRecent === true ? true : "owners" })
    .input(OrgScope)
    .use(async ({ ctx, input, path, next }) => {
      const { key } = ctx.session;
      const { db } = ctx.app;
      if (isRecent === true || (await isRecent?.(db.within({ orgId: input.orgId }), input)) === true) {
        await requireRecent(ctx);
      }
      const scope = { on: "org", userId: ctx.user.id, orgId: input.orgId, action, key } as const;
      return next({ ctx: writer(ctx, { scope, procedure: path, ...options }) });
    });
}

interface BoardWriteOptions extends WriteOptions<WriteScope & { on: "board" }> {
  /** It only ends what is the caller's own: also on an archived board, where the action is otherwise refused. */
  readonly onArchived?: true;
}

/** Changes of a board. There is no actor before the lock: the service gets the one loaded under it. */
export function boardMutation(action: BoardAction, { onArchived, ...options }: BoardWriteOptions = {}) {
  return signedIn
    .meta({ action })
    .input(BoardScope)
    .use(({ ctx, input, path, next }) => {
      const { key } = ctx.session;
      const scope = { on: "board", userId: ctx.user.id, boardId: input.boardId, action, key, onArchived } as const;
      return next({ ctx: writer(ctx, { scope, procedure: path, ...options }) });
    });
}

/** Gives a mutation its only way to the database. */
function writer<Scope extends WriteScope>(ctx: Context, call: WriteCall<Scope>) {
  const audited = auditRuleOf(call.procedure) ? { ...call, source: sourceOf(ctx) } : call;
  return {
    write: <Input extends { mutationId?: string | undefined }, Output>(
      service: WriteService<ActorOf<Scope>, Input, Output> | BatchedService<ActorOf<Scope>, Input, Output>,
      input: Input,
      repeat?: RepeatService<Input, Output>,
    ): Promise<Output> => write(ctx.app, audited, { service, input, repeat }),
  };
}
