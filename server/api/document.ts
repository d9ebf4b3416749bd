import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { join } from "node:path";
import { AppError } from "../core/app-error.ts";
import { compressed, encodingFor, write } from "../http-body.ts";
import { ReadyJson } from "../core/ready-json.ts";

/** Written by `npm run docs`, of the router and the comments above it; a test holds it to them. */
const FILE = join(import.meta.dirname, "../../docs/generated/openapi.json");

let document: Promise<{ json: ReadyJson; etag: string }> | undefined;

/** The OpenAPI document, read when it is first asked for. */
function readDocument() {
  document ??= readFile(FILE).then((bytes) => ({
    json: new ReadyJson(bytes),
    etag: `"${createHash("sha256").update(bytes).digest("base64url")}"`,
  }));
  return document;
}

/** Answers with the document, or that it is still the one that the client has. */
export async function sendDocument(req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.method !== "GET" && req.method !== "HEAD") {
    res.setHeader("Allow", "GET, HEAD");
    throw new AppError("METHOD_NOT_SUPPORTED");
  }
  const { json, etag } = await readDocument();
  const headers: OutgoingHttpHeaders = {
    "content-type": "application/json",
    "cache-control": "no-cache",
    etag,
    vary: "Origin",
  };
  const encoding = encodingFor(req, [json], headers);
  if (req.headers["if-none-match"] === etag) {
    res.writeHead(304, headers).end();
    return;
  }
  if (!encoding) write(res, 200, headers, [json]);
  else write(res, 200, { ...headers, "content-encoding": encoding }, [await compressed([json], encoding)]);
}
