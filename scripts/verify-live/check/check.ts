import type { Snapshot } from "../../../client/index.ts";
import type { History, Timeline } from "../history.ts";
import { checkDetails, FoldedDetails } from "./details.ts";
import { Erased } from "./erased.ts";
import { type BoardFacts, checkLog, checkRemovals } from "./log.ts";
import { askedBy, checkMutations, checkReads } from "./mutations.ts";
import { checkUnasked } from "./unasked.ts";
import { Violations } from "./violation.ts";
import { checkWatches, type WatchCounts } from "./watches.ts";

/**
 * Checks what a run recorded against the logs: the last timeline is what the database holds in the end, those before it
 * were replaced by a backup. Linear in the number of messages and events.
 */
export function checkHistory(
  history: History,
  timelines: readonly Timeline[],
  final: readonly Snapshot[],
): { violations: Violations; counts: WatchCounts } {
  const violations = new Violations();
  const userIds = [...new Set(history.watches.map(({ userId }) => userId))];
  const firsts = history.mutations.filter(({ purpose }) => purpose === "first");
  const everErased = new Erased(timelines);
  const questions = {
    everErased,
    userIds,
    shown: shownOf(history, final),
    mutations: new Map(firsts.map((record) => [record.id, record])),
  };
  const facts = timelines
    .map((timeline) => checkLog(timeline, { ...questions, erased: new Erased([timeline]) }, violations))
    .toReversed();
  const factsOf = (boardId: string): BoardFacts[] => facts.flatMap((one) => one.get(boardId) ?? []);
  const counts = checkWatches(history.watches, history.losses, { factsOf, everErased }, violations);
  checkMutations(history.mutations, timelines, everErased, violations);
  const [details] = timelines.map((timeline) => new FoldedDetails(timeline, violations)).toReversed();
  if (details) checkDetails(details, history.details, violations);
  checkReads(history.reads, violations);
  const asked = askedBy(history.mutations);
  for (const timeline of timelines) checkUnasked(timeline, asked, new Set(history.sceneryIds), violations);
  checkRemovals(history.losses, timelines, violations);
  return { violations, counts };
}

/** Every whole board that somebody was shown, by board and cursor. */
function shownOf(history: History, final: readonly Snapshot[]): Map<string, Map<string, Set<Snapshot>>> {
  const shown = new Map<string, Map<string, Set<Snapshot>>>();
  const add = (snapshot: Snapshot) => {
    const boards = shown.get(snapshot.board.id) ?? new Map<string, Set<Snapshot>>();
    shown.set(snapshot.board.id, boards);
    boards.set(snapshot.cursor, (boards.get(snapshot.cursor) ?? new Set()).add(snapshot));
  };
  for (const snapshot of final) add(snapshot);
  for (const { snapshot } of history.reads) add(snapshot);
  for (const snapshot of history.held) add(snapshot);
  for (const { heard } of history.watches) {
    let parts: Snapshot[] = [];
    for (const message of heard) {
      if (message.type !== "snapshot") continue;
      if (message.part === 1) parts = [];
      parts.push(message.snapshot);
      if (message.part === message.of && parts.length === message.of) add(assembled(parts, message.snapshot));
    }
  }
  return shown;
}

function assembled(parts: readonly Snapshot[], last: Snapshot): Snapshot {
  if (parts.length === 1) return last;
  return {
    ...last,
    columns: parts.flatMap(({ columns }) => columns),
    tasks: parts.flatMap(({ tasks }) => tasks),
    labels: parts.flatMap(({ labels }) => labels),
    transitions: parts.flatMap(({ transitions }) => transitions),
    fields: parts.flatMap(({ fields }) => fields),
    members: parts.flatMap(({ members }) => members),
  };
}
