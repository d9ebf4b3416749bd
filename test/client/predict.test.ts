import fc from "fast-check";
import { expect } from "vitest";
import { newId } from "../../client/ids.ts";
import { afterEvent, NOTHING_OUT_OF_SIGHT, type Sight } from "../../client/out-of-sight.ts";
import { rankWithin } from "../../client/place.ts";
import { predict } from "../../client/predict.ts";
import { readEvents } from "../../server/core/event-log.ts";
import { toEvent } from "../../server/core/live/watch.ts";
import type { ChangeInput } from "../../server/domains/work/apply.contract.ts";
import type { Snapshot } from "../../server/domains/work/boards.contract.ts";
import { evolve } from "../../server/domains/work/evolve.ts";
}

/** What is expected to be seen after a change: no less than now. */
function expected(sight: Sight, change: ChangeInput): { sight: Sight; isShown: boolean } {
  const predicted = predict(sight.state, change, { hidden: sight.hidden, at: new Date().toISOString() });
  return { sight: predicted ?? sight, isShown: predicted !== undefined };
}

/** A new board, a history of changes to it, chosen one after the other by what is expected, and all events of them. */
async function live(world: World, org: TestOrg, people: readonly string[], history: readonly Step[]) {
  const board = await org.board({ columns: ["Todo", "Doing", "Done"] });
  const state = await org.owner.caller.boards.get({ boardId: board.id });
  const begin: Sight = { state, hidden: NOTHING_OUT_OF_SIGHT };
  const known: Known = { columns: state.columns.map(({ id }) => id), tasks: [], labels: [], people };
  let sight = begin;
  const changes = history.map((one) => {
    const change = { ...changeOf(one, known), mutationId: newId() };
    const next = expected(sight, change);
    ({ sight } = next);
    if (next.isShown) learn(known, change);
    return change;
  });
  const results = await org.owner.caller.boards.applyChanges({ boardId: board.id, changes });
  const logged = await readEvents(world.db, board.id, Number.parseInt(state.cursor, 10), 1_000);
  return { begin, changes, results, events: logged.map(toBoardEvent), end: sight };
}

test("a change shows as what the server makes of it, and one that it refuses does not show", async ({ world }) => {
  const org = await world.org();
  const people = [org.owner.id, (await org.as("member")).id];
  const seen = new Set<string>();
  const steps = fc.array(step, { minLength: 20, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      const { begin, changes, results, events, end } = await live(world, org, people, history);
      let sight = begin;
      for (const [index, change] of changes.entries()) {
        const guess = expected(sight, change);
        sight = events.filter(({ mutationId }) => mutationId === change.mutationId).reduce(after, sight);
        const result = results[index];
        const kind = result?.status === "refused" ? result.kind : "done";
        const told = { change, kind };
        expect({ ...told, board: shown(guess.sight.state) }).toEqual({ ...told, board: shown(sight.state) });
        // People whom the board does not know yet come with the event.
        expect(sight.state.members).toEqual(expect.arrayContaining(guess.sight.state.members));
        seen.add(`${change.procedure} ${kind !== "done" ? "refused" : guess.isShown ? "shown" : "nothing"}`);
      }
      // Laid over each other they are the board too; but for a version that was not yet known.
      const isGuess = changes.every((change) => !("ifVersion" in change));
      expect(isGuess ? shown(end.state) : "by version").toEqual(isGuess ? shown(sight.state) : "by version");
    }),
    // What fails is made smaller until then.
    { numRuns: 30, interruptAfterTimeLimit: 22_000 },
  );
  // It was about something: every kind of change was made and seen.
  expect([...seen]).toEqual(expect.arrayContaining(procedures.map((procedure) => `${procedure} shown`)));
});

test("ranks for show stand between any two, however often", () => {
  const places = fc.array(fc.nat(1_000), { maxLength: 60 });
  fc.assert(
    fc.property(places, (picks) => {
      const ranks = ["a0", "a0V", "a1", "b10"];
      for (const pick of picks) {
        const at = pick % (ranks.length + 1);
        const rank = rankWithin({ before: ranks[at - 1] ?? null, after: ranks[at] ?? null });
        ranks.splice(at, 0, rank);
      }
      expect(ranks).toEqual([...new Set(ranks)].toSorted());
    }),
  );
});
