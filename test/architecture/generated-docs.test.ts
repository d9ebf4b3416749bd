import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exampleOf } from "../../scripts/api-page/examples.ts";
import { generateDocs } from "../../scripts/generated-docs.ts";
import { PROCEDURES } from "../setup/procedures.ts";

test.for(Object.entries(await generateDocs()))("docs/%s says what the code says", ([file, text]) => {
  expect(readFileSync(new URL(`../../docs/${file}`, import.meta.url), "utf8")).toBe(text);
});

test("every example of docs/api.md is an input that its procedure takes", () => {
  const taken = PROCEDURES.flatMap(({ path, inputs }) => {
    const input = inputs.at(-1);
    return input ? [[path, input.safeParse(exampleOf(path, input)).error?.issues]] : [];
  });
  expect(taken.length).toBeGreaterThan(80);
  expect(taken.filter(([, issues]) => issues !== undefined)).toEqual([]);
});
