/** Code, whose contents are not marked up. */
const CODE = /\{(code|noformat)(?::([^{}\n]{0,200}))?\}([\s\S]*?)\{\1\}/gu;
const HELD = /\u{f8ff}(\d+)\u{f8ff}/gu;

/**
 * Jira's wiki markup → Markdown, for the common marks: headings, emphasis, lists, links, code, quotes, tables, rules,
 * pictures (as links) and mentions (as names). What it does not know stays as it is.
 */
export function toMarkdown(wiki: string): string {
  const held: string[] = [];
  const hold = (text: string) => `\u{f8ff}${held.push(text) - 1}\u{f8ff}`;
  const bare = wiki
    .replaceAll("\r\n", "\n")
    .replaceAll("\u{f8ff}", "")
    .replaceAll(CODE, (_, kind: string, options: string | undefined, code: string) => {
      const language = kind === "code" ? (/^[\w+#-]+/u.exec(options ?? "")?.[0] ?? "") : "";
      return hold(`\n\`\`\`${language}\n${code.replaceAll(/^\n|\n$/gu, "")}\n\`\`\`\n`);
    })
    .replaceAll(/\{\{([^{}\n]{1,500})\}\}/gu, (_, code: string) => hold(`\`${code}\``));
  return inLines(withQuotes(bare))
    .replaceAll(HELD, (_, index: string) => held[Number(index)] ?? "")
    .replaceAll(/\n{3,}/gu, "\n\n")
    .trim();
}

function withQuotes(text: string): string {
  return text
    .replaceAll(/\{quote\}([\s\S]*?)\{quote\}/gu, (_, quoted: string) => {
      const lines = quoted.trim().split("\n");
      return `\n${lines.map((line) => `> ${line}`).join("\n")}\n`;
    })
    .replaceAll(/\{(?:color|panel)(?::[^{}\n]{0,200})?\}/gu, "");
}

function inLines(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      const row = tableRow(line);
      if (!row) return block(line);
      const cells = `| ${row.map(inline).join(" | ")} |`;
      return line.trimStart().startsWith("||") ? `${cells}\n|${" --- |".repeat(row.length)}` : cells;
    })
    .join("\n");
}

/** `||a||b||` and `|a|b|`. */
function tableRow(line: string): string[] | undefined {
  const trimmed = line.trim();
  if (!/^\|.*\|$/u.test(trimmed) || trimmed.length < 3) return undefined;
  const between = trimmed.startsWith("||") ? "||" : "|";
  if (between === "||" && !/^\|\|.*\|\|$/u.test(trimmed)) return undefined;
  const inner = trimmed.slice(between.length, -between.length);
  // A link has a bar in it, too.
  const cells = between === "|" ? (inner.match(/(?:\[[^[\]\n]*\]|[^|])+/gu) ?? []) : inner.split("||");
  return cells.map((cell) => cell.trim());
}

function block(line: string): string {
  const heading = /^\s*h([1-6])\.\s*(.*)$/u.exec(line);
  if (heading) return `${"#".repeat(Number(heading[1]))} ${inline(heading[2] ?? "")}`;
  const quote = /^\s*bq\.\s*(.*)$/u.exec(line);
  if (quote) return `> ${inline(quote[1] ?? "")}`;
  if (/^\s*----+\s*$/u.test(line)) return "---";
  const item = /^\s*([*#-]+)\s+(.*)$/u.exec(line);
  if (!item) return inline(line);
  const [, marks = "", text = ""] = item;
  return `${"   ".repeat(marks.length - 1)}${marks.endsWith("#") ? "1." : "-"} ${inline(text)}`;
}

function inline(text: string): string {
  return text
    .replaceAll(/\[~(?:accountid:)?([^[\]\n]+)\]/gu, "@$1")
    .replaceAll(/\[([^|[\]\n]+)\|([^|[\]\s]+)(?:\|[^[\]\n]*)?\]/gu, "[$1]($2)")
    .replaceAll(/\[((?:https?|mailto):[^[\]|\s]+)\](?!\()/gu, "<$1>")
    .replaceAll(/!([^!\s|]+)(?:\|[^!\n]*)?!/gu, (whole, name: string) => (name.includes(".") ? `\`${name}\`` : whole))
    .replaceAll(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/gu, "**$1**")
    .replaceAll(/(?<![\w+])\+(?=\S)([^+\n]+?)(?<=\S)\+(?![\w+])/gu, "$1")
    .replaceAll(/(?<![\w-])-(?=[^\s-])([^-\n]+?)(?<=\S)-(?![\w-])/gu, "~~$1~~")
    .replaceAll(/\?\?(?=\S)([^?\n]+?)\?\?/gu, "*$1*")
    .replaceAll(/\\\\(?=\s|$)/gu, "  ");
}
