/** A promise that a run saw broken. */
export interface Violation {
  /** The rule of docs/live.md. */
  readonly rule: string;
  readonly says: string;
  /** What led to it, as far as it helps to understand it. */
  readonly evidence: readonly unknown[];
}

/** Collects violations: a broken promise is often broken thousands of times, and the first ones tell the most. */
export class Violations {
  readonly found: Violation[] = [];
  count = 0;

  add(rule: string, says: string, ...evidence: unknown[]): void {
    this.count += 1;
    if (this.found.filter((known) => known.rule === rule).length < MOST_A_RULE) {
      this.found.push({ rule, says, evidence });
    }
  }
}

const MOST_A_RULE = 5;
