import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { JsonSchema } from "./json-schema.ts";

/** The schemas that the contracts export. One that is used under its name is explained once. */
export interface Shapes {
  readonly byName: ReadonlyMap<string, z.ZodType>;
  readonly names: ReturnType<typeof z.registry<{ id: string }>>;
}

const SERVER = join(import.meta.dirname, "../../server");

const Exports = z.record(z.string(), z.unknown());

/** Reads every contract. What two of them call by the same name keeps no name. */
export async function readShapes(): Promise<Shapes> {
  const byName = new Map<string, z.ZodType>();
  const names: Shapes["names"] = z.registry();
  const ambiguous = new Set<string>();
  for (const file of globSync("**/*.contract.ts", { cwd: SERVER }).toSorted()) {
    const exported = Exports.parse(await import(join(SERVER, file)));
    for (const [id, schema] of Object.entries(exported)) {
      if (!(schema instanceof z.ZodType) || names.has(schema) || !/^[A-Z]/u.test(id)) continue;
      if (byName.has(id)) ambiguous.add(id);
      else byName.set(id, schema);
    }
  }
  for (const id of ambiguous) byName.delete(id);
  for (const [id, schema] of byName) names.add(schema, { id });
  return { byName, names };
}

/** A schema as TypeScript would write it, spelled out, with limits as comments; and the names that it mentions. */
export function describeShape(
  schema: z.ZodType,
  { shapes, io }: { shapes: Shapes; io: "input" | "output" },
): { text: string; names: string[] } {
  const json = z.toJSONSchema(schema, { metadata: shapes.names, io, unrepresentable: "any" });
  // A schema that has a name stands among the definitions.
  const own = json.$defs?.[basename(json.$ref ?? "")] ?? json;
  const names = new Set<string>();
  return { text: write(JsonSchema.parse(own), "", names), names: [...names] };
}

function write(node: JsonSchema, indent: string, names: Set<string>): string {
  const inner = (child: unknown) => write(JsonSchema.parse(child), indent, names);
  if (node.$ref !== undefined) {
    const name = basename(node.$ref);
    // It refers to itself, as JSON does.
    if (name.startsWith("__")) return "unknown";
    names.add(name);
    return name;
  }
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = node.anyOf ?? node.oneOf;
  if (choices) return choices.map(inner).join(" | ");
  if (node.allOf) return node.allOf.map(inner).join(" & ");
  if (node.type === "array" && node.prefixItems) return `[${node.prefixItems.map(inner).join(", ")}]`;
  if (node.type === "array") {
    const item = inner(node.items ?? {});
    return `${/ [|&] /u.test(item) && !item.endsWith("}") ? `(${item})` : item}[]`;
  }
  if (node.type === "object" && node.properties) return writeObject(node, indent, names);
  if (node.type === "object") return `Record<string, ${inner(node.additionalProperties ?? {})}>`;
  if (node.type === "integer") return "number";
  return [node.type ?? "unknown"].flat().join(" | ");
}

function writeObject({ properties = {}, required = [] }: JsonSchema, indent: string, names: Set<string>): string {
  const deeper = `${indent}  `;
  const lines = Object.entries(properties).map(([key, child]) => {
    const node = JsonSchema.parse(child);
    const mark = required.includes(key) ? "" : "?";
    return `${deeper}${key}${mark}: ${write(node, deeper, names)};${comment(node)}\n`;
  });
  return lines.length === 0 ? "{}" : `{\n${lines.join("")}${indent}}`;
}

/** The limits of a field, of a list's own length too. */
function comment(node: JsonSchema): string {
  const [only] = (node.anyOf ?? []).map((choice) => JsonSchema.parse(choice)).filter(({ type }) => type !== "null");
  const limited = only ?? node;
  const said = [
    range(limited.minLength, limited.maxLength, "characters"),
    range(limited.minItems, limited.maxItems, "items"),
    limited.type === "integer" ? "whole" : "",
    range(limited.minimum, limited.maximum, ""),
    node.default === undefined ? "" : `default ${JSON.stringify(node.default)}`,
  ].filter((part) => part !== "");
  return said.length > 0 ? ` // ${said.join(", ")}` : "";
}

function range(from: number | undefined, to: number | undefined, unit: string): string {
  const least = from === undefined || from <= Number.MIN_SAFE_INTEGER ? undefined : from;
  const most = to === undefined || to >= Number.MAX_SAFE_INTEGER ? undefined : to;
  if (least === undefined && most === undefined) return "";
  const bounds =
    most === undefined ? `${least} or more` : least === undefined ? `up to ${most}` : `${least} to ${most}`;
  return `${bounds} ${unit}`.trimEnd();
}
