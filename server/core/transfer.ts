import { AUDITED_REFUSALS } from "../audited.ts";
import type { ErrorKind } from "../errors.ts";
import { AppError } from "./app-error.ts";
import { sourceOf } from "./audit/source.ts";
import type { AppServices, CurrentSession, RequestContext, SignedInUser } from "./context.ts";
import { isUnavailable } from "./faults.ts";

/** Whose file it is that comes or goes, and how. */
export interface Transfer {
  readonly app: AppServices;
  readonly user: SignedInUser;
  readonly session: CurrentSession;
  readonly request: RequestContext;
}

/** One log line for a file, as for a call. What was refused to somebody is counted for the audit log. */
export async function logged<Result>(
  ctx: Transfer,
  { path, type, boardId }: { path: string; type: "upload" | "download"; boardId?: string },
  run: () => Promise<Result>,
): Promise<Result> {
  const { app, user } = ctx;
  const startedAt = performance.now();
  const line = { path, type, userId: user.id };
  const sinceStart = () => Math.round(performance.now() - startedAt);
  try {
    const done = await run();
    app.log.debug({ ...line, ms: sinceStart(), ok: true }, "call");
    return done;
  } catch (error) {
    const kind = kindOf(error);
    if (AUDITED_REFUSALS.has(kind)) app.audit.refused({ source: sourceOf(ctx), action: path, reason: kind, boardId });
    app.log.debug({ ...line, ms: sinceStart(), ok: false, kind }, "call");
    throw error;
  }
}

export function kindOf(error: unknown): ErrorKind {
  if (error instanceof AppError) return error.kind;
  return isUnavailable(error) ? "SERVER_UNAVAILABLE" : "INTERNAL";
}

/** A body whose early end, `kind`, is told from faults of ours. */
export async function* whole(
  body: AsyncIterable<Uint8Array>,
  kind: "IMPORT_INTERRUPTED" | "UPLOAD_INTERRUPTED",
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch (error) {
    throw error instanceof AppError ? error : new AppError(kind, { cause: error });
  }
}
