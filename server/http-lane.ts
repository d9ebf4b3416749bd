import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import {
  type AnyTRPCProcedure,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  type inferRouterError,
  type TRPCDataTransformer,
  type TRPCError,
} from "@trpc/server";
import type { CreateHTTPContextOptions } from "@trpc/server/adapters/standalone";
import { getHTTPStatusCode, type HTTPBaseHandlerOptions, type TRPCRequestInfo } from "@trpc/server/http";
import type { TRPCResponse } from "@trpc/server/rpc";
import type { Context } from "./core/context.ts";
import { limitedBody } from "./core/http.ts";
import { ReadyJson } from "./core/ready-json.ts";
import type { AnyRouter } from "./core/trpc.ts";
import { type Body, compressed, encodingFor, inArray, write } from "./http-body.ts";
import { type CallForm, CallInputs, type HttpCall, readCall } from "./http-call.ts";

/** The lane says that it can put JSON that is ready into its answer. */
export type LaneContextOptions = CreateHTTPContextOptions & { readonly takesJson?: boolean };

/** Of what tRPC's standalone adapter takes, what the lane takes as well: one object serves both. */
export interface LaneOptions extends Pick<
  HTTPBaseHandlerOptions<AnyRouter, IncomingMessage>,
  "router" | "responseMeta" | "onError"
> {
  readonly createContext: (options: LaneContextOptions) => Promise<Context>;
  readonly maxBodySize: number;
  readonly maxBatchSize: number;
}

export interface HttpLane {
  /** What may be called, by path. */
  readonly procedures: ReadonlyMap<string, AnyTRPCProcedure>;
  /** What is called, if this is a request for the lane. It looks at nothing but the head of it. */
  read(req: IncomingMessage): HttpCall | undefined;
  /** Calls, and answers with these headers among others. */
  answer(call: HttpCall, req: IncomingMessage, res: ServerResponse, headers: OutgoingHttpHeaders): Promise<void>;
}

type Response = TRPCResponse<unknown, inferRouterError<AnyRouter>>;
type RequestedCall = TRPCRequestInfo["calls"][number];

/** How one call ended. */
interface Outcome {
  readonly response: Response;
  readonly error?: TRPCError;
}

/**
 * tRPC's JSON protocol straight on `node:http`: queries and mutations, batched or not, answered as tRPC's standalone
 * adapter answers them, for a fraction of what it costs (`bench/calls.ts`), because nothing becomes a `Request`, a
 * `Response` or a web stream on the way. All else is for that adapter.
 */
export function createHttpLane(options: LaneOptions): HttpLane {
  const procedures = proceduresOf(options.router);
  return {
    procedures,
    read: (req) => readCall(req, procedures, options.maxBatchSize),
    answer: (call, req, res, headers) => new LaneCall(options, call, req, res).answer(headers),
  };
}

/** One request on its way through the lane. */
class LaneCall {
  readonly #options: LaneOptions;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #info: TRPCRequestInfo;
  readonly #form: CallForm | undefined;
  #ctx: Context | undefined;

  constructor(options: LaneOptions, call: HttpCall, req: IncomingMessage, res: ServerResponse) {
    this.#options = options;
    this.#req = req;
    this.#res = res;
    this.#info = toInfo(options, call, req, res);
    this.#form = call.form;
  }

