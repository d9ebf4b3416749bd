import type { BoardEvent } from "../../../client/index.ts";
import type { AccessLoss, Heard, WatchRecord } from "../history.ts";
import { LINK_GAVE_UP } from "../transport.ts";
import { type Erased, isSame } from "./erased.ts";
import type { BoardFacts } from "./log.ts";
import type { Violations } from "./violation.ts";

/** Only a decision ends a watch (L10), or the link itself. */
const ENDINGS = new Set(["ACCESS_REVOKED", "BOARD_NOT_FOUND", "SIGN_IN_REQUIRED", LINK_GAVE_UP]);
/** What an evidence shows of what came before. */
const CONTEXT = 12;

export interface WatchCounts {
  events: number;
  heads: number;
  snapshots: Record<string, number>;
  /** Watches that were opened, and messages that came again after a reconnect. */
  opened: number;
  repeated: number;
}

/** What is known of a board in all timelines, the last one first; nothing of boards that are gone. */
export type BoardFactsOf = (boardId: string) => readonly BoardFacts[];

/** Checks everything that watches heard, message by message (L6, L7, L8, L10, L11, L14). */
export function checkWatches(
  watches: readonly WatchRecord[],
  losses: readonly AccessLoss[],
  { factsOf, everErased }: { factsOf: BoardFactsOf; everErased: Erased },
  violations: Violations,
): WatchCounts {
  const counts: WatchCounts = { events: 0, heads: 0, snapshots: {}, opened: 0, repeated: 0 };
  for (const watch of watches) {
    const own = losses.filter(({ userId, boardId }) => userId === watch.userId && boardId === watch.boardId);
    const facts = { facts: factsOf(watch.boardId), everErased };
    const check = new WatchCheck(watch, own, facts, counts, violations);
    for (const index of watch.heard.keys()) check.take(index);
  }
  return counts;
}

class WatchCheck {
  readonly #watch: WatchRecord;
  readonly #losses: readonly AccessLoss[];
  readonly #facts: readonly BoardFacts[];
  readonly #everErased: Erased;
  readonly #counts: WatchCounts;
  readonly #violations: Violations;
  /** The version that the watch holds; undefined before the first whole snapshot. */
  #version: number | undefined;
  /** The id of the last message, and of the last that can be continued. */
  #lastId: string | undefined;
  /** The cursor of what it holds. */
  #place: string | undefined;
  #parts = 0;
  #openedAt = 0;

  constructor(
    watch: WatchRecord,
    losses: readonly AccessLoss[],
    { facts, everErased }: { facts: readonly BoardFacts[]; everErased: Erased },
    counts: WatchCounts,
    violations: Violations,
  ) {
    this.#watch = watch;
    this.#losses = losses;
    this.#facts = facts;
    this.#everErased = everErased;
    this.#counts = counts;
    this.#violations = violations;
  }

  take(index: number): void {
    const heard = this.#watch.heard[index];
    if (!heard) return;
    const complain = (rule: string, says: string) => {
      const { client, kind, userId, boardId } = this.#watch;
      const before = this.#watch.heard.slice(Math.max(0, index - CONTEXT), index + 1).map(brief);
      this.#violations.add(rule, `${client} (${kind}): ${says}`, { userId, boardId, heard, before });
    };
    switch (heard.type) {
      case "opened":
        this.#counts.opened += 1;
        this.#openedAt = heard.at;
        this.#lastId = heard.from;
        this.#parts = 0;
        return;
      case "ended":
        if (!ENDINGS.has(heard.kind ?? "")) complain("L10", `a watch ended without a decision: ${heard.kind}`);
        return;
      case "head":
        this.#counts.heads += 1;
        this.#takeHead(heard, complain);
        break;
      case "snapshot":
        this.#takeSnapshot(heard, complain);
        break;
      case "event":
        this.#counts.events += 1;
        this.#takeEvent(heard, complain);
    }
    this.#checkLoss(heard, complain);
    if (heard.id !== undefined) this.#lastId = heard.id;
  }

