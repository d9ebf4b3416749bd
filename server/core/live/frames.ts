import type { LogEvent } from "../event-log.ts";
import type { ReadyJson } from "../ready-json.ts";
import { transformer } from "../transformer.ts";

/** What watchers get of an event of the log. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what is in a stream's log is of its catalogue
export function toEvent<Event>(event: LogEvent): Event;
export function toEvent({ type, version, at, actorId, mutationId, data }: LogEvent): object {
  return { type, version, at, actorId, mutationId, data };
}

/**
 * A message of a watch as tRPC writes it, without its beginning, which names the request: the same bytes for all
 * watchers. It goes through the router's transformer.
 */
export function toResult(id: string, message: object): Buffer {
  const data = JSON.stringify(transformer.serialize({ id, data: message }));
  return Buffer.from(`,"result":{"type":"data","data":${data},"id":${JSON.stringify(id)}}}`);
}

/** The same of a message that nobody goes on from: made once for all who are sent the same. */
export function resultOfMessage(message: object): Buffer {
  const known = RESULTS.get(message);
  if (known) return known;
  const data = JSON.stringify(transformer.serialize(message));
  const result = Buffer.from(`,"result":{"type":"data","data":${data}}}`);
  RESULTS.set(message, result);
  return result;
}

/** The same of a message that is there as JSON. */
export function resultOfJson(id: string, { bytes }: ReadyJson): Buffer {
  const [before = "", after = ""] = toResult(id, MESSAGE).toString().split(JSON.stringify(MESSAGE));
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
}
/** Holds the place of a message. */
const MESSAGE = { message: true };

/** The same of an event: made once, however many watchers there are (rule L18). */
export function resultOf(event: LogEvent): Buffer {
  const known = RESULTS.get(event);
  if (known) return known;
  const result = toResult(`${event.version}.${event.nonce}`, toEvent<object>(event));
  RESULTS.set(event, result);
  return result;
}
const RESULTS = new WeakMap<object, Buffer>();

/** About what an event takes in memory, and on a wire. */
export function bytesOf(event: LogEvent): number {
  return resultOf(event).length;
}

/** Text frames of a WebSocket, one for each result. A server's frames are not masked, so they are good for everybody. */
export function toFrames(opening: string, results: readonly Buffer[]): Buffer {
  const openingBytes = Buffer.byteLength(opening);
  let size = 0;
  for (const { length } of results) size += headBytes(openingBytes + length) + openingBytes + length;
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const result of results) {
    at = writeHead(frames, at, openingBytes + result.length);
    at += frames.write(opening, at);
    at += result.copy(frames, at);
  }
  return frames;
}

/** RFC 6455, 5.2: a final frame of text, and its length in one, three or nine bytes. */
const FINAL_TEXT = 0x81;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

function headBytes(length: number): number {
  if (length < TWO_BYTES) return 2;
  return length <= 0xff_ff ? 4 : 10;
}

function writeHead(frames: Buffer, at: number, length: number): number {
  frames[at] = FINAL_TEXT;
  if (length < TWO_BYTES) return frames.writeUInt8(length, at + 1);
  if (length <= 0xff_ff) {
    frames[at + 1] = TWO_BYTES;
    return frames.writeUInt16BE(length, at + 2);
  }
  frames[at + 1] = EIGHT_BYTES;
  return frames.writeBigUInt64BE(BigInt(length), at + 2);
}