  async answer(headers: OutgoingHttpHeaders): Promise<void> {
    const { isBatchCall, calls } = this.#info;
    const refusal = await this.#createContext();
    const outcomes = await Promise.all(calls.map((call) => this.#run(call, refusal)));
    const answer = { ...this.#headersOf(outcomes), ...headers };
    try {
      const bodies = outcomes.map(({ response }) => this.#toBody(response));
      const status = this.#status(outcomes, answer);
      await this.#send(status, answer, isBatchCall ? inArray(bodies) : bodies.flat());
    } catch (cause) {
      // It cannot be written, or `responseMeta` threw: what was done cannot be undone, but is not answered.
      const outcome = this.#failed(cause);
      if (this.#form) Object.assign(answer, this.#headersOf([outcome]));
      await this.#send(this.#status([outcome], answer), answer, this.#toBody(outcome.response));
    }
  }

  #headersOf([first]: readonly Outcome[]): OutgoingHttpHeaders {
    if (!this.#form) return { "content-type": "application/json", vary: "trpc-accept, accept" };
    return first?.error ? this.#form.refusalHeaders(first.error) : { "content-type": "application/json" };
  }

  async #createContext(): Promise<{ cause: unknown } | undefined> {
    try {
      this.#ctx = await this.#options.createContext({
        req: this.#req,
        res: this.#res,
        info: this.#info,
        takesJson: true,
      });
      return undefined;
    } catch (cause) {
      return { cause };
    }
  }

  async #run(call: RequestedCall, refusal: { cause: unknown } | undefined): Promise<Outcome> {
    const { path, getRawInput, batchIndex } = call;
    const { type, signal } = this.#info;
    try {
      if (refusal) throw refusal.cause;
      if (type === "unknown") throw new TypeError("the lane knows what it calls");
      const { router } = this.#options;
      const data: unknown = await callTRPCProcedure({
        router,
        path,
        type,
        ctx: this.#ctx,
        getRawInput,
        signal,
        batchIndex,
      });
      return { response: { result: { data } } };
    } catch (cause) {
      return this.#failed(cause, call);
    }
  }

  #failed(cause: unknown, call?: RequestedCall): Outcome {
    const { router, onError } = this.#options;
    const error = getTRPCErrorFromUnknown(cause);
    const failed = { error, path: call?.path, input: call?.result(), ctx: this.#ctx, type: this.#info.type };
    onError?.({ ...failed, req: this.#req });
    return { response: { error: getTRPCErrorShape({ ...failed, config: router._def._config }) }, error };
  }

  #toBody(response: Response): Body {
    if (this.#form) {
      return "error" in response ? this.#form.refuse(response.error) : this.#form.answer(response.result.data);
    }
    const { output } = this.#options.router._def._config.transformer;
    if ("error" in response) return [JSON.stringify({ error: serialized(output, response.error) })];
    const { data } = response.result;
    if (data instanceof ReadyJson) return ['{"result":{"data":{"json":', data, "}}}"];
    return [JSON.stringify({ result: { data: serialized(output, data) } })];
  }

  /** The status of the whole answer; adds the headers of `responseMeta`. */
  #status(outcomes: readonly Outcome[], headers: OutgoingHttpHeaders): number {
    const { calls, type } = this.#info;
    const data = outcomes.map(({ response }) => response);
    const errors = outcomes.map(({ error }) => error);
    const status = getHTTPStatusCode(data, errors);
    const meta = this.#options.responseMeta?.({
      ...(this.#ctx && { ctx: this.#ctx }),
      info: this.#info,
      paths: calls.map(({ path }) => path),
      data,
      errors: errors.filter((error) => error !== undefined),
      eagerGeneration: false,
      type,
    });
    for (const [name, value] of meta?.headers instanceof Headers ? meta.headers : []) append(headers, name, value);
    return meta?.status ?? status;
  }

  async #send(status: number, headers: OutgoingHttpHeaders, body: Body): Promise<void> {
    const encoding = this.#info.type === "query" ? encodingFor(this.#req, body, headers) : undefined;
    const packed = encoding && (await compressed(body, encoding));
    // Who has left gets nothing.
    if (this.#res.destroyed) return;
    if (packed) write(this.#res, status, { ...headers, "content-encoding": encoding }, [packed]);
    else write(this.#res, status, headers, body);
  }
}

function serialized(transformer: TRPCDataTransformer, value: unknown): unknown {
  return transformer.serialize(value);
}

function append(headers: OutgoingHttpHeaders, name: string, value: string): void {
  const before = headers[name];
  if (name === "set-cookie") headers[name] = [before ?? [], value].flat().map(String);
  else headers[name] = before === undefined ? value : `${String(before)}, ${value}`;
}

function toInfo({ router, maxBodySize }: LaneOptions, call: HttpCall, req: IncomingMessage, res: ServerResponse) {
  const { type, isBatch, paths, procedures, query } = call;
  const { input } = router._def._config.transformer;
  const read = async () => (req.method === "POST" ? readBody(req, maxBodySize) : query);
  const inputs = new CallInputs(call, read, (payload): unknown => input.deserialize(payload));
  return {
    accept: null,
    type,
    isBatchCall: isBatch,
    calls: paths.map((path, batchIndex) => ({
      path,
      batchIndex,
      procedure: procedures[batchIndex] ?? null,
      getRawInput: () => inputs.of(batchIndex),
      result: () => inputs.known(batchIndex),
    })),
    connectionParams: null,
    signal: leaving(res),
    url: null,
  };
}

/** Aborts when the client leaves before it was answered. */
function leaving(res: ServerResponse): AbortSignal {
  const abort = new AbortController();
  res.once("close", () => {
    if (!res.writableEnded) abort.abort();
  });
  return abort.signal;
}

async function readBody(req: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of limitedBody(req, maxBytes)) chunks.push(chunk);
  // Without the byte order mark that some clients put before UTF-8.
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function proceduresOf(router: AnyRouter): Map<string, AnyTRPCProcedure> {
  const all = Object.entries<unknown>(router._def.procedures);
  return new Map(all.filter((entry) => isProcedure(entry)));
}

function isProcedure(entry: [string, unknown]): entry is [string, AnyTRPCProcedure] {
  return typeof entry[1] === "function" && "_def" in entry[1];
}
