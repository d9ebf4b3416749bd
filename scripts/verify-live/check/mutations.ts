import { isDeepStrictEqual } from "node:util";
import { versionOf } from "../answers.ts";
import type { LoggedEvent, MutationRecord, ReadRecord, Timeline } from "../history.ts";
import { alwaysChanges, checkEffect, crossesBoards } from "./effects.ts";
import type { Erased } from "./erased.ts";
import { keyOf } from "./unasked.ts";
import type { Violations } from "./violation.ts";

/** What a run has written of one mutation: its events in each timeline, the last timeline last. */
type Written = readonly (readonly LoggedEvent[])[];

/** Checks that calls did what their answers say, once, and nothing otherwise (L1, L2, L5). */
export function checkMutations(
  records: readonly MutationRecord[],
  timelines: readonly Timeline[],
  everErased: Erased,
  violations: Violations,
): void {
  const written = eventsByMutation(timelines);
  const firsts = new Map(records.filter(({ purpose }) => purpose === "first").map((record) => [record.id, record]));
  /** By client and board: the newest version that an answer told of. */
  const newest = new Map<string, { version: number; timeline: number }>();
  for (const record of records.flatMap((one) => [one, ...changesOf(one)])) {
    // Boards that are gone have no log to compare with.
    if (!timelines.some(({ boards }) => boards.has(record.boardId))) continue;
    const events = written.get(keyOf(record)) ?? timelines.map(() => []);
    const original = firsts.get(record.id);
    // What was written under a used id is of the call that used it first.
    checkOnce(record, record.purpose === "reuse" ? (original ?? record) : record, events, violations);
    // In a log that was put back, where nobody remembers the id, another call may have used it.
    const [sent, ended] = record.timelines;
    for (const inTimeline of events.slice(sent, ended + 1)) checkEffect(record, inTimeline, violations);
    if (record.purpose === "shown") {
      if (record.outcome === "answered") checkShown(record, events, violations);
      checkOrder(record, events, newest, violations);
    } else if (record.purpose === "first") {
      if (record.outcome === "answered") checkAnswered(record, events, violations);
      checkOrder(record, events, newest, violations);
    } else if (original && !isForgotten(record, original, everErased)) checkAgain(record, original, violations);
    if (record.kind === "INTERNAL") {
      violations.add("L10", `a call failed for a fault of the server: ${record.procedure}`, record);
    }
  }
}

/** What was asked for by recorded calls, by whom and under which id. */
export function askedBy(records: readonly MutationRecord[]): Set<string> {
  return new Set(records.flatMap((record) => [record, ...changesOf(record)]).map(keyOf));
}

/** The calls inside of `boards.applyChanges`, each a mutation of its own. */
function changesOf(record: MutationRecord): MutationRecord[] {
  const { changes } = record.input;
  if (!Array.isArray(changes) || record.purpose !== "first") return [];
  const results: readonly unknown[] = Array.isArray(record.answer) ? record.answer : [];
  return changes.flatMap((change: unknown, index): MutationRecord[] => {
    if (!isChange(change)) return [];
    const { procedure, mutationId, ...input } = change;
    const result = results[index];
    if (!isResult(result)) {
      return [{ ...record, id: mutationId, procedure, input, outcome: "unknown", answer: undefined }];
    }
    const outcome = result.status === "done" ? "answered" : "refused";
    // However often the whole was sent: the answer is of the one time when it was done.
    const tries = record.timelines[0] === record.timelines[1] ? 1 : record.tries;
    return [{ ...record, id: mutationId, procedure, input, outcome, answer: result.value, kind: result.kind, tries }];
  });
}

interface Change extends Record<string, unknown> {
  procedure: string;
  mutationId: string;
}

function isChange(change: unknown): change is Change {
  return typeof change === "object" && change !== null && "procedure" in change && "mutationId" in change;
}

function isResult(result: unknown): result is { status: string; value?: unknown; kind?: string } {
  return typeof result === "object" && result !== null && "status" in result;
}

function eventsByMutation(timelines: readonly Timeline[]): Map<string, LoggedEvent[][]> {
  const found = new Map<string, LoggedEvent[][]>();
  for (const [index, { boards }] of timelines.entries()) {
    for (const event of [...boards.values()].flatMap(({ events }) => events)) {
      const key = keyOf({ userId: event.event.actorId, id: event.event.mutationId });
      const lists = found.get(key) ?? timelines.map(() => []);
      lists[index]?.push(event);
      found.set(key, lists);
    }
  }
  return found;
}

/** The answer to a comment leaves with it: who repeats it is told that it was done (L5). */
function isForgotten({ kind, boardId }: MutationRecord, { answer }: MutationRecord, everErased: Erased): boolean {
  if (kind !== "ALREADY_DONE" || typeof answer !== "object" || answer === null || !("id" in answer)) return false;
  return typeof answer.id === "string" && everErased.hasComment(boardId, answer.id);
}

