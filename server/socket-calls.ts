import {
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  type TRPCDataTransformer,
  TRPCError,
  type TRPCProcedureType,
} from "@trpc/server";
import { type RawData, WebSocket } from "ws";
import { countRefusedRequest } from "./core/audit/refused-call.ts";
import { sourceOf } from "./core/audit/source.ts";
import type { Context } from "./core/context.ts";
import type { Flow } from "./core/live/flow.ts";
import { Subscription } from "./core/live/subscription.ts";
import type { Seat } from "./core/live/wire.ts";
import { type AnyRouter, kindOf } from "./core/trpc.ts";
import type { ErrorKind } from "./errors.ts";
import type { LiveSocket, Receiver } from "./live-socket.ts";
import {
  type ConnectionParams,
  type Message,
  paramsIn,
  readMessage,
  type Request,
  requestIn,
  type SocketCall,
  toCall,
} from "./socket-call.ts";

export interface SocketCallsOptions {
  readonly router: AnyRouter;
  readonly maxBatchSize: number;
}

/** Makes the context of all calls on a socket. */
export type Recognise = (params: ConnectionParams) => Promise<Context>;

/** What an error is told with. */
interface About {
  readonly type: TRPCProcedureType | "unknown";
  readonly path?: string | undefined;
  readonly input?: unknown;
}

/**
 * tRPC's protocol on one WebSocket, answered as tRPC's own adapter answers it, but that a watch is written past all of
 * that to the seat that it gets here, and that next to nothing is kept for who watches and says nothing
 * (`bench/idle-watchers.ts`). What subscriptions answer is a `Subscription`.
 */
export class SocketCalls implements Receiver {
  readonly #options: SocketCallsOptions;
  readonly #socket: LiveSocket;
  readonly #flow: Flow;
  readonly #watches = new Map<string | number, SocketSeat>();
  /** While the first frame is awaited. */
  #recognise: Recognise | undefined;
  #recognised: Promise<Context> | undefined;
  #ctx: Context | undefined;

  constructor(options: SocketCallsOptions, socket: LiveSocket, flow: Flow) {
    this.#options = options;
    this.#socket = socket;
    this.#flow = flow;
  }

  /** Asks who this is, at once, or when the first frame has said so. */
  begin(recognise: Recognise, isToBeSaid: boolean): void {
    if (isToBeSaid) this.#recognise = recognise;
    else this.#ask(recognise, () => null);
  }

  take(data: RawData, isBinary: boolean): void {
    const text = isBinary || !Buffer.isBuffer(data) ? undefined : data.toString();
    if (text === "PONG") return;
    if (text === "PING") this.#socket.say("PONG");
    else if (this.#recognise) this.#ask(this.#recognise, () => paramsIn(text));
    else for (const [index, message] of this.#read(text).entries()) this.#answer(message, index);
  }

  end(): void {
    for (const seat of this.#watches.values()) seat.stop();
  }

  #ask(recognise: Recognise, params: () => ConnectionParams): void {
    this.#recognise = undefined;
    this.#recognised = this.#context(recognise, params);
    this.#recognised.catch((cause: unknown) => {
      this.#refuse({ id: null }, cause);
      setImmediate(() => this.#socket.close());
    });
  }

  async #context(recognise: Recognise, params: () => ConnectionParams): Promise<Context> {
    this.#ctx = await recognise(params());
    return this.#ctx;
  }

