import type { z } from "zod";
import { AppError } from "./app-error.ts";
import { storable } from "../fields.contract.ts";

/** A list's cursor is the key of its last row, as base64url JSON: opaque to clients, checked when it comes back. */
function encodeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

export function decodeCursor<Key extends z.ZodType>(
  key: Key,
  cursor: string | null | undefined,
): z.infer<Key> | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, "base64url").toString(), requireStorable));
  } catch {
    throw new AppError("INPUT_INVALID", { fields: { cursor: "This is not a cursor of this list." } });
  }
}

/** What no row can hold, no cursor of ours says. */
function requireStorable(_name: string, value: unknown): unknown {
  if (typeof value === "string" && !storable(value)) throw new TypeError("no text that is stored");
  return value;
}

/** Cuts `limit + 1` rows into a page: one row more than asked for says that there is a next page. */
export function toPage<Item>(
  rows: Item[],
  limit: number,
  keyOf: (item: Item) => readonly (string | number)[],
): { items: Item[]; nextCursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null };
}
