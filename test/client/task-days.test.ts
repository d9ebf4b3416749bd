import { expect, test } from "vitest";
import { datesOn, daysOf } from "../../client/task-days.ts";

const NONE = { startAt: null, startOn: null, dueAt: null, dueOn: null, timeZone: null };

test("a task is on the days that it is said to be on, and at instants on those of whoever looks", () => {
  const task = {
    ...NONE,
    startOn: "2026-03-01",
    startAt: "2026-02-28T11:00:00.000Z",
    dueAt: "2026-03-10T23:00:00.000Z",
  };
  expect(daysOf(task, "UTC")).toEqual({ start: "2026-03-01", due: "2026-03-10" });
  expect(daysOf(task, "Asia/Tokyo")).toEqual({ start: "2026-03-01", due: "2026-03-11" });
  expect(daysOf(NONE, "UTC")).toEqual({ start: null, due: null });
});

test("on another day a whole day stays one of its zone, and an instant keeps its time, whatever clocks do meanwhile", () => {
  const whole = { ...NONE, dueOn: "2026-03-01", dueAt: "2026-03-02T07:59:59.999Z", timeZone: "America/Los_Angeles" };
  expect(datesOn(whole, { due: "2026-03-05" }, "Europe/Berlin")).toEqual({ dueOn: "2026-03-05" });
  // Summer time begins on the 29th.
  const timed = { ...NONE, dueAt: "2026-03-28T08:30:15.250Z" };
  expect(datesOn(timed, { due: "2026-03-30" }, "Europe/Berlin")).toEqual({ dueAt: "2026-03-30T07:30:15.250Z" });
  expect(datesOn(timed, { start: "2026-03-01" }, "Europe/Berlin")).toEqual({
    startOn: "2026-03-01",
    timeZone: "Europe/Berlin",
  });
  expect(datesOn(timed, { due: null }, "Europe/Berlin")).toEqual({ dueAt: null, dueOn: null });
});
