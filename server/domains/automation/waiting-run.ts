import type { Rule } from "./rules.contract.ts";

/** One run that waits, as whoever runs it needs it. */
export interface WaitingRun extends Record<string, unknown> {
  readonly id: string;
  readonly boardId: string;
  readonly taskIds: readonly string[];
  readonly chain: readonly string[];
  /** Somebody has begun to run it, and of which tasks that was is known. */
  readonly isBegun: boolean;
  /** The rule is another one, or somebody else's, than it was when this was noted. */
  readonly isOfAnother: boolean;
  readonly createdAt: string;
  readonly rule: Rule;
}
