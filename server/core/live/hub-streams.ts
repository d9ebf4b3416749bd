import { HubStream, type StreamOptions } from "./hub-stream.ts";

/** A stream that nobody watches is kept for so long: who lost their connection comes back within that. */
const IDLE_MS = 30_000;

/** The streams that a hub holds. */
export class HubStreams {
  readonly #options: StreamOptions;
  readonly #byId = new Map<string, HubStream>();
  /** Those whose access an organisation's membership decides, by organisation. */
  readonly #byOrg = new Map<string, Set<HubStream>>();

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<HubStream> {
    return this.#byId.values();
  }

  get(streamId: string): HubStream | undefined {
    return this.#byId.get(streamId);
  }

  ofOrg(orgId: string): ReadonlySet<HubStream> | undefined {
    return this.#byOrg.get(orgId);
  }

  /** Holds a new stream of this id, in the place of any other. */
  add(streamId: string): HubStream {
    const stream = new HubStream(streamId, this.#options);
    this.#byId.set(streamId, stream);
    return stream;
  }

  /** Takes note of the organisation that its head named, if it is still held. */
  addToOrg(stream: HubStream): void {
    if (stream.orgId === null || this.#byId.get(stream.id) !== stream) return;
    const siblings = this.#byOrg.get(stream.orgId) ?? new Set();
    this.#byOrg.set(stream.orgId, siblings.add(stream));
  }

  drop(stream: HubStream): void {
    if (this.#byId.get(stream.id) === stream) this.#byId.delete(stream.id);
    if (stream.orgId === null) return;
    const siblings = this.#byOrg.get(stream.orgId);
    siblings?.delete(stream);
    if (siblings?.size === 0) this.#byOrg.delete(stream.orgId);
  }

  dropIdle(): void {
    const now = performance.now();
    for (const stream of this) {
      stream.tidy(now);
      if (stream.idleSince !== undefined && now - stream.idleSince > IDLE_MS) this.drop(stream);
    }
  }
}
