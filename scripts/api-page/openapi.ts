import { getHTTPStatusCodeFromError } from "@trpc/server/http";
import { AppError } from "../../server/core/app-error.ts";
import { ERRORS, type ErrorKind } from "../../server/errors.ts";
import { parametersOf } from "../../server/api/query-parameters.ts";
import { PROBLEM_TYPE } from "../../server/api/problem.ts";
import { Components } from "./components.ts";
import { exampleOf } from "./examples.ts";
import type { JsonSchema } from "./json-schema.ts";
import { type Described, describeProcedures, writeWho } from "./procedures.ts";
import { readShapes } from "./shapes.ts";

const DESCRIPTION = `Every query and mutation as plain JSON. A query is a GET with its input as parameters, or a POST with its input as
the body; a mutation is a POST. What is refused is answered as \`application/problem+json\` (RFC 9457), with a \`kind\` to
switch on. A mutation that takes a \`mutationId\` is done once, however often it is sent; the header \`Idempotency-Key\` says
the same. Subscriptions are not here: they come through the WebSocket at \`/trpc\`.`;

/** The OpenAPI document of the API in plain JSON, as text. */
export async function writeOpenApi(): Promise<string> {
  const components = new Components(await readShapes());
  const called = describeProcedures().filter(({ type }) => type !== "subscription");
  const paths = called.map((procedure) => [`/${procedure.path}`, pathItem(procedure, components)] as const);
  const tags = [...new Set(called.map(({ noun }) => noun))].toSorted();
  const document = {
    openapi: "3.1.1",
    info: { title: "Trestle", version: "1", description: DESCRIPTION, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: "/api/v1" }],
    security: [{ key: [] }, { session: [] }],
    tags: tags.map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        key: { type: "http", scheme: "bearer", description: "An API key (`keys.create`), or the token of a session." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "trestle",
          description: "A session, from pages of this origin.",
        },
      },
      parameters: { "Idempotency-Key": REPEAT_HEADER },
      responses: { Problem: { description: "It was refused.", content: { [PROBLEM_TYPE]: { schema: PROBLEM_REF } } } },
      schemas: { ...components.schemas(), Problem: PROBLEM },
    },
  };
  return `${components.named(JSON.stringify(document, null, 1))}\n`;
}

const REPEAT_HEADER = {
  name: "Idempotency-Key",
  in: "header",
  description: "A UUID of the caller's: the same as `mutationId` in the body.",
  schema: { type: "string", format: "uuid" },
};

const PROBLEM_REF = { $ref: "#/components/schemas/Problem" };
const PROBLEM = {
  type: "object",
  properties: {
    type: { type: "string", description: "`urn:trestle:error:` and the kind." },
    title: { type: "string", description: "A sentence that a user could read." },
    status: { type: "integer" },
    kind: { enum: Object.keys(ERRORS), description: "What to switch on; later versions may have others." },
    procedure: { type: "string" },
    fields: {
      type: "object",
      additionalProperties: { type: "string" },
      description: "Which part of the input is to blame: path → sentence.",
    },
    conflicts: { type: "object", description: "What somebody else changed meanwhile: field → both values." },
    transition: { type: "object", description: "The way into a column that is closed, and why." },
    filter: { type: "object", description: "What is wrong with a filter, and where." },
    retryAfterSeconds: { type: "number" },
    requestId: { type: "string", description: "By which the server's log knows a fault of its own." },
  },
  required: ["type", "title", "status", "kind"],
};

function pathItem(procedure: Described, components: Components): object {
  const { path, noun, type, meta, said } = procedure;
  const [summary = ""] = said.says.split(/(?<=[.:]) /u, 1);
  const announces = said.announces.map((event) => `\`${event}\``).join(", ");
  const description = [said.says, `Who: ${writeWho(meta)}.`, ...(announces === "" ? [] : [`Announces ${announces}.`])];
  const operation = {
    operationId: path.replace(".", "_"),
    tags: [noun],
    summary: summary.replace(/[.:]$/u, ""),
    description: description.join("\n\n"),
    "x-action": meta.action,
    ...(meta.action === "public" ? { security: [] } : {}),
    ...(type === "query" ? takesParameters(procedure, components) : takesBody(procedure, components)),
    responses: responses(procedure, components),
  };
  return { [type === "query" ? "get" : "post"]: operation };
}

function takesParameters({ input }: Described, components: Components): object {
  if (!input) return {};
  const kinds = parametersOf(input);
  const { properties = {}, required = [] } = components.spelledOut(input, "input");
  const parameters = Object.entries(properties).map(([name, schema]) => {
    const how = kinds.get(name) === "json" ? { content: { "application/json": { schema } } } : { schema };
    return { name, in: "query", ...(required.includes(name) ? { required: true } : {}), ...how };
  });
  return { parameters };
}

function takesBody({ path, input }: Described, components: Components): object {
  if (!input) return { requestBody: { content: { "application/json": { schema: { type: "object" }, example: {} } } } };
  const { properties = {} } = components.spelledOut(input, "input");
  const parameters = [{ $ref: "#/components/parameters/Idempotency-Key" }];
  return {
    ...("mutationId" in properties ? { parameters } : {}),
    requestBody: {
      required: true,
      content: {
        "application/json": { schema: components.schemaOf(input, "input"), example: exampleOf(path, input) },
      },
    },
  };
}

function responses({ said, ...procedure }: Described, components: Components): object {
  const kinds = Map.groupBy(said.fails.filter(isKind), (kind) => getHTTPStatusCodeFromError(new AppError(kind)));
  const refusals = [...kinds].toSorted(([a], [b]) => a - b).map(([status, all]) => [status, refusal(all)] as const);
  const schema = outputOf({ said, ...procedure }, components);
  return {
    200: { description: "Done.", content: { "application/json": { schema } } },
    ...Object.fromEntries(refusals),
    default: { $ref: "#/components/responses/Problem" },
  };
}

function refusal(kinds: readonly ErrorKind[]): object {
  const description = kinds.map((kind) => `\`${kind}\`: ${ERRORS[kind].says}`).join("\n\n");
  return { description, content: { [PROBLEM_TYPE]: { schema: PROBLEM_REF } } };
}

function isKind(name: string): name is ErrorKind {
  return Object.hasOwn(ERRORS, name);
}

/** What our own SQL made has no schema of its own, but a name. */
function outputOf({ output, said }: Described, components: Components): JsonSchema {
  if (!output) return { type: "null" };
  const schema = components.schemaOf(output, "output");
  return Object.keys(schema).length === 0 && said.output !== undefined
    ? components.refTo(said.output, "output")
    : schema;
}