  #takeHead(heard: Heard & { type: "head" }, complain: Complain): void {
    if (heard.id !== this.#lastId) {
      complain("L11", `a head is tracked with ${heard.id}, the last message was ${this.#lastId}`);
    }
    if (heard.version < (this.#version ?? 0)) {
      complain("L11", `a head says ${heard.version}, the watch has ${this.#version}`);
    }
  }

  #takeSnapshot(heard: Heard & { type: "snapshot" }, complain: Complain): void {
    const { snapshot, part, of, id } = heard;
    if (part === 1) {
      this.#parts = 0;
      this.#counts.snapshots[heard.reason] = (this.#counts.snapshots[heard.reason] ?? 0) + 1;
    }
    this.#parts += 1;
    if (this.#parts !== part) complain("L6", `part ${part} of ${of} came as the ${this.#parts}th`);
    if (part < of) {
      if (id === snapshot.cursor || !/^0\.[1-9]/u.test(id ?? "")) {
        complain("L6", `part ${part} of ${of} can be continued: ${id}`);
      }
      return;
    }
    if (id !== snapshot.cursor) complain("L6", `a snapshot at ${snapshot.cursor} is tracked with ${id}`);
    this.#version = Number.parseInt(snapshot.cursor, 10);
    this.#place = snapshot.cursor;
    const fact = this.#factOf(snapshot.cursor);
    if (this.#version > 0 && this.#facts.length > 0 && !fact) {
      complain("L8", `a snapshot is of a version that never was: ${snapshot.cursor}`);
    }
  }

  #takeEvent(heard: Heard & { type: "event" }, complain: Complain): void {
    const { event, id } = heard;
    this.#parts = 0;
    if (this.#facts.length > 0) this.#checkTruth(event, id, complain);
    if (this.#version === undefined) return complain("L6", `version ${event.version} came before a snapshot`);
    if (event.version <= this.#version) {
      // A stock client that changes sockets may be handed one again; its fold ignores it.
      this.#counts.repeated += 1;
      return;
    }
    if (event.version !== this.#version + 1) complain("L7", `version ${event.version} came after ${this.#version}`);
    this.#version = event.version;
    this.#checkChain(id, complain);
  }

  /** What follows a place is of the log that has that place. */
  #checkChain(id: string | undefined, complain: Complain): void {
    const before = this.#place;
    this.#place = id;
    if (before === undefined || id === undefined || before.startsWith("0.") || !this.#factOf(before)) return;
    const isOneLog = this.#facts.some(({ events }) => events.has(before) && events.has(id));
    if (!isOneLog) complain("L8", `${id} came after ${before}, which is of another log`);
  }

  #checkTruth(event: BoardEvent, id: string | undefined, complain: Complain): void {
    const fact = this.#factOf(id);
    const logged = fact?.events.get(id ?? "");
    if (!logged) return complain("L1", `an event was never in the log: ${id}`);
    if (!isSame(this.#watch.boardId, event, logged.event, this.#everErased)) {
      complain("L1", `an event is not what the log has at ${id}: ${JSON.stringify(logged.event)}`);
    }
    if (!fact?.readers.get(id ?? "")?.has(this.#watch.userId)) {
      complain(
        "L14",
        `version ${event.version} was written when this person had no access (access version ${logged.accessVersion})`,
      );
    }
  }

  #checkLoss(heard: Heard, complain: Complain): void {
    const loss = this.#losses.find(({ from, until }) => this.#openedAt > from && heard.at < until);
    if (loss) complain("L14", "somebody who was removed opened a watch, and was told something");
  }

  #factOf(cursor: string | undefined): BoardFacts | undefined {
    return this.#facts.find(({ events }) => events.has(cursor ?? ""));
  }
}

type Complain = (rule: string, says: string) => void;

/** A message in one line. */
function brief(heard: Heard): string {
  const at = Math.round(heard.at);
  switch (heard.type) {
    case "opened":
      return `${at} opened from ${heard.from}`;
    case "ended":
      return `${at} ended: ${heard.kind}`;
    case "head":
      return `${at} head ${heard.version} (${heard.id})`;
    case "snapshot":
      return `${at} snapshot ${heard.part}/${heard.of} ${heard.reason} (${heard.id})`;
    case "event":
      return `${at} ${heard.event.type} ${heard.event.version} (${heard.id})`;
  }
}
