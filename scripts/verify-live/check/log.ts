import { isDeepStrictEqual } from "node:util";
import type { Snapshot } from "../../../client/index.ts";
import type { AccessLoss, BoardLog, LoggedEvent, MutationRecord, Timeline } from "../history.ts";
import { boardRoleOf, Memberships } from "./access.ts";
import { checkAuthor } from "./authors.ts";
import { checkErased, type Erased } from "./erased.ts";
import { FoldedBoard } from "./fold.ts";
import { arrivedBy, checkPlace, placedBy } from "./place.ts";
import type { Violations } from "./violation.ts";
import { checkWay } from "./ways.ts";

/** What the fold of one board's log tells of its events. */
export interface BoardFacts {
  readonly log: BoardLog;
  /** By `version.nonce`. */
  readonly events: ReadonlyMap<string, LoggedEvent>;
  /** Who could read the board right before or after an event, by its cursor. */
  readonly readers: ReadonlyMap<string, ReadonlySet<string>>;
}

export interface LogQuestions {
  readonly userIds: readonly string[];
  /** Snapshots that were shown to somebody, by board and cursor. */
  readonly shown: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<Snapshot>>>;
  /** First calls by mutation id: what was asked for. */
  readonly mutations: ReadonlyMap<string, MutationRecord>;
  /** What the log lacks that was shown: in this timeline, and in any. */
  readonly erased: Erased;
  readonly everErased: Erased;
}

/** Checks the logs themselves, and everything that was shown of a board as a whole against their fold (L2, L4, L9, L14). */
export function checkLog(timeline: Timeline, questions: LogQuestions, violations: Violations): Map<string, BoardFacts> {
  const memberships = new Memberships(timeline.orgEvents);
  const facts = new Map<string, BoardFacts>();
  for (const [boardId, log] of timeline.boards) {
    checkVersions(boardId, log, violations);
    checkErased(boardId, log, questions.erased, violations);
    facts.set(boardId, foldLog(boardId, log, memberships, questions, violations));
  }
  return facts;
}

function checkVersions(boardId: string, log: BoardLog, violations: Violations): void {
  let accessVersion = 0;
  for (const [index, event] of log.events.entries()) {
    if (event.version !== index + 1) {
      violations.add(
        "L2",
        `the log of board ${boardId} has version ${event.version} where ${index + 1} belongs`,
        event,
      );
      return;
    }
    if (event.accessVersion < accessVersion) {
      const says = `version ${event.version} of board ${boardId} was written under access version ${event.accessVersion}, after one under ${accessVersion}`;
      violations.add("L14", says, event);
    }
    accessVersion = event.accessVersion;
  }
  const last = log.events.at(-1);
  if (log.version !== (last?.version ?? 0) || log.nonce !== (last?.nonce ?? 0)) {
    violations.add("L2", `the head of board ${boardId} is ${log.version}.${log.nonce}, its last event another`, last);
  }
}

function foldLog(
  boardId: string,
  log: BoardLog,
  memberships: Memberships,
  questions: LogQuestions,
  violations: Violations,
): BoardFacts {
  const shown = questions.shown.get(boardId);
  const readers = new Map<string, Set<string>>();
  const events = new Map<string, LoggedEvent>();
  const { orgId } = log.first.board;
  let state: FoldedBoard | undefined = new FoldedBoard(log.first);
  for (const logged of log.events) {
    const { event, accessVersion } = logged;
    const cursor = `${logged.version}.${logged.nonce}`;
    events.set(cursor, logged);
    const role = (userId: string) =>
      state && boardRoleOf(memberships.roleOf(orgId, userId, accessVersion), state, userId);
    const here = new Set<string>();
    readers.set(cursor, here);
    const placed = state ? placedBy(event, state) : [];
    const mutation = questions.mutations.get(event.mutationId);
    if (state) {
      const passage = { role: role(event.actorId) ?? null, mutation, logged };
      checkAuthor(logged, passage.role, memberships, violations);
      for (const card of arrivedBy(event, state)) checkWay(state, card, passage, violations);
      for (const userId of questions.userIds) if (role(userId)) here.add(userId);
      if (!state.apply(event)) state = undefined;
    }
    const snapshots = shown?.get(cursor);
    // Nothing folds over a reset: what a snapshot shows there is taken for true.
    const [anySnapshot] = snapshots ?? [];
    if (!state && anySnapshot) state = new FoldedBoard(anySnapshot);
    if (!state) {
      for (const userId of questions.userIds) here.add(userId);
      continue;
    }
    for (const userId of questions.userIds) if (role(userId)) here.add(userId);
    for (const card of placed) checkPlace(state, card, logged, mutation, violations);
    if (snapshots) compare(state.snapshot(cursor), snapshots, questions.everErased, violations);
  }
  return { log, events, readers };
}

function compare(state: Snapshot, snapshots: ReadonlySet<Snapshot>, everErased: Erased, violations: Violations): void {
  const wordless = (snapshot: Snapshot) => ({
    ...snapshot,
    tasks: snapshot.tasks.map((card) => everErased.card(card)),
  });
  const folded = wordless(state);
  for (const snapshot of [...snapshots].map(wordless)) {
    if (isDeepStrictEqual(snapshot, folded)) continue;
    const nouns = ["board", "laneBy", "columns", "tasks", "labels", "transitions", "fields", "members"] as const;
    const noun = nouns.find((name) => !isDeepStrictEqual(snapshot[name], folded[name])) ?? "cursor";
    const says = `a snapshot of board ${folded.board.id} at ${folded.cursor} has other ${noun} than its log`;
    violations.add("L9", says, {
      shown: differing(snapshot[noun], folded[noun]),
      folded: differing(folded[noun], snapshot[noun]),
    });
  }
}

function differing(mine: unknown, other: unknown): unknown {
  if (!Array.isArray(mine) || !Array.isArray(other)) return mine;
  const known: readonly unknown[] = other;
  return mine.filter((row: unknown) => !known.some((one) => isDeepStrictEqual(one, row))).slice(0, 3);
}

/**
 * Nothing is written under the access from before a removal once that has been acknowledged: the writes that were under
 * way come before it (L14).
 */
export function checkRemovals(
  losses: readonly AccessLoss[],
  timelines: readonly Timeline[],
  violations: Violations,
): void {
  for (const { boardId, version, accessVersion, timeline } of losses) {
    // The next event alone: behind it the access version does not go down.
    const next = timelines[timeline]?.boards.get(boardId)?.events[version];
    if (!next || next.accessVersion >= accessVersion) continue;
    const says = `board ${boardId} had version ${version} when a removal was acknowledged, and got the next under access version ${next.accessVersion}, from before it`;
    violations.add("L14", says, next);
  }
}
