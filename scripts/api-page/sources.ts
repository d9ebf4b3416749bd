import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ERRORS } from "../../server/errors.ts";
import { BOARD_EVENTS, INBOX_EVENTS, ORG_EVENTS } from "../../server/events.ts";

/** What the source says of a procedure, above its line of the router and above the service that it calls. */
export interface Told {
  /** What it does. */
  readonly says: string;
  /** Types of events. */
  readonly announces: readonly string[];
  /** Kinds of errors that are its own. */
  readonly fails: readonly string[];
  /** The name of the output's schema, as the router writes it. */
  readonly output: string | undefined;
}

const DOMAINS = join(import.meta.dirname, "../../server/domains");

/** `name: builder(…)…,` with the comment above it, up to the next one. */
const PROCEDURE =
  /^ {2}\/\*\* ?(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\n {2}(?<name>\w+): (?<body>[\s\S]*?)(?=\n\n {2}\/\*\*|\n\}\))/gmu;
const EXPORTED = /\/\*\* ?(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\nexport (?:async )?(?:function|const) (?<name>\w+)/gu;
/** What the resolver calls: the first argument of `ctx.write`, or the function that it goes on with. */
const SERVICE = /ctx\.write\(\s*(?<written>\w+)|=>\s*(?:\(\{\s*)?(?<called>\w+)\(/gu;
const OUTPUT = /\.output\((?:z\.array\(|trusted<)?(?<name>[\w.]+)/u;
const ROUTER = /(?<name>\w+)Router = router\(/u;

/** Everything that the routers' sources say, by the path of the procedure. */
export function readSources(): Map<string, Told> {
  const files = globSync("**/*.ts", { cwd: DOMAINS }).toSorted();
  const texts = new Map(files.map((file) => [file, readFileSync(join(DOMAINS, file), "utf8")]));
  const comments = new Map<string, string>();
  for (const [file, text] of texts) {
    for (const { groups } of text.matchAll(EXPORTED)) {
      comments.set(`${dirname(file)} ${groups?.["name"]}`, plain(groups?.["comment"]));
    }
  }
  const told = new Map<string, Told>();
  for (const [file, text] of texts) {
    const noun = ROUTER.exec(text)?.groups?.["name"];
    if (noun === undefined || !file.endsWith(".router.ts")) continue;
    for (const { groups } of text.matchAll(PROCEDURE)) {
      const body = groups?.["body"] ?? "";
      const services = [...body.matchAll(SERVICE)].map(
        (found) => found.groups?.["written"] ?? found.groups?.["called"],
      );
      const behind = services.map((name) => comments.get(`${dirname(file)} ${name}`) ?? "").join(" ");
      told.set(`${noun}.${groups?.["name"]}`, {
        says: plain(groups?.["comment"]).replace(/ (?:Announces|Fails:)[\s\S]*/u, ""),
        announces: eventsOf(behind),
        fails: kindsOf(`${plain(groups?.["comment"])} ${behind}`),
        output: OUTPUT.exec(body)?.groups?.["name"],
      });
    }
  }
  return told;
}

/** A comment as one line of text. */
function plain(comment = ""): string {
  return comment.replaceAll(/\n\s*\*? ?/gu, " ").trim();
}

/** All that clients can hear of. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(
  [BOARD_EVENTS, ORG_EVENTS, INBOX_EVENTS].flatMap((catalogue) => Object.keys(catalogue)),
);

function eventsOf(text: string): string[] {
  return namesIn(text, "Announces", /(?<=`)[a-z-]+\.[a-z-]+(?=`)/gu).filter((type) => EVENT_TYPES.has(type));
}

function kindsOf(text: string): string[] {
  return namesIn(text, "Fails:", /\b[A-Z]+(?:_[A-Z]+)+\b/gu).filter((kind) => Object.hasOwn(ERRORS, kind));
}

/** What of the pattern stands behind the first such word. */
function namesIn(text: string, word: string, pattern: RegExp): string[] {
  const at = text.indexOf(word);
  return at < 0 ? [] : [...new Set(text.slice(at).match(pattern))];
}
