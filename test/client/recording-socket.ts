/** A WebSocket class that keeps what came, and when it dialed. */
export function recordingSocket() {
  const frames: string[] = [];
  const dials: number[] = [];
  let hangUp = () => {};
  class RecordingSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      dials.push(performance.now());
      hangUp = () => this.close();
      this.addEventListener("message", ({ data }) => frames.push(String(data)));
    }
  }
  return {
    WebSocket: RecordingSocket,
    dials,
    /** Begins to close the newest one. */
    hangUp: () => hangUp(),
    /** The types of the live messages that came, in order; heads come by the clock, and are left out. */
    get types(): string[] {
      const types = frames.flatMap((frame) => [...frame.matchAll(/"data":\{"type":"([^"]+)"/gu)]);
      return types.map((match) => match[1] ?? "").filter((type) => type !== "head");
    },
    /** Why the snapshots came that came. */
    get reasons(): string[] {
      return frames.flatMap((frame) => [...frame.matchAll(/"reason":"([^"]+)"/gu)]).map((match) => match[1] ?? "");
    },
  };
}
