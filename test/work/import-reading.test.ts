import { expect, test } from "vitest";
import { AppError } from "../../server/core/app-error.ts";
import { toGithubDraft } from "../../server/domains/work/imports/github-issue.ts";
import { ImportMapping } from "../../server/domains/work/imports/import-tables.contract.ts";
import { toMarkdown } from "../../server/domains/work/imports/jira-markup.ts";
import { readWhen } from "../../server/domains/work/imports/table-dates.ts";
import { toTableDraft } from "../../server/domains/work/imports/table-draft.ts";
import { guessColumns } from "../../server/domains/work/imports/table-headers.ts";
import { readTable } from "../../server/domains/work/imports/table-reader.ts";
import { bodyOf } from "../setup/trello.ts";

async function rowsOf(file: string | Uint8Array | AsyncIterable<Uint8Array>): Promise<string[][]> {
  const rows: string[][] = [];
  const body = typeof file === "string" || file instanceof Uint8Array ? bodyOf(file, 7) : file;
  for await (const row of readTable(body)) rows.push(row);
  return rows;
}

/** Why a file is refused, and what of it is to blame. */
async function blameOf(file: Parameters<typeof rowsOf>[0]): Promise<string> {
  try {
    await rowsOf(file);
    return "taken";
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `${error.kind} ${Object.keys(error.fields ?? {}).join()}`;
  }
}

test("a table is read in any of the forms that spreadsheets save, whatever lies between its cells", async () => {
  const rows = [
    ["Title", "Notes"],
    ["Über, allem", 'Line\n"two"'],
    ["x", ""],
  ];
  const text = (delimiter: string) =>
    `Title${delimiter}Notes\r\n"Über, allem"${delimiter}"Line\n""two"""\r\n\r\nx${delimiter}\r\n`;
  for (const delimiter of [",", ";", "\t", "|"]) expect(await rowsOf(text(delimiter))).toEqual(rows);
  expect(await rowsOf(`\u{feff}${text(";")}`)).toEqual(rows);
  expect(await rowsOf(`sep=;\r\n${text(";")}`)).toEqual(rows);
  const wide = Buffer.from(`\u{feff}${text("\t")}`, "utf16le");
  expect(await rowsOf(wide)).toEqual(rows);
  expect(await rowsOf(wide.swap16())).toEqual(rows);
  expect(await rowsOf("Title\na\0b")).toEqual([["Title"], ["ab"]]);
});

test("what is no table is refused before it fills the memory, and says where", async () => {
  expect(await blameOf('Title\na\n"never closed\nb\n')).toBe("IMPORT_NOT_CSV rows.2");
  expect(await blameOf('Title\na"b\n')).toBe("IMPORT_NOT_CSV rows.1");
  expect(await blameOf('Title\n"a"b\n')).toBe("IMPORT_NOT_CSV rows.1");
  expect(await blameOf(Buffer.from([0x54, 0xe4, 0x0a, 0xff, 0x20]))).toBe("IMPORT_NOT_CSV file");
  expect(await blameOf(`${",".repeat(1_001)}\n`)).toBe("IMPORT_NOT_CSV head");
  expect(await blameOf("")).toBe("taken");
  const before = process.memoryUsage.rss();
  async function* endless(text: string) {
    yield Buffer.from("Title\n");
    for (let mib = 0; mib < 1_024; mib += 1) yield Buffer.from(text.repeat(1 << 20));
  }
  expect(await blameOf(endless("x"))).toBe("IMPORT_NOT_CSV rows.1");
  expect(await blameOf(endless('"'))).toMatch(/^IMPORT_NOT_CSV/u);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 << 20);
});

test("a date is read as it is meant, or not at all", () => {
  const read = (text: string, dates: "iso" | "dmy" | "mdy" = "iso") => {
    const when = readWhen(text, { dates, timeZone: "Europe/Berlin" });
    return "wrong" in when ? when.wrong : "day" in when ? when.day : when.at;
  };
  expect(read("2026-03-01")).toBe("2026-03-01");
  expect(read("2026-03-01T10:00:00Z")).toBe("2026-03-01T10:00:00.000Z");
  expect(read("2026-03-01T10:00:00.123+0200")).toBe("2026-03-01T08:00:00.123Z");
  expect(read("2026-07-01 10:00")).toBe("2026-07-01T08:00:00.000Z");
  expect(read("12/Mar/24 3:45 PM")).toBe("2024-03-12T14:45:00.000Z");
  expect(read("12/Mar/24 12:00 AM")).toBe("2024-03-12");
  expect(read("Mar 5, 2026")).toBe("2026-03-05");
  expect(read("5 March 2026")).toBe("2026-03-05");
  expect(read("3/4/2026")).toBe("DATE_AMBIGUOUS");
  expect(read("31/12/2026")).toBe("DATE_AMBIGUOUS");
  expect(read("3/4/2026", "dmy")).toBe("2026-04-03");
  expect(read("3/4/26", "mdy")).toBe("2026-03-04");
  expect(read("31.12.2026 23:59", "dmy")).toBe("2026-12-31T22:59:00.000Z");
  for (const text of [
    "31/12/2026",
    "2026-02-30",
    "soon",
    "12/Foo/24",
    "1.1.2026 25:00",
    "0/0/2026",
    "2026-13-01",
    " ".repeat(1_000_000),
  ]) {
    expect(read(text, "mdy")).toBe("DATE_INVALID");
  }
});

