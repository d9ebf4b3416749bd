import type { Flow } from "./flow.ts";

/** A connection that takes frames as they are. */
export interface Wire {
  /** The watches on it that rest in a lane. What waits for them is written before anything else is. */
  readonly resting: Set<{ flush(): void }>;
  /** Writes whole frames, unless the connection is being closed. */
  write(frames: Buffer): void;
}

/** Where the frames of one watch go. */
export interface Seat {
  readonly wire: Wire;
  /** The room on the wire, which all watches on it share. */
  readonly flow: Flow;
  /** How each of its messages begins: `{"id":7`. Watches whose messages begin alike get the same frames. */
  readonly opening: string;
}
