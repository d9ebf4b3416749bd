import type { IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { create as contentDisposition } from "content-disposition";
import { parse as parseRange } from "range-parser";
import type { ByteRange } from "./file-store.ts";

/** A bit of what range-parser answers. */
const MALFORMED = 1;

/** A file as it is sent. */
export interface SentFile {
  readonly name: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Another one for other bytes. */
  readonly tag: string;
  open(range?: ByteRange): Promise<Readable>;
}

/**
 * Sends a file, or one piece of it, no faster than it is taken; always to be saved, never to be shown: what is in it was
 * sent by somebody. What breaks off is told by its length.
 */
export async function sendFile(req: IncomingMessage, res: ServerResponse, file: SentFile): Promise<void> {
  const tag = `"${file.tag}"`;
  res.setHeader("ETag", tag);
  res.setHeader("Accept-Ranges", "bytes");
  res.setHeader("Content-Disposition", contentDisposition(file.name));
  // Not even as a picture in a page of somebody else.
  res.setHeader("Cross-Origin-Resource-Policy", "same-site");
  res.setHeader("Access-Control-Expose-Headers", "Content-Disposition, Content-Length, Content-Range, ETag");
  if (tagsOf(req.headers["if-none-match"]).includes(tag)) {
    res.writeHead(304).end();
    return;
  }
  const range = rangeOf(req, file.sizeBytes, tag);
  if (range === "unsatisfiable") {
    res.writeHead(416, { "Content-Range": `bytes */${file.sizeBytes}` }).end();
    return;
  }
  // Before anything is said: there may be none.
  const body = req.method === "HEAD" || file.sizeBytes === 0 ? undefined : await file.open(range);
  const { start, end } = range ?? { start: 0, end: file.sizeBytes - 1 };
  res.writeHead(range ? 206 : 200, {
    "Content-Type": file.contentType,
    "Content-Length": end - start + 1,
    ...(range && { "Content-Range": `bytes ${start}-${end}/${file.sizeBytes}` }),
  });
  if (body) await pipeline(body, res);
  else res.end();
}

function tagsOf(header: string | undefined): string[] {
  return (header ?? "").split(",").map((tag) => tag.trim().replace(/^W\//u, ""));
}

/** Of several pieces the whole is sent, and of a file that has changed since a client had the beginning. */
function rangeOf(req: IncomingMessage, sizeBytes: number, tag: string): ByteRange | "unsatisfiable" | undefined {
  const { range, "if-range": ifRange } = req.headers;
  if (range === undefined || (ifRange !== undefined && ifRange !== tag)) return undefined;
  const { code, type, ranges } = parseRange(sizeBytes, range);
  if (type !== "bytes" || (code & MALFORMED) !== 0) return undefined;
  if (ranges.length === 0) return "unsatisfiable";
  return ranges.length === 1 ? ranges[0] : undefined;
}
