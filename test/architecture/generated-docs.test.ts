import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { generateDocs } from "../../scripts/generated-docs.ts";

test.for(Object.entries(generateDocs()))("docs/generated/%s says what the code says", ([file, text]) => {
  expect(readFileSync(new URL(`../../docs/generated/${file}`, import.meta.url), "utf8")).toBe(text);
});
