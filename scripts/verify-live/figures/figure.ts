/** One measured promise. */
export interface Figure {
  readonly name: string;
  /** What was promised, and what was seen, with units. */
  readonly promise: string;
  readonly seen: string;
  readonly isKept: boolean;
}

export function figure(name: string, promise: string, seen: string, isKept: boolean): Figure {
  return { name, promise, seen, isKept };
}
