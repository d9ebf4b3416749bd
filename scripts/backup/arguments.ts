import { parseArgs } from "node:util";

/** What an operator asks for. */
export interface Asked {
  readonly verb: "backup" | "restore" | "copy" | "help";
  /** A file, or the address of a database. */
  readonly place: string;
}

/** Undefined: something that there is not. */
export function readArguments(args: readonly string[]): Asked | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      options: { to: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
      allowPositionals: true,
    });
  } catch {
    return undefined;
  }
  const { values, positionals } = parsed;
  const [verb, file, ...rest] = positionals;
  if (values.help) return { verb: "help", place: "" };
  if (rest.length > 0) return undefined;
  if (verb === "copy") return values.to === undefined || file !== undefined ? undefined : { verb, place: values.to };
  const isKnown = verb === "backup" || verb === "restore";
  return isKnown && file !== undefined && values.to === undefined ? { verb, place: file } : undefined;
}
