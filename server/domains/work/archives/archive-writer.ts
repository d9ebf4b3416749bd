import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";

/** A zip that is written while it is read: one part after the other, none of them whole in memory. */
export class ArchiveWriter {
  readonly #zip = new ZipFile();
  readonly #failure = Promise.withResolvers<never>();
  readonly #out: Readable;
  /** When it was begun: the same for all parts. */
  readonly #mtime: Date;

  constructor(now: Date) {
    this.#mtime = now;
    const { outputStream } = this.#zip;
    if (!(outputStream instanceof Readable)) throw new Error("yazl writes into a stream of Node");
    this.#out = outputStream;
    this.#failure.promise.catch(() => {});
    this.#zip.on("error", (error: unknown) => this.#failure.reject(error));
    this.#out.on("close", () => this.#failure.reject(new Error("nobody takes the archive any more")));
  }

  /** To be read from the beginning: nothing is written that nobody takes. */
  get body(): AsyncIterable<Uint8Array> {
    return this.#out;
  }

  /** Adds lines of JSON. What `rows` throws is thrown here. */
  async lines(name: string, rows: AsyncIterable<object>): Promise<void> {
    await this.#add(Readable.from(toLines(rows)), name, true);
  }

  /** Adds a file as it is: most are compressed already. */
  async file(name: string, bytes: Readable): Promise<void> {
    await this.#add(bytes, name, false);
  }

  async #add(stream: Readable, name: string, compress: boolean): Promise<void> {
    this.#zip.addReadStream(stream, name, { mtime: this.#mtime, compress });
    await Promise.race([finished(stream), this.#failure.promise]);
  }

  /** All is in it. */
  end(): void {
    this.#zip.end();
  }

  /** Whoever reads it fails. */
  destroy(error: unknown): void {
    this.#out.destroy(error instanceof Error ? error : new Error("the archive was given up", { cause: error }));
  }
}

async function* toLines(rows: AsyncIterable<object>): AsyncGenerator<Buffer> {
  for await (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
}
