import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { type AnyTRPCProcedure, type inferRouterError, TRPCError } from "@trpc/server";
import { isJson } from "./core/http.ts";
import type { AnyRouter } from "./core/trpc.ts";
import type { Body } from "./http-body.ts";

/** In which form a call that is alone is read and answered, other than tRPC's. */
export interface CallForm {
  /** What the input is by what stands in the address, or by the body. */
  parse(text: string): unknown;
  answer(data: unknown): Body;
  refuse(error: inferRouterError<AnyRouter>): Body;
  refusalHeaders(error: TRPCError): OutgoingHttpHeaders;
}

/** A call as the direct lane takes it: queries or mutations, all of them known. */
export interface HttpCall {
  readonly type: "query" | "mutation";
  readonly isBatch: boolean;
  readonly paths: readonly string[];
  readonly procedures: readonly AnyTRPCProcedure[];
  /** What `?input=` says, or, in another form, the address; undefined where it comes as the body. */
  readonly query: string | undefined;
  /** Undefined: tRPC's own. */
  readonly form?: CallForm;
}

/** What the names of procedures are made of. A path that means anything else to a URL is not among them. */
const TARGET = /^\/trpc\/(?<path>[A-Za-z][\w.,]*)(?:\?(?<query>[^#]*))?$/u;

/**
 * Reads what is called, but not yet the body. Undefined for everything that is unusual, and for what is refused without
 * a look at the input: tRPC's own adapter answers that.
 */
export function readCall(
  req: IncomingMessage,
  procedures: ReadonlyMap<string, AnyTRPCProcedure>,
  maxBatchSize: number,
): HttpCall | undefined {
  const target = TARGET.exec(req.url ?? "")?.groups;
  if (!target || !isPlain(req)) return undefined;
  const asked = readQuery(target["query"] ?? "");
  if (!asked) return undefined;
  const { path = "" } = target;
  const paths = asked.isBatch ? path.split(",") : [path];
  if (paths.length > maxBatchSize) return undefined;
  const type = req.method === "GET" ? "query" : "mutation";
  const called = paths.flatMap((name) => procedures.get(name) ?? []);
  if (called.length < paths.length || called.some(({ _def }) => _def.type !== type)) return undefined;
  return { type, isBatch: asked.isBatch, paths, procedures: called, query: asked.input };
}

/** Whether a request has nothing about it that changes how a call is read or answered. */
function isPlain(req: IncomingMessage): boolean {
  const { method, headers } = req;
  if (method !== "GET" && method !== "POST") return false;
  if (headers["trpc-accept"] !== undefined || headers.accept?.includes("jsonl") === true) return false;
  const isOfType = headers["content-type"] === undefined ? method === "GET" : isJson(req);
  return isOfType && isHost(headers.host);
}

/** The adapter refuses a host that makes no URL. Clients say the same one again and again. */
let lastHost = "";
function isHost(host: string | undefined): boolean {
  if (host === undefined) return false;
  if (host !== lastHost && URL.canParse("/", `http://${host}`)) lastHost = host;
  return host === lastHost;
}

/** `?batch=1&input=…`, each at most once, spelt as clients spell it. */
function readQuery(query: string): { isBatch: boolean; input: string | undefined } | undefined {
  let batch: string | undefined;
  let input: string | undefined;
  for (const pair of query === "" ? [] : query.split("&")) {
    if (pair.startsWith("input=")) input ??= decoded(pair.slice("input=".length));
    else if (pair.startsWith("batch=")) batch ??= pair.slice("batch=".length);
    else return undefined;
    if (pair.startsWith("input=") && input === undefined) return undefined;
  }
  if (batch !== undefined && /[%+]/u.test(batch)) return undefined;
  return { isBatch: batch === "1", input };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    // Not UTF-8, or a lone "%": URLs have an answer to that, and the adapter knows it.
    return undefined;
  }
}

/** The inputs of a request: read when the first call asks for its own, and once for all of them. */
export class CallInputs {
  readonly #read: () => Promise<string | undefined>;
  readonly #deserialize: (payload: unknown) => unknown;
  readonly #call: HttpCall;
  #inputs: Promise<readonly unknown[]> | undefined;
  #known: readonly unknown[] = [];

  constructor(call: HttpCall, read: () => Promise<string | undefined>, deserialize: (payload: unknown) => unknown) {
    this.#call = call;
    this.#read = read;
    this.#deserialize = deserialize;
  }

  /** The input of a call. Fails, for every call of the request, when any of it cannot be read. */
  async of(index: number): Promise<unknown> {
    this.#inputs ??= this.#readAll();
    return (await this.#inputs)[index];
  }

  /** The input of a call, if it was read. */
  known(index: number): unknown {
    return this.#known[index];
  }

  async #readAll(): Promise<readonly unknown[]> {
    try {
      const text = await this.#read();
      const { form } = this.#call;
      if (form) this.#known = [form.parse(text ?? "")];
      else this.#known = text === undefined || text === "" ? [] : this.#parse(text);
      return this.#known;
    } catch (cause) {
      if (cause instanceof TRPCError) throw cause;
      throw new TRPCError({ code: "BAD_REQUEST", cause });
    }
  }

  #parse(text: string): unknown[] {
    const sent: unknown = JSON.parse(text);
    if (!this.#call.isBatch) return [this.#deserialize(sent)];
    if (typeof sent !== "object" || sent === null || Array.isArray(sent)) {
      throw new TypeError('"input" needs to be an object when doing a batch call');
    }
    return this.#call.paths.map((_, index) => {
      const input: unknown = Reflect.get(sent, index);
      return input === undefined ? undefined : this.#deserialize(input);
    });
  }
}
