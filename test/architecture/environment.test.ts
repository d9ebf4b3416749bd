import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { ConfigurationError, Env, parseEnvironment } from "../../server/env.ts";

const EXAMPLE = await readFile(join(import.meta.dirname, "../../.env.example"), "utf8");
const example = parseEnv(EXAMPLE);

test(".env.example has every key of the environment once, in the same order, and no other", () => {
  const keys = EXAMPLE.split("\n").flatMap((line) => /^(?<key>\w+)=/u.exec(line)?.groups?.["key"] ?? []);
  expect(keys).toEqual(Object.keys(Env.shape));
  const others = EXAMPLE.split("\n").filter((line) => !/^(?:$|#|\w+=)/u.test(line));
  expect(others).toEqual([]);
});

test("a copy of .env.example changes nothing", () => {
  expect(parseEnvironment(example)).toEqual(parseEnvironment({}));
});

test(".env.example shows every default that is a value", () => {
  const defaults = Object.entries(parseEnvironment({})).filter(([, value]) => value !== undefined);
  expect(example).toMatchObject(
    Object.fromEntries(defaults.map(([key, value]) => [key, typeof value === "object" ? "" : String(value)])),
  );
});

test.for([
  { environment: { PORT: "three" }, says: "PORT: must be a whole number from 0 to 65535." },
  {
    environment: { DATABASE_URL: "mysql://localhost/trestle" },
    says: "DATABASE_URL: must begin with postgres:// or postgresql://.",
  },
])("$environment is refused in a sentence", ({ environment, says }) => {
  expect(() => parseEnvironment(environment)).toThrow(new ConfigurationError(says));
});
