import type { IncomingMessage, ServerResponse } from "node:http";
import { type AuthInfo, createMcpHandler } from "@modelcontextprotocol/server";
import { AppError } from "../core/app-error.ts";
import type { AppServices, Context } from "../core/context.ts";
import { isJson, limitedBody } from "../core/http.ts";
import { isAllowedOrigin } from "../core/origins.ts";
import type { AnyRouter } from "../core/trpc.ts";
import type { HttpLane } from "../http-lane.ts";
import { AgentServer } from "./agent-server.ts";
import { type AgentTool, readTools } from "./agent-tools.ts";
import { Confirmations } from "./confirmations.ts";

/** Where agents come. */
export const AGENTS_AT = "/mcp";

const MAX_BODY_BYTES = 1 << 20;

export interface AgentsOptions {
  readonly app: AppServices;
  readonly router: AnyRouter;
  readonly procedures: HttpLane["procedures"];
  readonly contextOf: (req: IncomingMessage, res: ServerResponse) => Promise<Context>;
}

/** Whose request it is, and which nouns of the router they are shown; undefined: all. */
interface Visit {
  readonly context: Context;
  readonly tools: ReadonlyMap<string, AgentTool>;
  readonly nouns: ReadonlySet<string> | undefined;
}

/**
 * Answers agents: the procedures as tools of the Model Context Protocol, for API keys. Each request is answered by itself,
 * so that any process can; nothing is kept of it, and no stream stays open.
 */
export function createAgents({ app, router, procedures, contextOf }: AgentsOptions) {
  const confirmations = new Confirmations(app.rootKeys);
  const visits = new WeakMap<AuthInfo, Visit>();
  let tools: ReadonlyMap<string, AgentTool> | undefined;
  const { fetch: answer } = createMcpHandler(
    ({ authInfo }) => {
      const visit = authInfo && visits.get(authInfo);
      if (!visit) throw new TypeError("who asks was let in");
      return new AgentServer({ router, confirmations, ...visit }).mcp;
    },
    {
      maxSubscriptions: 0,
      // Its message may say what was sent.
      onerror: ({ name }) => app.log.debug({ error: name }, "a message of an agent was refused"),
    },
  );

  return async function answerAgent(req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
    const { origin } = req.headers;
    // The key is proof enough, but the protocol wants it: a page of elsewhere has no business here.
    if (origin !== undefined && !isAllowedOrigin(app.origins, origin)) throw new AppError("ORIGIN_REFUSED");
    const context = await contextOf(req, res);
    app.calls.take(context, 1);
    if (context.unrecognised) throw new AppError("SERVER_UNAVAILABLE");
    if (!context.session?.key) throw new AppError("KEY_REQUIRED");
    if (req.method !== "POST") {
      res.setHeader("Allow", "POST");
      throw new AppError("METHOD_NOT_SUPPORTED");
    }
    const parsedBody = await readMessage(req);
    const authInfo = { token: "", clientId: context.session.id, scopes: [] };
    const nouns = url.searchParams.get("nouns");
    visits.set(authInfo, {
      context,
      tools: (tools ??= await readTools(procedures)),
      nouns: nouns === null ? undefined : new Set(nouns.split(",")),
    });
    const request = new Request(url, { method: "POST", headers: headersOf(req), signal: leaving(res) });
    await send(res, await answer(request, { authInfo, parsedBody }));
  };
}

/** One message. Fails: MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE; INPUT_INVALID, also for several, which revisions of before knew. */
async function readMessage(req: IncomingMessage): Promise<object> {
  if (!isJson(req)) throw new AppError("MEDIA_TYPE_UNSUPPORTED");
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitedBody(req, MAX_BODY_BYTES)) chunks.push(chunk);
  const message = parsed(Buffer.concat(chunks).toString());
  if (typeof message !== "object" || message === null || Array.isArray(message)) throw new AppError("INPUT_INVALID");
  return message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("INPUT_INVALID", { cause });
  }
}

/** What the protocol looks at; what credentials there were is known. */
function headersOf(req: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    if (typeof value === "string" && /^(?:accept|content-type|mcp-.+)$/u.test(name)) headers.set(name, value);
  }
  return headers;
}

function leaving(res: ServerResponse): AbortSignal {
  const abort = new AbortController();
  res.once("close", () => abort.abort());
  return abort.signal;
}

async function send(res: ServerResponse, { status, headers, body }: Response): Promise<void> {
  const type = headers.get("content-type");
  res.writeHead(status, type === null ? {} : { "Content-Type": type });
  for await (const chunk of body ?? []) res.write(chunk);
  res.end();
}
