import { z } from "zod";
import type { Meta } from "../../server/core/trpc.ts";
import { POLICY } from "../../server/policy.ts";
import { appRouter } from "../../server/router.ts";
import { readSources, type Told } from "./sources.ts";

const Schema = z.custom<z.ZodType>((value) => value instanceof z.ZodType);
const Definition = z.object({
  type: z.enum(["query", "mutation", "subscription"]),
  meta: z.custom<Meta>(),
  inputs: z.array(Schema),
  output: Schema.optional(),
});

/** A procedure of the router, and what its source says of it. */
export interface Described extends Omit<z.infer<typeof Definition>, "inputs"> {
  readonly path: string;
  readonly noun: string;
  /** The whole contract of what it takes. */
  readonly input: z.ZodType | undefined;
  readonly said: Told;
}

/** Every procedure, in the order of the router. */
export function describeProcedures(): Described[] {
  const told = readSources();
  return Object.entries<unknown>(appRouter._def.procedures).map(([path, procedure]) => {
    const said = told.get(path);
    if (!said) throw new Error(`Nothing stands above ${path} in its router.`);
    const { inputs, ...definition } = Definition.parse(Reflect.get(Object(procedure), "_def"));
    const [noun = ""] = path.split(".");
    return { ...definition, path, noun, input: inputs.at(-1), said };
  });
}

/** Who may call a procedure, as a sentence without its end. */
export function writeWho({ action, isRecent, byKey }: Meta): string {
  if (action === "public") return "everybody";
  const proved = isRecent === true ? ", and has just proved who they are" : "";
  if (action === "user") return `whoever is signed in${proved}${byKey ? ", also an API key" : ""}`;
  const rule = POLICY[action];
  const where = rule.on === "board" ? "the board" : "the organisation";
  const ofOwners = isRecent === "owners" ? "; where an owner is concerned, who has just proved who they are" : "";
  return `\`${action}\`: ${rule.roles.join(", ")} of ${where}${proved}${ofOwners}`;
}
