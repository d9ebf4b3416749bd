import { basename } from "node:path";
import { z } from "zod";
import { shorten } from "../../server/api/input-schema.ts";
import { JsonSchema } from "./json-schema.ts";
import type { Shapes } from "./shapes.ts";

type Io = "input" | "output";

/** What stands for a component until it is known under which name: `Task output`. */
const PLACE = /#\/components\/schemas\/(?<name>\w+) (?<io>input|output)/gu;

/**
 * Schemas for an OpenAPI document: what the contracts name and something refers to stands among its components, once, or
 * twice where what is sent differs from what is answered (`Task`, `TaskInput`).
 */
export class Components {
  readonly #shapes: Shapes;
  /** By name and direction. */
  readonly #found = new Map<string, string>();
  readonly #differing = new Map<string, boolean>();

  constructor(shapes: Shapes) {
    this.#shapes = shapes;
  }

  /** A schema, which refers to components. */
  schemaOf(schema: z.ZodType, io: Io): JsonSchema {
    const name = this.#shapes.names.get(schema)?.id;
    return name === undefined ? this.spelledOut(schema, io) : this.refTo(name, io);
  }

  /** The same with its own fields, also where it has a name. */
  spelledOut(schema: z.ZodType, io: Io): JsonSchema {
    return JsonSchema.parse(this.#walk(jsonOf(schema, this.#shapes, io), io));
  }

  /** A reference to what the contracts call so. */
  refTo(name: string, io: Io): JsonSchema {
    const place = `${name} ${io}`;
    if (!this.#found.has(place)) {
      const schema = this.#shapes.byName.get(name);
      if (!schema) throw new Error(`No contract has a schema ${name}.`);
      // First, since it may refer to itself.
      this.#found.set(place, "");
      this.#found.set(place, JSON.stringify(this.spelledOut(schema, io)));
    }
    return { $ref: `#/components/schemas/${place}` };
  }

  /** All that was referred to, by name. */
  schemas(): Record<string, JsonSchema> {
    const named = [...this.#found].map(([place, text]): [string, JsonSchema] => {
      const [name = "", io] = place.split(" ");
      return [this.#nameOf(name, io), JsonSchema.parse(JSON.parse(text))];
    });
    return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A text, with the names of components where it refers to them. */
  named(text: string): string {
    return text.replaceAll(PLACE, (_, name: string, io: string) => `#/components/schemas/${this.#nameOf(name, io)}`);
  }

  #nameOf(name: string, io: string | undefined): string {
    return io === "input" && this.#differs(name) ? `${name}Input` : name;
  }

  /** Whether it is both sent and answered, and differs then, in itself or in what it refers to. */
  #differs(name: string): boolean {
    const known = this.#differing.get(name);
    if (known !== undefined) return known;
    this.#differing.set(name, false);
    const [sent, answered] = [this.#found.get(`${name} input`), this.#found.get(`${name} output`)];
    const others = [...(sent ?? "").matchAll(PLACE)].map(({ groups }) => groups?.["name"] ?? "");
    const differs =
      sent !== undefined &&
      answered !== undefined &&
      (sent.replaceAll(PLACE, "$<name>") !== answered.replaceAll(PLACE, "$<name>") ||
        others.some((other) => this.#differs(other)));
    this.#differing.set(name, differs);
    return differs;
  }

  #walk(json: unknown, io: Io): unknown {
    if (Array.isArray(json)) return json.map((item) => this.#walk(item, io));
    if (typeof json !== "object" || json === null) return json;
    if ("$ref" in json && typeof json.$ref === "string") {
      const name = basename(json.$ref);
      // It refers to itself without a name, as JSON does: any.
      return name.startsWith("__") ? {} : this.refTo(name, io);
    }
    const entries = Object.entries(json).filter(([key]) => key !== "$defs");
    return Object.fromEntries(entries.map(([key, value]) => [key, this.#walk(value, io)]));
  }
}

/** A schema as zod writes it, with references to what has names. */
function jsonOf(schema: z.ZodType, shapes: Shapes, io: Io): JsonSchema {
  const json = z.toJSONSchema(schema, {
    metadata: shapes.names,
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // What is made of a text is a text: of an instant in another zone one in UTC.
      if (io === "output" && zodSchema._zod.def.type === "transform") jsonSchema.type = "string";
      // Later versions may answer more.
      if (io === "output" && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      shorten(jsonSchema);
    },
  });
  const { $schema: _, id: __, ...own } = JsonSchema.parse(json.$defs?.[basename(json.$ref ?? "")] ?? json);
  return own;
}
