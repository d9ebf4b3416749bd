import { z } from "zod";
import type { Meta } from "../../server/core/trpc.ts";
import { POLICY } from "../../server/policy.ts";
import { appRouter } from "../../server/router.ts";
import { exampleOf, writeExample } from "./examples.ts";
import { describeShape, readShapes, type Shapes } from "./shapes.ts";
import { readSources, type Told } from "./sources.ts";

const Schema = z.custom<z.ZodType>((value) => value instanceof z.ZodType);
const Definition = z.object({
  type: z.enum(["query", "mutation", "subscription"]),
  meta: z.custom<Meta>(),
  inputs: z.array(Schema),
  output: Schema.optional(),
});
type Definition = z.infer<typeof Definition>;

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
`;

/** The page of the whole API, made from the router and from what the sources say above each procedure and service. */
export async function writeApiPage(): Promise<string> {
  const shapes = await readShapes();
  const told = readSources();
  const mentioned: Mentioned = new Map();
  const nouns = new Map<string, string[]>();
  for (const [path, procedure] of Object.entries<unknown>(appRouter._def.procedures)) {
    const said = told.get(path);
    if (!said) throw new Error(`Nothing stands above ${path} in its router.`);
    const definition = Definition.parse(Reflect.get(Object(procedure), "_def"));
    const [noun = ""] = path.split(".");
    const entries = nouns.get(noun) ?? [];
    nouns.set(noun, entries);
    entries.push(writeEntry({ path, definition, said, shapes, mentioned }));
  }
  const chapters = [...nouns].toSorted(([a], [b]) => a.localeCompare(b));
  const contents = chapters.map(([noun]) => `[${noun}](#${noun.toLowerCase()})`).join(" · ");
  const body = chapters.map(([noun, entries]) => `## ${noun}\n\n${entries.join("\n")}`).join("\n");
  return `${INTRODUCTION}\n${contents} · [shapes](#shapes)\n\n${body}\n${writeShapes(shapes, mentioned)}`;
}

/** Shapes that need explaining: as what is sent, when they are sent at all. */
type Mentioned = Map<string, "input" | "output">;

interface Entry {
  readonly path: string;
  readonly definition: Definition;
  readonly said: Told;
  readonly shapes: Shapes;
  readonly mentioned: Mentioned;
}

function writeEntry({ path, definition, said, shapes, mentioned }: Entry): string {
  const { type, meta, inputs } = definition;
  const input = inputs.at(-1);
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
  const answers =
    type === "subscription" ? "" : `type Output = ${note(outputOf(definition, said, shapes), "output")};\n`;
  const example =
    type === "subscription"
      ? `trestle.${path}.subscribe(${call || "{}"}, { onData: (message) => … });`
      : `await trestle.${path}.${VERBS[type]}(${call});`;
  return `### ${path}\n\n${said.says}\n\n${lines.join("\n")}\n\n\`\`\`ts\n${takes}${answers}\n${example}\n\`\`\`\n`;
}

/** Its name where the router names it: what our own SQL made has no schema that could tell more. */
function outputOf({ output }: Definition, said: Told, shapes: Shapes): { text: string; names: string[] } {
  if (!output) return { text: "void", names: [] };
  const named = shapes.names.get(output)?.id;
  if (named !== undefined) return { text: named, names: [named] };
  const described = describeShape(output, { shapes, io: "output" });
  if (described.text !== "unknown" || said.output === undefined) return described;
  return { text: said.output, names: [said.output] };
}

function writeWho({ action, isRecent, byKey }: Meta): string {
  if (action === "public") return "everybody";
  const proved = isRecent === true ? ", and has just proved who they are" : "";
  if (action === "user") return `whoever is signed in${proved}${byKey ? ", also an API key" : ""}`;
  const rule = POLICY[action];
  const where = rule.on === "board" ? "the board" : "the organisation";
  const ofOwners = isRecent === "owners" ? "; where an owner is concerned, who has just proved who they are" : "";
  return `${code(action)}: ${rule.roles.join(", ")} of ${where}${proved}${ofOwners}`;
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
