import { type TRPCProcedureType, TRPCError } from "@trpc/server";
import { parseConnectionParamsFromUnknown } from "@trpc/server/http";
import { type JSONRPC2, parseTRPCMessage } from "@trpc/server/rpc";

/** An id is kept for as long as its watch, and repeated in each of its messages. Stock clients count. */
const LONGEST_ID = 64;

export type ConnectionParams = ReturnType<typeof parseConnectionParamsFromUnknown>;
export type Message = ReturnType<typeof parseTRPCMessage>;
type Transformer = Parameters<typeof parseTRPCMessage>[1];

/** What names a request in whatever is said of it. */
export interface Request {
  readonly id: JSONRPC2.RequestId;
  readonly jsonrpc?: "2.0" | undefined;
}

/** A request that calls a procedure. */
export interface SocketCall extends Request {
  readonly id: string | number;
  readonly type: TRPCProcedureType;
  readonly path: string;
  readonly input: unknown;
  readonly batchIndex: number;
}

/** Reads a message of tRPC's protocol, its input included. Throws when it is none. */
export function readMessage(sent: unknown, transformer: Transformer): Message {
  const message = parseTRPCMessage(sent, transformer);
  if (typeof message.id !== "string" || message.id.length <= LONGEST_ID) return message;
  throw new RangeError("the id of a request is too long");
}

export function toCall(
  { jsonrpc, method, params }: Exclude<Message, { method: "subscription.stop" }>,
  id: string | number,
  batchIndex: number,
): SocketCall {
  const { path, input, lastEventId } = params;
  const whole = lastEventId === undefined ? input : goingOn(input, lastEventId);
  return { id, jsonrpc, type: method, path, input: whole, batchIndex };
}

/** What the first frame says, where the address says that it does: how tRPC's clients tell who they are. */
export function paramsIn(text: string | undefined): ConnectionParams {
  let sent: unknown;
  try {
    sent = JSON.parse(text ?? "");
  } catch (cause) {
    throw new TRPCError({ code: "PARSE_ERROR", message: "Malformed TRPCConnectionParamsMessage", cause });
  }
  return parseConnectionParamsFromUnknown(isRecord(sent) ? sent["data"] : undefined);
}

/** The request that a message of a refused batch is, if it waits for an answer. */
export function requestIn(sent: unknown): Request | undefined {
  if (!isRecord(sent) || sent["method"] === "subscription.stop") return undefined;
  const { id, jsonrpc } = sent;
  if (typeof id !== "number" && typeof id !== "string") return undefined;
  return jsonrpc === "2.0" ? { id, jsonrpc } : { id };
}

/** The input of a watch that goes on where it was. */
function goingOn(input: unknown, lastEventId: string): unknown {
  return isRecord(input) ? { ...input, lastEventId } : (input ?? { lastEventId });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
