import type { Readable } from "node:stream";

/** Where a piece of a file begins and ends, in bytes: both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Where the bytes of files are kept, by keys that are ours: each is written once, and never anything else. */
export interface FileStore {
  /** Takes a file that is on this machine, and leaves none there. */
  keep(key: string, path: string, sizeBytes: number): Promise<void>;
  /** Read as fast as whoever reads it takes it. Fails: FILE_MISSING. */
  read(key: string, range?: ByteRange): Promise<Readable>;
  /** Nothing happens when there is none. */
  delete(key: string): Promise<void>;
  close(): void;
}
