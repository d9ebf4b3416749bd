import { tracked, type TrackedEnvelope } from "@trpc/server";
import { type Encoder, jsonEncoder } from "@trpc/server/adapters/ws";
import { transformer as wireTransformer } from "../transformer.ts";
import type { Flow } from "./flow.ts";
import type { Seat, Wire } from "./wire.ts";

// All that the lanes ask of tRPC. A watch yields a `Join` before anything else; the transformer lets it through, and the
// encoder, which sees it in a message with the id of the watch's request, gives it its seat. Both are public options;
// the encoder is an experimental one. Should it be gone one day, a watch finds no seat and goes without a lane.

/** Asks for the seat of a watch: yielded by it, and never sent. */
export class Join {
  seat: Seat | undefined;
  readonly #wire: Wire;
  readonly #flow: Flow;

  constructor(wire: Wire, flow: Flow) {
    this.#wire = wire;
    this.#flow = flow;
  }

  /** `opening`: how each message of the watch begins. */
  take(opening: string): void {
    this.seat = { wire: this.#wire, flow: this.#flow, opening };
  }

  /** To be yielded among the messages of a watch, whatever their type. */
  asMessage<Message>(): TrackedEnvelope<Message>;
  asMessage(): TrackedEnvelope<Join> {
    return tracked("join", this);
  }
}

/** The wire's transformer, but for a `Join`. */
export const transformer = {
  input: wireTransformer,
  output: {
    serialize(value: unknown): unknown {
      const isJoin = isObject(value) && value["data"] instanceof Join;
      return isJoin ? value["data"] : wireTransformer.serialize(value);
    },
    deserialize: wireTransformer.deserialize,
  },
};

/** What a `Join` is encoded to: the socket does not send it. */
export const NOTHING = "";

/** JSON, as stock clients speak it. */
export const encoder: Encoder = {
  encode(message) {
    const join = joinIn(message);
    if (!join) return jsonEncoder.encode(message);
    join.join.take(JSON.stringify({ id: join.id, jsonrpc: join.jsonrpc }).slice(0, -1));
    return NOTHING;
  },
  decode(data) {
    const message: unknown = jsonEncoder.decode(data);
    for (const { id } of [message].flat().filter(isObject)) {
      if (typeof id === "string" && id.length > LONGEST_ID) throw new RangeError("the id of a request is too long");
    }
    return message;
  },
};

/** An id is kept for as long as its watch, and repeated in each of its messages. Stock clients count. */
const LONGEST_ID = 64;

function joinIn(message: unknown): { id: unknown; jsonrpc: unknown; join: Join } | undefined {
  if (!isObject(message) || !isObject(message["result"])) return undefined;
  const join = message["result"]["data"];
  return join instanceof Join ? { id: message["id"], jsonrpc: message["jsonrpc"], join } : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
