import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip, zstdCompress } from "node:zlib";
import { ReadyJson } from "./core/ready-json.ts";

/** What is written one after the other: text, bytes, and JSON that others answer with, too. */
export type Body = readonly (string | Buffer | ReadyJson)[];

/** Below it there is little to save, and to compress is most of the work. */
const LARGE_BYTES = 8 << 10;
/** What stands around one answer, alone or in a batch of one. With anything beside it, it is longer. */
const ENVELOPE_LENGTH = 50;

const ZSTD = promisify(zstdCompress);
const BROTLI = promisify(brotliCompress);
const GZIP = promisify(gzip);

/** In the order in which we like them; at the levels that make small boards smallest for the time (1,000 cards: 1-3 ms). */
const ENCODINGS = {
  zstd: (bytes: Buffer) => ZSTD(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  br: (bytes: Buffer) => BROTLI(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  gzip: (bytes: Buffer) => GZIP(bytes, { level: 3 }),
} as const satisfies Record<string, (bytes: Buffer) => Promise<Buffer>>;
export type Encoding = keyof typeof ENCODINGS;

/** As small as it gets without taking long (half a megabyte: 0.3 s): for what is compressed once. */
const SMALLEST: Record<Encoding, (bytes: Buffer) => Promise<Buffer>> = {
  zstd: (bytes) => ZSTD(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }),
  br: (bytes) => BROTLI(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }),
  gzip: (bytes) => GZIP(bytes, { level: 9 }),
};

export function packed(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  return SMALLEST[encoding](bytes);
}

/** The answers of a batch, as one. */
export function inArray(bodies: readonly Body[]): Body {
  return ["[", ...bodies.flatMap((body, index) => (index === 0 ? body : [",", ...body])), "]"];
}

/**
 * How a large answer is compressed for who asks. Its headers say that this depends on who asks.
 *
 * For answers to queries only, and that is why it is safe: how well something compresses tells of what it holds, to
 * somebody who can put guesses into it and see its length (BREACH). What is worth such a guess, a token, is answered by
 * mutations alone; it travels in headers otherwise, which are not compressed. And no other site's page can make a browser
 * ask again and again with our cookie, which is `SameSite=Lax`.
 */
export function encodingFor(req: IncomingMessage, body: Body, headers: OutgoingHttpHeaders): Encoding | undefined {
  if (lengthOf(body) < LARGE_BYTES) return undefined;
  headers["vary"] = `${String(headers["vary"])}, Accept-Encoding`;
  const accepted = acceptedBy(req);
  return accepted.has("zstd") ? "zstd" : accepted.has("br") ? "br" : accepted.has("gzip") ? "gzip" : undefined;
}

function acceptedBy({ headers }: IncomingMessage): Set<string> {
  const named = (headers["accept-encoding"] ?? "").split(",");
  const isRefused = (parameter: string | undefined) => /^\s*q=0(?:\.0*)?\s*$/iu.test(parameter ?? "");
  return new Set(
    named.flatMap((one) => {
      const [name = "", parameter] = one.split(";");
      return isRefused(parameter) ? [] : [name.trim().toLowerCase()];
    }),
  );
}

/** Compresses in libuv's pool, not on the event loop; what many answer with, once for all of them. */
export async function compressed(body: Body, encoding: Encoding): Promise<Buffer> {
  const make = () => ENCODINGS[encoding](Buffer.concat(body.map(toBytes)));
  const shared = body.filter((part) => part instanceof ReadyJson);
  const [only] = shared;
  if (!only || shared.length > 1) return make();
  // The same around the same: the envelope of one call, or of a batch of one.
  const around = body.map((part) => (part instanceof ReadyJson ? "" : part)).join("|");
  return around.length > ENVELOPE_LENGTH ? make() : only.body(`${encoding} ${around}`, make);
}

/** Writes a whole answer: text and its head in one piece, and bytes that are there without copying them. */
export function write(res: ServerResponse, status: number, headers: OutgoingHttpHeaders, body: Body): void {
  res.writeHead(status, { ...headers, "content-length": lengthOf(body) });
  const text = body.filter((part) => typeof part === "string");
  if (text.length === body.length) {
    res.end(text.join(""));
    return;
  }
  res.cork();
  for (const part of body) res.write(part instanceof ReadyJson ? part.bytes : part);
  res.end();
  res.uncork();
}

function lengthOf(body: Body): number {
  let length = 0;
  for (const part of body) length += typeof part === "string" ? Buffer.byteLength(part) : toBytes(part).length;
  return length;
}

function toBytes(part: Body[number]): Buffer {
  if (typeof part === "string") return Buffer.from(part);
  return part instanceof ReadyJson ? part.bytes : part;
}
