/** JSON that the database has made, on its way to a client as it is. Many answers may share one. */
export class ReadyJson {
  readonly bytes: Buffer;
  readonly #bodies = new Map<string, Promise<Buffer>>();

  constructor(json: string | Buffer) {
    this.bytes = typeof json === "string" ? Buffer.from(json) : json;
  }

  /** Its shape is what our SQL makes, which tests compare with the contract. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the JSON is of, its maker knows
  parse<T>(): T;
  parse(): unknown {
    const value: unknown = JSON.parse(this.bytes.toString());
    return value;
  }

  /** What was made of it for an answer, made once for all answers that have the same `key`. */
  body(key: string, make: () => Promise<Buffer>): Promise<Buffer> {
    const known = this.#bodies.get(key);
    if (known) return known;
    const made = make();
    this.#bodies.set(key, made);
    made.catch(() => this.#bodies.delete(key));
    return made;
  }
}

/**
 * An answer that is there as JSON. Where the transport can put it into what it writes it goes there as it is; anywhere
 * else it is parsed.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what the JSON is of, its maker knows
export function answered<T>(request: { readonly takesJson?: boolean }, json: ReadyJson): T;
export function answered(request: { readonly takesJson?: boolean }, json: ReadyJson): unknown {
  return request.takesJson === true ? json : json.parse();
}
