/// <reference lib="esnext.temporal" />
import { expect, test } from "vitest";
import { instantsOfDay, toTimeZone } from "../../server/days.ts";

const ZONES = Intl.supportedValuesOf("timeZone");

/** The days around each change of a zone's clocks. */
function daysOfChange(timeZone: string): Temporal.PlainDate[] {
  const days: Temporal.PlainDate[] = [];
  let at = Temporal.ZonedDateTime.from(`1900-01-01T00:00[${timeZone}]`);
  for (;;) {
    const change = at.getTimeZoneTransition("next");
    if (!change || change.year > 2037) return days;
    days.push(...[-1, 0, 1].map((more) => change.toPlainDate().add({ days: more })));
    at = change;
  }
}

test("a day begins and ends when Temporal says, around every change of clocks in a tenth of the world's zones", () => {
  let compared = 0;
  for (const timeZone of [...ZONES.filter((_, index) => index % 10 === 0), "Pacific/Apia", "America/Sao_Paulo"]) {
    for (const day of daysOfChange(timeZone)) {
      const [first, last] = [day, day.add({ days: 1 })].map((date) => date.toZonedDateTime(timeZone).epochMilliseconds);
      const expected = first === last ? undefined : [first, (last ?? 0) - 1];
      const made = instantsOfDay(day.toString(), timeZone);
      const is = made && [Date.parse(made.first), Date.parse(made.last)];
      expect([timeZone, day.toString(), is]).toEqual([timeZone, day.toString(), expected]);
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThan(1_000);
});

test("a time zone is known by every name that it has", () => {
  const names = ["europe/berlin", "US/Pacific", "utc", "Etc/GMT+1", "+02:00", "Mars/Olympus", "", " UTC"];
  expect(names.flatMap((name) => toTimeZone(name) ?? [])).toEqual(["Europe/Berlin", "US/Pacific", "UTC", "Etc/GMT+1"]);
});