test("an issue of Jira keeps its words, marks, sprints, comments and ties", () => {
  const head =
    "Summary,Issue key,Issue id,Issue Type,Status,Status Category,Priority,Assignee,Created,Due date,Labels,Labels,Sprint,Sprint,Description,Parent,Custom field (Story Points),Outward issue link (Blocks),Inward issue link (Blocks),Comment,Comment,Attachment,Fix versions";
  const headers = head.split(",");
  const mapping = ImportMapping.parse({ columns: guessColumns("jira", headers, []) });
  const cells = [
    "Fix login",
    "WEB-12",
    "10012",
    "Bug",
    "In Review",
    "In Progress",
    "Highest",
    "jo",
    "12/Mar/24 3:45 PM",
    "15/Mar/24 12:00 AM",
    "auth",
    "web",
    "Sprint 1",
    "Sprint 2",
    "h2. Steps\n# *Open* the page\n## {{login}}\n{code:js}a * b{code}\n[docs|https://example.test/a] -old-",
    "10001",
    "5.0",
    "WEB-13",
    "WEB-11",
    "13/Mar/24 9:00 AM;jo;Looks; good",
    "not dated",
    "13/Mar/24 9:00 AM;jo;screen.png;https://example.test/screen.png",
    "1.0",
  ];
  const drafted = toTableDraft(cells, { source: "jira", mapping, fields: [] });
  expect(drafted).toMatchObject({
    draft: {
      id: "WEB-12",
      otherId: "10012",
      title: "Fix login",
      column: { name: "In Review", stateGroup: "started" },
      priority: "urgent",
      people: ["jo"],
      createdAt: "2024-03-12T15:45:00.000Z",
      dates: { dueOn: "2024-03-15" },
      estimate: 5,
      labels: [{ name: "Bug" }, { name: "auth" }, { name: "web" }],
      plans: [
        { kind: "milestone", name: "1.0" },
        { kind: "sprint", name: "Sprint 2" },
      ],
      comments: [
        { author: "jo", text: "Looks; good", createdAt: "2024-03-13T09:00:00.000Z" },
        { author: "", text: "not dated", createdAt: null },
      ],
      links: { parent: "10001", blocks: ["WEB-13"], blockedBy: ["WEB-11"] },
    },
  });
  expect("draft" in drafted && drafted.draft.description).toBe(
    "## Steps\n1. **Open** the page\n   1. `login`\n\n```js\na * b\n```\n\n[docs](https://example.test/a) ~~old~~\n\n- [screen.png](https://example.test/screen.png)",
  );
});

test("Jira's marks become Markdown, and what is hostile takes no time", () => {
  expect(toMarkdown("||a||b||\n|[x|https://example.test]|2|\n----\nbq. so\n{quote}one\ntwo{quote}")).toBe(
    "| a | b |\n| --- | --- |\n| [x](https://example.test) | 2 |\n---\n> so\n\n> one\n> two",
  );
  expect(toMarkdown("[~jo] says +this+ and ??that?? on https://example.test/a-b-c")).toBe(
    "@jo says this and *that* on https://example.test/a-b-c",
  );
  expect(toMarkdown("2 * 3 * 4 and a-b - c")).toBe("2 * 3 * 4 and a-b - c");
  const from = performance.now();
  for (const mark of [
    "{code}",
    "{{",
    "[",
    "[~",
    "!",
    "*a",
    "-a",
    "|",
    "||",
    "{quote}",
    "??",
    "[a|",
    "{code:x",
    "{color:",
  ]) {
    toMarkdown(mark.repeat(32_768 / mark.length));
  }
  expect(performance.now() - from).toBeLessThan(3_000);
});

test("an issue of GitHub is read as its API and its command line write it", () => {
  const mapping = ImportMapping.parse({});
  const rest = {
    number: 7,
    title: "Crash",
    body: "It does.",
    state: "closed",
    state_reason: "not_planned",
    labels: [{ name: "bug", color: "d73a4a" }, "old"],
    assignees: [{ login: "jo" }],
    milestone: { title: "v1", due_on: "2026-05-01T07:00:00Z" },
    comments: 2,
    html_url: "https://github.com/acme/app/issues/7",
    url: "https://api.github.com/repos/acme/app/issues/7",
    created_at: "2026-01-01T00:00:00Z",
    closed_at: "2026-01-02T00:00:00Z",
  };
  expect(toGithubDraft(rest, mapping)).toMatchObject({
    draft: {
      id: "acme/app#7",
      description: "It does.\n\n[acme/app#7](https://github.com/acme/app/issues/7)",
      column: { name: "Not planned", stateGroup: "cancelled" },
      labels: [
        { name: "bug", color: "red" },
        { name: "old", color: "gray" },
      ],
      people: ["jo"],
      plans: [{ kind: "milestone", name: "v1", endsOn: "2026-05-01" }],
      completedAt: "2026-01-02T00:00:00.000Z",
    },
  });
  const command = {
    number: 8,
    title: "Idea",
    state: "OPEN",
    url: "https://github.com/acme/app/issues/8",
    comments: [{ author: { login: "jo" }, body: "Yes", createdAt: "2026-01-03T00:00:00Z" }, { body: "" }],
  };
  expect(toGithubDraft(command, mapping)).toMatchObject({
    draft: {
      id: "acme/app#8",
      column: { name: "To do" },
      comments: [{ author: "jo", text: "Yes", createdAt: "2026-01-03T00:00:00.000Z" }],
    },
  });
  expect(toGithubDraft({ number: "x" }, mapping)).toMatchObject({ refusal: "ISSUE_INVALID" });
  expect(toGithubDraft({ number: 1, title: " " }, mapping)).toMatchObject({ refusal: "TITLE_MISSING" });
});
