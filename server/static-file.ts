import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { AppError } from "./core/app-error.ts";
import { type Encoding, encodingFor, packed, write } from "./http-body.ts";

/** A file of ours that everybody may have, read when it is first asked for, and compressed once for each way. */
export class StaticFile {
  readonly #read: () => Promise<Buffer>;
  readonly #headers: OutgoingHttpHeaders;
  readonly #packed = new Map<Encoding, Promise<Buffer>>();
  #file: { bytes: Buffer; etag: string } | undefined;

  /** `source`: its path, or what is in it. */
  constructor(source: URL | string, type: string, headers: OutgoingHttpHeaders = {}) {
    this.#read = async () => (source instanceof URL ? readFile(source) : Buffer.from(source));
    this.#headers = { "content-type": type, "cache-control": "no-cache", vary: "Origin", ...headers };
  }

  /** Answers with it, or that it is still what the client has. Fails: METHOD_NOT_SUPPORTED. */
  async send(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.method !== "GET" && req.method !== "HEAD") {
      res.setHeader("Allow", "GET, HEAD");
      throw new AppError("METHOD_NOT_SUPPORTED");
    }
    const { bytes, etag } = await this.#load();
    const headers: OutgoingHttpHeaders = { ...this.#headers, etag };
    const encoding = encodingFor(req, [bytes], headers);
    if (isKnown(etag, req)) res.writeHead(304, headers).end();
    else if (!encoding) write(res, 200, headers, [bytes]);
    else write(res, 200, { ...headers, "content-encoding": encoding }, [await this.#pack(bytes, encoding)]);
  }

  async text(): Promise<string> {
    return (await this.#load()).bytes.toString();
  }

  async #load(): Promise<{ bytes: Buffer; etag: string }> {
    if (this.#file) return this.#file;
    const bytes = await this.#read();
    this.#file = { bytes, etag: `W/"${createHash("sha256").update(bytes).digest("base64url")}"` };
    return this.#file;
  }

  #pack(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
    const pack = this.#packed.get(encoding) ?? packed(bytes, encoding);
    this.#packed.set(encoding, pack);
    pack.catch(() => this.#packed.delete(encoding));
    return pack;
  }
}

/** Whether the client has it already. Compressed or not, it is the same: the tag is a weak one. */
function isKnown(etag: string, { headers }: IncomingMessage): boolean {
  return (headers["if-none-match"] ?? "").split(",").some((known) => known.trim() === etag);
}