/** All events of a mutation are of one transaction, and of one board unless it is of several; a refused one has none. */
function checkOnce(
  record: MutationRecord,
  { procedure }: MutationRecord,
  written: Written,
  violations: Violations,
): void {
  for (const events of written) {
    const [first] = events;
    const isOfOneBoard = crossesBoards(procedure) || events.every(({ streamId }) => streamId === first?.streamId);
    if (isOfOneBoard && events.every(({ txId }) => txId === first?.txId)) continue;
    violations.add("L5", `${record.procedure} of ${record.client} was done more than once`, record, events);
  }
  // Of a call that was sent again, an earlier try may have arrived late, behind the refusal of a later one.
  const isRefused = record.outcome === "refused" && record.purpose === "first" && record.tries === 1;
  // The server tries again while the database is away: what it did before a backup came back, it may refuse behind it.
  const events = written.slice(record.timelines[1]).flat();
  if (isRefused && events.length > 0) {
    violations.add(
      "L5",
      `${record.procedure} of ${record.client} was refused (${record.kind}), and done`,
      record,
      events,
    );
  }
}

/**
 * The answer's version is that of an event of this mutation, or of an earlier one when nothing changed: that may be so
 * in one timeline, where the mutation had its event in another one, and was sent in both.
 */
function checkAnswered(record: MutationRecord, written: Written, violations: Violations): void {
  const version = versionOf(record.answer);
  const events = written.flat();
  const isDone = events.length > 0 && (version === undefined || events.some((event) => event.version === version));
  if (isDone) return;
  const [sent, answered] = record.timelines;
  const mayHaveChangedNothing = written.slice(sent, answered + 1).some((inTimeline) => inTimeline.length === 0);
  if (events.length > 0 && mayHaveChangedNothing && !alwaysChanges(record.procedure)) return;
  if (events.length > 0) {
    violations.add("L5", `the answer of ${record.procedure} has version ${version}, its event another`, record, events);
    return;
  }
  if (alwaysChanges(record.procedure)) {
    violations.add("L1", `${record.procedure} of ${record.client} was acknowledged, and is in no log`, record);
  }
}

/** A change is pending until the board has it (L22). */
function checkShown(record: MutationRecord, written: Written, violations: Violations): void {
  const events = written.flat();
  const { answer: version } = record;
  if (events.length === 0 && alwaysChanges(record.procedure)) {
    violations.add("L1", `${record.procedure} of ${record.client} was acknowledged, and is in no log`, record);
  }
  const [before, after] = record.timelines;
  const last = before === after ? written[after]?.at(-1) : undefined;
  if (last && typeof version === "number" && version < last.event.version) {
    const says = `${record.procedure} of ${record.client} was no longer pending at version ${version}, and done at ${last.event.version}`;
    violations.add("L22", says, record);
  }
}

/** What one client did one after the other has its versions in that order. */
function checkOrder(
  record: MutationRecord,
  written: Written,
  newest: Map<string, { version: number; timeline: number }>,
  violations: Violations,
): void {
  if (record.outcome !== "answered" || record.timelines[0] !== record.timelines[1]) return;
  const timeline = record.timelines[0];
  const key = `${record.client} ${record.boardId}`;
  const before = newest.get(key);
  const versions = (written[timeline] ?? [])
    .filter(({ streamId }) => streamId === record.boardId)
    .map(({ version }) => version);
  if (versions.length === 0) return;
  if (before?.timeline === timeline && Math.min(...versions) <= before.version && record.tries === 1) {
    const says = `${record.procedure} of ${record.client} has version ${versions[0]}, what was answered before it ${before.version}`;
    violations.add("L2", says, record);
  }
  newest.set(key, { version: Math.max(...versions, before?.timeline === timeline ? before.version : 0), timeline });
}

/** A repeat gets the answer of the first time; the id with another call is refused. */
function checkAgain(record: MutationRecord, original: MutationRecord, violations: Violations): void {
  // After a backup came back nobody remembers the first time.
  if (record.timelines[1] !== original.timelines[0] || record.outcome === "unknown") return;
  if (record.purpose === "reuse") {
    if (record.kind !== "MUTATION_ID_REUSED") {
      violations.add(
        "L5",
        `a mutation id was used for another call: ${record.kind ?? record.outcome}`,
        record,
        original,
      );
    }
  } else if (record.outcome !== "answered" || !isDeepStrictEqual(record.answer, original.answer)) {
    violations.add("L5", `a repeat of ${record.procedure} was not answered as the first time`, record, original);
  }
}

/** Who was told of a version and reads then, reads that version or a later one (L6). */
export function checkReads(reads: readonly ReadRecord[], violations: Violations): void {
  for (const { client, boardId, known, snapshot, timelines } of reads) {
    if (timelines[1] > 0 || Number.parseInt(snapshot.cursor, 10) >= known) continue;
    violations.add(
      "L6",
      `${client} knew version ${known} of board ${boardId}, and read ${snapshot.cursor}`,
      snapshot.cursor,
    );
  }
}
