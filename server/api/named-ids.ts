import { z } from "zod";
import { Id } from "../fields.contract.ts";

const MOST_NAMES = 20;
const MAX_NAME_LENGTH = 80;

/** Whatever has an id and is called something. */
const Named = z
  .looseObject({
    id: z.string().optional(),
    userId: z.string().optional(),
    name: z.string().optional(),
    title: z.string().optional(),
    text: z.string().optional(),
  })
  .transform(({ id, userId, name, title, text }) => ({ id: id ?? userId, name: name ?? title ?? text }));

/** All ids in a value, at any depth. */
export function idsIn(value: unknown): Set<string> {
  return new Set([...walk(value)].flatMap((one) => Id.safeParse(one).data ?? []));
}

/** What of these ids a value tells the names of: JSON texts, cut where they are long. */
export function namesOf(ids: ReadonlySet<string>, value: unknown): string[] {
  const names = new Map<string, string>();
  for (const one of walk(value)) {
    const { id, name } = Named.safeParse(one).data ?? {};
    if (id === undefined || name === undefined || !ids.has(id) || names.has(id)) continue;
    names.set(id, JSON.stringify(name.slice(0, MAX_NAME_LENGTH)));
    if (names.size === MOST_NAMES) break;
  }
  return [...names.values()];
}

function* walk(value: unknown): Generator<unknown, void> {
  yield value;
  if (typeof value === "object" && value !== null) for (const child of Object.values(value)) yield* walk(child);
}
