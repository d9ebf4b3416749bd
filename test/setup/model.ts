import { expect } from "vitest";
import type { Database } from "../../db/client.ts";
import { STATE_GROUPS, type StateGroup, WIP_MODES, type WipMode } from "../../db/enums.ts";
import { AppError } from "../../server/core/app-error.ts";
import { changedBy } from "./outcome.ts";

// What tests share that make changes at random and compare what the events fold to with what is there.

export function pick<T>(from: readonly T[], by: number | undefined): T {
  const picked = from[(by ?? 0) % from.length];
  if (picked === undefined) throw new Error("there is nothing to pick from");
  return picked;
}

/** A setting of a column besides its name and limit. */
export function settingOf(by: number): { wipMode: WipMode } | { stateGroup: StateGroup } {
  return by % 2 === 0 ? { wipMode: pick(WIP_MODES, by >> 1) } : { stateGroup: pick(STATE_GROUPS, by >> 1) };
}

/** Dates, estimates and covers to give to a task; some are refused for what it has. */
export const DETAILS = [
  { dueAt: "2026-03-29T10:00:00+02:00", estimate: 2.5 },
  { dueOn: "2026-03-29", timeZone: "Europe/Berlin" },
  { startOn: "2026-03-28", timeZone: "america/new_york", coverColor: "lime" },
  { startAt: "2026-03-29T09:00:00.000Z", estimate: 0.01 },
  { startOn: "2026-03-30", dueAt: null },
  { timeZone: "Pacific/Apia" },
  { startAt: null, dueOn: null, estimate: null, coverColor: null },
  { dueOn: "2011-12-30" },
  { timeZone: null },
] as const;

/** The kind with which a change was refused, if it was. Faults of ours are no refusals. */
export async function refusalOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (error instanceof AppError && error.kind !== "INTERNAL") return error.kind;
    throw error;
  }
}

/** Makes one change: `done`, or the kind of its refusal, which has written nothing then. */
export async function withoutTrace(db: Database, call: () => Promise<string | undefined>): Promise<string> {
  const kinds: (string | undefined)[] = [];
  const changed = await changedBy(db, async () => kinds.push(await call()));
  const [kind = "done"] = kinds;
  expect({ kind, changed: kind === "done" ? [] : changed }).toEqual({ kind, changed: [] });
  return kind;
}

/** The version of a snapshot. */
export function versionOf({ cursor }: { cursor: string }): number {
  return Number.parseInt(cursor, 10);
}

function content<State extends { cursor: string }>({ cursor: _, ...rest }: State): Omit<State, "cursor"> {
  return rest;
}

/** Folds the events of a stream over each snapshot, and meets every later one on the way (rule L9). */
export function expectFolds<State extends { cursor: string }, Event extends { version: number }>(
  snapshots: readonly State[],
  events: readonly Event[],
  evolve: (state: State, event: Event) => State | "reset" | "unknown",
): void {
  for (const first of snapshots) {
    let state = first;
    const reached = new Map([[versionOf(first), content(first)]]);
    for (const event of events.slice(versionOf(first))) {
      const next = evolve(state, event);
      // Nothing folds over a reset, and every type of this build is known.
      expect(next).not.toBe("unknown");
      if (typeof next === "string") break;
      state = next;
      reached.set(event.version, content(state));
    }
    // Earlier snapshots, and those behind a reset, are not met from here.
    const met = snapshots.filter((later) => reached.has(versionOf(later)));
    expect(met.map((later) => reached.get(versionOf(later)))).toEqual(met.map(content));
  }
}
