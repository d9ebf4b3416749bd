import { z } from "zod";
import { JsonSchema } from "./json-schema.ts";

/** An id in an example, and any other text that a reader would have in a variable of the field's name. */
const ID = "0199c5a4-7e2b-7c31-9a4d-5b1f0c2e6d70";
const OPAQUE = "AAAAAAAAAAAAAAAA";

/** Text that says more than a variable: by the field's name. */
const TEXTS: Record<string, string> = {
  code: "123456",
  color: "red",
  email: "somebody@example.com",
  emoji: "👍",
  fileName: "board.json",
  from: "2026-03-01",
  key: "WEB",
  name: "Release",
  slug: "our-team",
  text: "Looks good.",
  timeZone: "Europe/Berlin",
  rule: "FREQ=MONTHLY;BYMONTHDAY=-1",
  title: "Write the release notes",
  to: "2026-03-31",
};

/** Where the least that a schema wants is not enough. */
const WHOLE: Record<string, unknown> = {
  "access.explain": { orgId: ID, action: "org:read" },
  "emails.confirm": { code: "12345678" },
};

/** Fields that an example of a change need not show. */
const BESIDE = new Set(["id", "mutationId", "ifVersion"]);

/** The least that the input of a procedure has to hold, and of a change the first thing that it could change. */
export function exampleOf(path: string, schema: z.ZodType): unknown {
  if (WHOLE[path] !== undefined) return WHOLE[path];
  const json = JsonSchema.parse(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  const { properties = {}, required = [] } = json;
  const whatElse = Object.keys(properties).find((name) => !required.includes(name) && !BESIDE.has(name));
  const changesNothing = path.endsWith(".update") && required.every((name) => name.endsWith("Id"));
  return make(changesNothing ? { ...json, required: [...required, whatElse] } : json, "");
}

function make(json: unknown, key: string): unknown {
  const node = JsonSchema.parse(json);
  if (node.const !== undefined) return node.const;
  if (node.enum) return node.enum[0];
  const choices = node.anyOf ?? node.oneOf ?? node.allOf;
  if (choices) return make(choices[0], key);
  if (node.type === "object") {
    return Object.fromEntries((node.required ?? []).map((name) => [name, make(node.properties?.[name], name)]));
  }
  if (node.type === "array") return [make(node.items ?? {}, key.replace(/s$/u, ""))];
  if (node.type === "boolean") return true;
  if (node.type === "integer" || node.type === "number") return Math.max(node.minimum ?? 1, 1);
  return node.type === "string" ? textOf(node, key) : {};
}

function textOf({ format }: JsonSchema, key: string): string {
  if (format === "uuid") return ID;
  if (format === "date-time") return "2026-03-01T09:00:00.000Z";
  if (format === "date") return "2026-03-01";
  return TEXTS[key] ?? OPAQUE;
}

/** Values as code. */
export function writeExample(value: unknown, key = ""): string {
  if (value === ID || value === OPAQUE) return key;
  if (Array.isArray(value)) return `[${value.map((item) => writeExample(item, key.replace(/s$/u, ""))).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).map(([name, child]) => {
      const text = writeExample(child, name);
      return text === name ? name : `${name}: ${text}`;
    });
    return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
  }
  return JSON.stringify(value);
}
