import type { IncomingMessage, ServerResponse } from "node:http";
import { AppError } from "../core/app-error.ts";
import { answerCors } from "../core/http.ts";
import type { OriginPolicy } from "../core/origins.ts";
import type { HttpLane } from "../http-lane.ts";
import { AGENTS_AT, type AgentsOptions, createAgents } from "./agents.ts";
import { DOCUMENT } from "./document.ts";
import { CALLS_AT, PlainCalls } from "./plain-calls.ts";
import { referenceFiles } from "./reference-page.ts";

interface ApiOptions extends Omit<AgentsOptions, "procedures"> {
  readonly lane: HttpLane;
  readonly origins: OriginPolicy;
  /** Fails: ORIGIN_REFUSED. */
  readonly requireOwnPage: (req: IncomingMessage) => void;
}

/** Whether a path is of the API for others than our client. */
export function isOfApi(pathname: string): boolean {
  return pathname === "/api" || pathname.startsWith("/api/") || pathname === AGENTS_AT;
}

/**
 * Answers what is at `/api`, the procedures in plain JSON, the document that describes them, and a page to try them, and
 * agents at `/mcp`.
 */
export function createApi({ lane, origins, requireOwnPage, ...options }: ApiOptions) {
  const answerAgent = createAgents({ ...options, procedures: lane.procedures });
  const calls = new PlainCalls(lane.procedures);
  const files = new Map(referenceFiles()).set("/api/openapi.json", DOCUMENT);
  return async function answerApi(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    if (answerCors(req, res, origins)) return;
    if (url.pathname === AGENTS_AT) return answerAgent(req, res, url);
    if (url.pathname.startsWith(CALLS_AT)) {
      const call = calls.read(req, res, url);
      if (req.method === "POST") requireOwnPage(req);
      await lane.answer(call, req, res, {});
      return;
    }
    const file = files.get(url.pathname);
    if (!file) throw new AppError("PROCEDURE_NOT_FOUND");
    await file.send(req, res);
  };
}
