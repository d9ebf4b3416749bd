import type { Tool } from "@modelcontextprotocol/server";
import type { AnyTRPCProcedure } from "@trpc/server";
import { z } from "zod";
import type { KeyLimits } from "../core/access.ts";
import type { Meta } from "../core/trpc.ts";
import { KEY_ACTIONS } from "../policy.ts";
import { toInputSchema } from "./input-schema.ts";
import { inputOf } from "./plain-calls.ts";
import { DOCUMENT } from "./document.ts";

/** A procedure as an agent calls it. */
export interface AgentTool {
  readonly path: string;
  readonly noun: string;
  readonly input: z.ZodType | undefined;
  readonly type: "query" | "mutation";
  readonly meta: Meta;
  readonly tool: Tool;
}

/** What there is no way back from; each has to be confirmed. */
const DESTROYS = /\.(?:delete|erase|purge|remove)$/u;
/** Deleted into the trash, for 30 days. */
const RESTORABLE: ReadonlySet<string> = new Set(["tasks.delete"]);
/** One call that is made of many. */
const MANY = "boards.applyChanges";
/** Done twice, these leave what they leave done once. */
const IDEMPOTENT =
  /\.(?:archive|bulk\w+|delete|disable|enable|move\w*|pause|react|remove|restore\w*|resume|revoke|set\w*|share|unreact|unshare|update)$/u;

/** Beside the input of what destroys: what its first call answered. */
export const CONFIRMATION = "confirmation";

/** Whether there is no way back from a call. */
export function isDestructive(path: string, input: unknown): boolean {
  const called = path === MANY ? proceduresWithin(input) : [path];
  return called.some((name) => DESTROYS.test(name) && !RESTORABLE.has(name));
}

/** Whether there are calls of a procedure that there is no way back from. */
export function mayDestroy(path: string): boolean {
  return path === MANY || isDestructive(path, undefined);
}

const Changes = z.looseObject({ changes: z.array(z.looseObject({ procedure: z.string() })) });

/** The calls that one is made of. */
function proceduresWithin(input: unknown): string[] {
  const { data } = Changes.safeParse(input);
  return data ? data.changes.map(({ procedure }) => procedure) : [];
}

/** Every query and mutation, that keys may be allowed, by the name of its tool: `tasks.create` is `tasks_create`. */
export async function readTools(procedures: ReadonlyMap<string, AnyTRPCProcedure>): Promise<Map<string, AgentTool>> {
  const told = await readDescriptions();
  const tools = [...procedures].flatMap(([path, procedure]): [string, AgentTool][] => {
    const { type } = procedure._def;
    const meta = metaOf(procedure);
    if (type === "subscription" || !isForKeys(meta)) return [];
    const [noun = ""] = path.split(".");
    const name = toToolName(path);
    const input = inputOf(procedure);
    const described = { name, title: path, description: told.get(path) ?? path };
    const tool = { ...described, inputSchema: inputSchemaOf(path, input), annotations: hintsOf(path, type) };
    return [[name, { path, noun, input, type, meta, tool }]];
  });
  return new Map(tools);
}

export function toToolName(path: string): string {
  return path.replace(".", "_");
}

/** Whether some key may call it: nothing of sign-ins, sessions, accounts and keys. */
function isForKeys({ action, byKey }: Meta): boolean {
  return byKey === true || KEY_ACTIONS.some((known) => known === action);
}

/** Whether this key may call it. What its owner may not, is refused when it is called. */
export function isForKey({ meta: { action, byKey } }: AgentTool, key: KeyLimits | undefined): boolean {
  return key !== undefined && (byKey === true || [...key.actions].some((allowed) => allowed === action));
}

const Defined = z.object({ meta: z.custom<Meta>() });

function metaOf({ _def }: AnyTRPCProcedure): Meta {
  return Defined.parse(_def).meta;
}

function hintsOf(path: string, type: "query" | "mutation"): Tool["annotations"] {
  return {
    readOnlyHint: type === "query",
    destructiveHint: DESTROYS.test(path) || path === MANY,
    idempotentHint: type === "query" || IDEMPOTENT.test(path),
    openWorldHint: false,
  };
}

const ObjectSchema = z.looseObject({
  type: z.literal("object"),
  properties: z.record(z.string(), z.json()).optional(),
});

function inputSchemaOf(path: string, input: z.ZodType | undefined): Tool["inputSchema"] {
  const json = input ? toInputSchema(input) : { type: "object" };
  const schema = ObjectSchema.parse(json);
  if (!mayDestroy(path)) return schema;
  const confirmation = {
    type: "string",
    description: "What the first call of this tool with this input has answered.",
  };
  return { ...schema, properties: { ...schema.properties, [CONFIRMATION]: confirmation } };
}

const Described = z.object({ description: z.string() });
const Document = z.object({
  paths: z.record(z.string(), z.union([z.object({ get: Described }), z.object({ post: Described })])),
});

/** What the document of the API says of each procedure. */
async function readDescriptions(): Promise<Map<string, string>> {
  const { paths } = Document.parse(JSON.parse(await DOCUMENT.text()));
  const entries = Object.entries(paths);
  return new Map(entries.map(([path, item]) => [path.slice(1), ("get" in item ? item.get : item.post).description]));
}