  #read(text: string | undefined): Message[] {
    try {
      if (text === undefined) throw new TypeError("calls come as text");
      const sent: unknown = JSON.parse(text);
      const messages: readonly unknown[] = Array.isArray(sent) ? sent : [sent];
      const { router, maxBatchSize } = this.#options;
      if (!Array.isArray(sent) || messages.length <= maxBatchSize) {
        return messages.map((message) => readMessage(message, router._def._config.transformer));
      }
      this.#refuseBatch(messages);
    } catch (cause) {
      this.#refuse({ id: null }, new TRPCError({ code: "PARSE_ERROR", cause }));
    }
    return [];
  }

  #refuseBatch(sent: readonly unknown[]): void {
    const error = new TRPCError({ code: "BAD_REQUEST", message: "Batch call exceeds maximum size" });
    const requests = sent.flatMap((message) => requestIn(message) ?? []);
    for (const request of requests.length > 0 ? requests : [{ id: null }]) this.#refuse(request, error);
  }

  #answer(message: Message, batchIndex: number): void {
    const { id } = message;
    if (id === null || id === undefined) {
      return this.#refuse(message, new TRPCError({ code: "PARSE_ERROR", message: "`id` is required" }));
    }
    if (message.method === "subscription.stop") return this.#watches.get(id)?.stop();
    const call = toCall(message, id, batchIndex);
    if (call.type !== "subscription") void this.#call(call);
    else if (!this.#watches.has(id)) void this.#watch(call);
    else this.#refuse(call, new TRPCError({ code: "BAD_REQUEST", message: `Duplicate id ${id}` }), call);
  }

  async #call(call: SocketCall): Promise<void> {
    const { id, jsonrpc } = call;
    try {
      const data = serialized(this.#transformer, await this.#run(call));
      this.#say({ id, jsonrpc, result: { type: "data", data } });
    } catch (cause) {
      this.#refuse(call, cause, call);
    }
  }

  async #run({ path, type, input, batchIndex }: SocketCall): Promise<unknown> {
    const ctx = await this.#recognised;
    const { router } = this.#options;
    const getRawInput = () => Promise.resolve(input);
    return callTRPCProcedure({ router, path, type, ctx, getRawInput, signal: undefined, batchIndex });
  }

  /** Has a watch admitted by its procedure. Of the call nothing is kept but what its messages begin with. */
  async #watch(call: SocketCall): Promise<void> {
    const seat = new SocketSeat(call, this.#socket, this.#flow);
    this.#watches.set(call.id, seat);
    try {
      await this.#recognised;
      const watch = seat.isStopped ? undefined : await this.#run(call);
      if (watch !== undefined && !(watch instanceof Subscription)) throw new TypeError("it answers no subscription");
      void this.#follow(seat, watch);
    } catch (cause) {
      this.#watches.delete(call.id);
      this.#refuse(call, cause, call);
    }
  }

  async #follow(seat: SocketSeat, watch: Subscription | undefined): Promise<void> {
    const { id, jsonrpc } = seat;
    if (watch && !seat.isStopped) {
      this.#say({ id, jsonrpc, result: { type: "started" } });
      try {
        await seat.take(watch);
      } catch (cause) {
        this.#refuse(seat, cause, seat);
      }
    }
    this.#watches.delete(id);
    this.#say({ id, jsonrpc, result: { type: "stopped" } });
  }

  #refuse({ id, jsonrpc }: Request, cause: unknown, about?: About): void {
    const { _config: config } = this.#options.router._def;
    const { type, path, input } = about ?? { type: "unknown" };
    const error = getTRPCErrorFromUnknown(cause);
    if (!about) this.#count(kindOf(error));
    const shape = getTRPCErrorShape({ config, error, type, path, input, ctx: this.#ctx });
    this.#say({ id, jsonrpc, error: serialized(this.#transformer, shape) });
  }

  /** What cannot be read, from whoever this turns out to be. What has a path is counted by its procedure. */
  #count(reason: ErrorKind): void {
    void this.#recognised
      ?.catch(() => undefined)
      .then((ctx) => ctx && countRefusedRequest(ctx.app, reason, sourceOf(ctx)));
  }

  get #transformer(): TRPCDataTransformer {
    return this.#options.router._def._config.transformer.output;
  }

  #say(message: Request & ({ result: object } | { error: unknown })): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.say(JSON.stringify(message));
  }
}

/** The place of one watch on a socket: how it is stopped, and where it writes. */
class SocketSeat implements Seat, About {
  readonly wire: LiveSocket;
  readonly flow: Flow;
  readonly opening: string;
  readonly id: string | number;
  readonly jsonrpc: "2.0" | undefined;
  readonly path: string;
  readonly type = "subscription";
  isStopped = false;
  #watch: Subscription | undefined;

  constructor({ id, jsonrpc, path }: SocketCall, wire: LiveSocket, flow: Flow) {
    this.wire = wire;
    this.flow = flow;
    this.opening = JSON.stringify({ id, jsonrpc }).slice(0, -1);
    this.id = id;
    this.jsonrpc = jsonrpc;
    this.path = path;
  }

  /** Settles when the watch is over. */
  take(watch: Subscription): Promise<void> {
    this.#watch = watch;
    return watch.write(this);
  }

  stop(): void {
    this.isStopped = true;
    this.#watch?.stop();
  }
}

function serialized(transformer: TRPCDataTransformer, value: unknown): unknown {
  return transformer.serialize(value);
}
