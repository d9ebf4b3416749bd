import { exampleOf, writeExample } from "./examples.ts";
import { type Described, describeProcedures, writeWho } from "./procedures.ts";
import { describeShape, readShapes, type Shapes } from "./shapes.ts";

const VERBS = { query: "query", mutation: "mutate", subscription: "subscribe" };

const INTRODUCTION = `# Every procedure

A call is \`trestle.<noun>.<verb>.query(…)\`, \`.mutate(…)\` or \`.subscribe(…)\` of [the client](../client/README.md). Types are
written as in TypeScript; what is behind \`//\` is checked at every call. In the examples a bare word is a variable of
yours. [Who may call what](generated/permissions.md) has the roles, [what can be refused](generated/errors.md) the
sentences, and [what is announced](generated/events.md) the data of events.

Beside its own errors, a procedure fails with \`INPUT_INVALID\` (\`error.data.fields\` says where), \`CALLS_TOO_MANY\`,
\`SERVER_UNAVAILABLE\` or \`INTERNAL\`; unless everybody may call it, with \`SIGN_IN_REQUIRED\`, and for an API key that may not
with \`KEY_FORBIDDEN\`. With a \`boardId\` it fails with \`BOARD_NOT_FOUND\` for whoever has no role there, \`ACTION_FORBIDDEN\`
for whose role is too low, and \`BOARD_ARCHIVED\` where it would change an archived board; with an \`orgId\` with
\`ORG_NOT_FOUND\` and \`ACTION_FORBIDDEN\`. A mutation that takes a \`mutationId\` is done once, however often it is sent:
\`MUTATION_ID_REUSED\` when it was used for something else. What a subscription sends is in [live.md](live.md).

## Without TypeScript

Every query and mutation is plain JSON over HTTP, too; [openapi.json](generated/openapi.json) describes them. A server
has it at \`/api/openapi.json\`, and at \`/api\` a page that shows and tries them. Sign in with an API key (\`keys.create\`), or the token of a session:

\`\`\`sh
curl -H "Authorization: Bearer $KEY" "$URL/api/v1/boards.list?orgId=$ORG&limit=10"
curl -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" -H "Idempotency-Key: $UUID" \\
  -d '{"boardId": "…", "columnId": "…", "title": "Write the release notes"}' "$URL/api/v1/tasks.create"
\`\`\`

- **A query** is a GET. Each field of its input is a parameter, said once: texts, numbers, \`true\` and \`false\` as they are, whatever
  is a list or an object as JSON (\`head={"chainId":…}\`). What would be \`null\` is left out. Where that gets too long, a POST
  with the input as its body asks the same.
- **A mutation** is a POST, with its input as JSON, of up to 1 MiB. \`Idempotency-Key\` is another name of \`mutationId\`.
- **An answer** is the output and nothing around it; instants are ISO 8601 in UTC. Large answers to queries are compressed for
  who takes that.
- **What is refused** is \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, and of ours \`kind\`, \`procedure\`, and
  what an error says of itself: \`fields\`, \`conflicts\`, \`retryAfterSeconds\` and others.
- **Files** go and come by the addresses that \`attachments.create\`, \`imports.create\` and their lists answer.
- **Subscriptions** are not here: they come through the WebSocket at \`/trpc\`.

Access, limits, costs, the audit log and repeats are those of every other call.

## Nouns
`;

/** The page of the whole API, made from the router and from what the sources say above each procedure and service. */
export async function writeApiPage(): Promise<string> {
  const shapes = await readShapes();
  const mentioned: Mentioned = new Map();
  const nouns = Map.groupBy(describeProcedures(), ({ noun }) => noun);
  const chapters = [...nouns].toSorted(([a], [b]) => a.localeCompare(b));
  const contents = chapters.map(([noun]) => `[${noun}](#${noun.toLowerCase()})`).join(" · ");
  const body = chapters
    .map(([noun, all]) => `## ${noun}\n\n${all.map((one) => writeEntry(one, { shapes, mentioned })).join("\n")}`)
    .join("\n");
  return `${INTRODUCTION}\n${contents} · [shapes](#shapes)\n\n${body}\n${writeShapes(shapes, mentioned)}`;
}

/** Shapes that need explaining: as what is sent, when they are sent at all. */
type Mentioned = Map<string, "input" | "output">;

interface Page {
  readonly shapes: Shapes;
  readonly mentioned: Mentioned;
}

function writeEntry(procedure: Described, { shapes, mentioned }: Page): string {
  const { path, type, meta, input, said } = procedure;
  const call = input ? writeExample(exampleOf(path, input)) : "";
  const note = ({ text, names }: { text: string; names: string[] }, io: "input" | "output") => {
    for (const name of names) if (io === "input" || !mentioned.has(name)) mentioned.set(name, io);
    return text;
  };
  const lines = [
    `- **Who**: ${writeWho(meta)}`,
    ...(said.announces.length > 0 ? [`- **Announces**: ${said.announces.map(code).join(", ")}`] : []),
    ...(said.fails.length > 0 ? [`- **Fails**: ${said.fails.map(code).join(", ")}`] : []),
  ];
  const takes = input ? `type Input = ${note(describeShape(input, { shapes, io: "input" }), "input")};\n` : "";
  const answers = type === "subscription" ? "" : `type Output = ${note(outputOf(procedure, shapes), "output")};\n`;
  const example =
    type === "subscription"
      ? `trestle.${path}.subscribe(${call || "{}"}, { onData: (message) => … });`
      : `await trestle.${path}.${VERBS[type]}(${call});`;
  return `### ${path}\n\n${said.says}\n\n${lines.join("\n")}\n\n\`\`\`ts\n${takes}${answers}\n${example}\n\`\`\`\n`;
}

/** Its name where the router names it: what our own SQL made has no schema that could tell more. */
function outputOf({ output, said }: Described, shapes: Shapes): { text: string; names: string[] } {
  if (!output) return { text: "void", names: [] };
  const named = shapes.names.get(output)?.id;
  if (named !== undefined) return { text: named, names: [named] };
  const described = describeShape(output, { shapes, io: "output" });
  if (described.text !== "unknown" || said.output === undefined) return described;
  return { text: said.output, names: [said.output] };
}

/** The shapes that were mentioned, and those that they mention. */
function writeShapes(shapes: Shapes, mentioned: Mentioned): string {
  const written = new Map<string, string>();
  // A map hands out what is added to it meanwhile, too.
  for (const [name, io] of mentioned) {
    const schema = shapes.byName.get(name);
    if (!schema) continue;
    const { text, names } = describeShape(schema, { shapes, io });
    for (const other of names) if (!mentioned.has(other)) mentioned.set(other, io);
    written.set(name, text);
  }
  const types = [...written].toSorted(([a], [b]) => a.localeCompare(b));
  return `## Shapes\n\n\`\`\`ts\n${types.map(([name, text]) => `type ${name} = ${text};`).join("\n")}\n\`\`\`\n`;
}

function code(word: string): string {
  return `\`${word}\``;
}
