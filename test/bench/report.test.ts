import { describe, expect, test } from "vitest";
import { drawChart } from "../../bench/setup/chart.ts";
import { isFarOff } from "../../bench/setup/report.ts";
import type { Result } from "../../bench/setup/result.contract.ts";

describe("a quick look fails", () => {
  test("when a ratio is more than twice as far off as its goal, in either direction", () => {
    expect([1.8, 1.81, 0.1].map((value) => isFarOff(value, { atMost: 0.9 }))).toEqual([false, true, false]);
    expect([4, 3.9, 80].map((value) => isFarOff(value, { atLeast: 8 }))).toEqual([false, true, false]);
  });

  test("where the goal is missed today, beyond what is said beside it", () => {
    expect([0.66, 0.67].map((value) => isFarOff(value, { atMost: 0.2, failsAt: 0.66 }))).toEqual([false, true]);
    expect([1.7, 1.6].map((value) => isFarOff(value, { atLeast: 8, failsAt: 1.7 }))).toEqual([false, true]);
  });

  test("when nothing was measured", () => {
    expect(isFarOff(Number.NaN, { atMost: 2 })).toBe(true);
    expect(isFarOff(Number.NaN, { atLeast: 2 })).toBe(true);
  });
});

test("the chart has a bar for each figure with a goal: longer than to the goal when it is reached, whatever its direction", () => {
  const result = (found: Partial<Result>): Result => ({
    bench: "fan-out",
    what: "a delivery",
    against: "",
    value: 1,
    unit: "×",
    least: 1,
    most: 1,
    ...found,
  });
  const chart = drawChart([
    result({ value: 0.45, goal: { atMost: 0.9 }, reached: true }),
    result({ value: 16, goal: { atLeast: 8 }, reached: true }),
    result({ what: "<calls> & more", value: 4, goal: { atLeast: 8 }, reached: false }),
    result({ what: "has no goal" }),
  ]);
  const widths = [...chart.matchAll(/<rect class="(?<kind>\w+)"[^>]* width="(?<width>[\d.]+)"/gu)].map(({ groups }) => [
    groups?.["kind"],
    Number(groups?.["width"]),
  ]);
  expect(widths).toEqual([
    ["good", 195.2],
    ["good", 195.2],
    ["bad", 104.8],
  ]);
  expect(chart).toContain("&lt;calls&gt; &amp; more");
  expect(chart).not.toContain("has no goal");
});
