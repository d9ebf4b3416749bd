import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json; charset=utf-8",
  ".woff2": "font/woff2",
};
const ENCODINGS = [
  { name: "br", suffix: ".br" },
  { name: "gzip", suffix: ".gz" },
] as const;

/**
 * What the page may do: run and show what comes from this server, talk to it, and show pictures that it made itself.
 * Nothing inline runs, no text becomes code (Trusted Types), no other page has it in a frame.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface File {
  readonly type: string;
  readonly etag: string;
  readonly body: Buffer;
  /** The same compressed, by the name of the encoding. */
  readonly encoded: ReadonlyMap<string, Buffer>;
}

/** The page as it was built: all of it in memory, each file beside its compressed copies. */
export class WebPage {
  readonly #files: ReadonlyMap<string, File>;

  private constructor(files: ReadonlyMap<string, File>) {
    this.#files = files;
  }

  /** Reads what `npm run build` made. Undefined: nothing was built there. */
  static async read(folder: string): Promise<WebPage | undefined> {
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const names = new Set(entries.map((entry) => entry.replaceAll(sep, "/")));
    const files = new Map<string, File>();
    for (const name of names) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const body = await readFile(join(folder, name));
      const encoded = new Map<string, Buffer>();
      for (const { name: encoding, suffix } of ENCODINGS) {
        if (names.has(name + suffix)) encoded.set(encoding, await readFile(join(folder, name + suffix)));
      }
      files.set(`/${name}`, {
        type,
        body,
        encoded,
        etag: `"${createHash("sha256").update(body).digest("base64url")}"`,
      });
    }
    return files.has("/index.html") ? new WebPage(files) : undefined;
  }

  /**
   * Answers a file of the page, or the page itself: at `/`, and wherever a browser goes to that is no file, since which
   * places there are is known by the page. False: it was neither.
   */
  answer(req: IncomingMessage, res: ServerResponse, pathname: string): boolean {
    const file = pathname === "/" ? undefined : this.#files.get(pathname);
    if (file && pathname !== "/index.html") {
      // Whatever changes has another name.
      send(req, res, { file, headers: { "Cache-Control": "public, max-age=31536000, immutable" } });
      return true;
    }
    const page = this.#files.get("/index.html");
    if (!page || (pathname !== "/" && !isPlace(req, pathname))) return false;
    send(req, res, { file: page, headers: { "Cache-Control": "no-cache", "Content-Security-Policy": POLICY } });
    return true;
  }
}

/** Where a browser goes to, and no file or call. */
function isPlace(req: IncomingMessage, pathname: string): boolean {
  return req.headers.accept?.includes("text/html") === true && !pathname.includes(".");
}

function send(
  req: IncomingMessage,
  res: ServerResponse,
  { file, headers }: { file: File; headers: Record<string, string> },
): void {
  res.setHeader("Vary", "Accept-Encoding");
  res.setHeader("ETag", file.etag);
  if (req.headers["if-none-match"] === file.etag) {
    res.writeHead(304, headers).end();
    return;
  }
  const accepted = (req.headers["accept-encoding"] ?? "").split(",").map((encoding) => encoding.split(";")[0]?.trim());
  const encoding = ENCODINGS.find(({ name }) => accepted.includes(name) && file.encoded.has(name))?.name;
  const body = (encoding && file.encoded.get(encoding)) ?? file.body;
  res.writeHead(200, {
    ...headers,
    "Content-Type": file.type,
    "Content-Length": body.length,
    ...(encoding && { "Content-Encoding": encoding }),
  });
  res.end(req.method === "HEAD" ? undefined : body);
}
