import { expect, test } from "vitest";
import { mentionedIn, toKept, toWritten } from "../../web/src/task/mentions.ts";
import { inWords, toRhythm, toRule } from "../../web/src/task/recurrence-words.ts";

const idOf = (digit: number) => `00000000-0000-7000-8000-00000000000${String(digit)}`;
const PEOPLE = new Map([
  [idOf(1), "Ada"],
  [idOf(2), "Ada Lovelace"],
  [idOf(3), "Ada"],
]);

test("who is mentioned is the same one after a text was shown to be written in", () => {
  for (const text of [
    `Ask <@${idOf(1)}>, then <@${idOf(2)}> and <@${idOf(3)}>.`,
    `<@${idOf(1)}><@${idOf(3)}> (3 times)`,
    `<@${idOf(1)}>m is not her, and <@${idOf(1)}> (2) neither`,
    `<@${idOf(9)}> is nobody here`,
  ]) {
    expect(toKept(toWritten(text, PEOPLE), new Set(mentionedIn(text)), PEOPLE)).toBe(text);
  }
  expect(toWritten(`<@${idOf(2)}> and <@${idOf(3)}>`, PEOPLE)).toBe("@Ada Lovelace and @Ada (2)");
  // A name that was not chosen is a word, and so is one that goes on.
  expect(toKept("@Ada and @Adam", new Set(), PEOPLE)).toBe("@Ada and @Adam");
  expect(toKept("@Ada and @Adam", new Set([idOf(1)]), PEOPLE)).toBe(`<@${idOf(1)}> and @Adam`);
});

test("a rule that can be chosen is read back as it was chosen, and any other is shown as it is", () => {
  for (const [rule, words] of [
    ["FREQ=DAILY;INTERVAL=3", "Every 3 days"],
    ["FREQ=WEEKLY;BYDAY=MO,TH;COUNT=5", "Every week on Monday and Thursday, 5 times"],
    ["FREQ=MONTHLY;BYMONTHDAY=-1", "On the last day of every month"],
    ["FREQ=YEARLY;UNTIL=20300105", "Every year, until Jan 5, 2030"],
  ] as const) {
    const read = toRhythm(rule);
    expect(read && toRule(read)).toBe(rule);
    expect(inWords(rule)).toBe(words);
  }
  for (const rule of ["FREQ=MONTHLY;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=3", "FREQ=WEEKLY;BYDAY=MO;WKST=SU"]) {
    expect(toRhythm(rule)).toBeUndefined();
    expect(inWords(rule)).toBe(`By the rule ${rule}`);
  }
});
