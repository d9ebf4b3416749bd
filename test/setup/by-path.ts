import { getTRPCErrorFromUnknown, getTRPCErrorShape } from "@trpc/server";
import { appRouter, createCaller } from "../../server/router.ts";
import type { Person } from "./world.ts";

/** Calls a procedure by its path, with an input that need not be one. */
export async function callByPath(person: Person, path: string, input: unknown): Promise<unknown> {
  const caller = createCaller(person.context);
  const procedure: unknown = path.split(".").reduce<unknown>((at, name) => Reflect.get(Object(at), name), caller);
  if (!isProcedure(procedure)) throw new Error(`there is no procedure ${path}`);
  return procedure(input);
}

/** How a client is told that a call is refused: the kind, and which parts of the input are to blame. */
export async function refusalByPath(
  person: Person,
  path: string,
  input: unknown,
): Promise<{ kind: string; fields: string[] }> {
  try {
    await callByPath(person, path, input);
  } catch (thrown) {
    const error = getTRPCErrorFromUnknown(thrown);
    const asked = { type: "unknown", path, input, ctx: person.context } as const;
    const { data } = getTRPCErrorShape({ config: appRouter._def._config, error, ...asked });
    return { kind: data.kind, fields: Object.keys(("fields" in data && data.fields) || {}) };
  }
  throw new Error(`${path} was not refused`);
}

function isProcedure(value: unknown): value is (input: unknown) => Promise<unknown> {
  return typeof value === "function";
}
