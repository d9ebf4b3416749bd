import { sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import { list, words } from "../../db/columns.ts";
import { task } from "../../db/schema/index.ts";
import { toStatement } from "../../db/statement.ts";

describe("a statement", () => {
  test.each([
    ["without parameters", sql`select 1`],
    ["with parameters of each kind", sql`select ${"a"}, ${1}, ${true}, ${null}, ${""}`],
    [
      "of nested parts",
      sql`select ${sql`${sql.raw("1 +")} ${2}`} from (${sql`select ${"x"}::text`}) t where ${sql``} true`,
    ],
    ["joined of a list", sql`select ${sql.join([sql`${1}`, sql`${2}`], sql`, `)}`],
    ["with lists as parameters", sql`select ${list("uuid", ["a", null])}, ${words(["b", "c"])}`],
    ["with a table and a column", sql`select ${task.id} from ${task} where ${task.title} = ${"t"}`],
    ["with a list that becomes one parameter for each", sql`select 1 where 1 in ${[1, 2]}`],
  ])("%s is what Drizzle makes of it", (_, query) => {
    const { sql: text, params } = new PgDialect().sqlToQuery(query);
    expect(toStatement(query)).toEqual({ text, params });
  });

  test("takes no parameter that Postgres would read in some other way", () => {
    expect(() => toStatement(sql`select ${new Date()}`)).toThrow("a parameter of a statement is a object");
  });
});
