import { readdir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { extname, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { StaticFile } from "./static-file.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * What the page may do: run and show what comes from this server, talk to it, and show pictures that it made itself.
 * Nothing inline runs, no text becomes code (Trusted Types: the one policy names the one worker), no other page has it in a
 * frame.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types trestle-tabs",
].join("; ");

/** Whatever changes has another name, but for the page itself. A script that is a worker's has its own policy. */
function headersOf(name: string): Record<string, string> {
  if (name === "index.html") return { "content-security-policy": POLICY };
  const kept = { "cache-control": "public, max-age=31536000, immutable" };
  return extname(name) === ".js" ? { ...kept, "content-security-policy": POLICY } : kept;
}

/** The page as it was built. */
export class WebPage {
  readonly #page: StaticFile;
  readonly #files: ReadonlyMap<string, StaticFile>;

  private constructor(page: StaticFile, files: ReadonlyMap<string, StaticFile>) {
    this.#page = page;
    this.#files = files;
  }

  /** What `npm run build` made. Undefined: nothing was built there. */
  static async read(folder: string): Promise<WebPage | undefined> {
    const entries = await readdir(folder, { recursive: true }).catch(() => []);
    const files = new Map<string, StaticFile>();
    for (const name of entries.map((entry) => entry.replaceAll(sep, "/"))) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      files.set(`/${name}`, new StaticFile(pathToFileURL(join(folder, name)), type, headersOf(name)));
    }
    const page = files.get("/index.html");
    files.delete("/index.html");
    return page && new WebPage(page, files);
  }

  /**
   * A file of the page, or the page itself: at `/`, and wherever a browser goes to that is no file, since which places
   * there are is known by the page. Undefined: it is neither.
   */
  at({ headers }: IncomingMessage, pathname: string): StaticFile | undefined {
    const isPlace = headers.accept?.includes("text/html") === true && !pathname.includes(".");
    return pathname === "/" || isPlace ? this.#page : this.#files.get(pathname);
  }
}
