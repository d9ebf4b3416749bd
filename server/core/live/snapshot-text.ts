import type { SnapshotReason } from "../../events.ts";
import { ReadyJson } from "../ready-json.ts";

/** Parts are cut to this, and one write carries no more (rules L6, L17). */
export const PART_BYTES = 128 * 1_024;

/** Stands between what is no list and the lists, and between two of them. */
export const BETWEEN_LISTS = "\n\n";
/** Stands between two elements. JSON that Postgres makes has no line break of its own, so it is cut there unread. */
export const BETWEEN_ELEMENTS = ",\n";
const LINE_BREAK = 0x0a;

/** Of each list what a part has of it. */
type Slices = Map<string, Buffer>;

/** A snapshot as the database has made it: it goes to clients as it is, and is cut without being read. */
export class SnapshotText {
  readonly #fields: string;
  readonly #lists: readonly (readonly [name: string, elements: string])[];

  /** `text`: an object of what is no list, and behind it the elements of each of the lists. */
  constructor(text: string, names: readonly string[]) {
    const [object = "", ...lists] = text.split(BETWEEN_LISTS);
    if (lists.length !== names.length) throw new Error(`a snapshot has ${names.length} lists, not ${lists.length}`);
    this.#fields = object.slice("{".length, -"}".length);
    this.#lists = lists.map((elements, index) => [names[index] ?? "", elements]);
  }

  /** The whole of it as one object. Written once: a copy of a big one costs the event loop more than making it. */
  whole(cursor: string): ReadyJson {
    const lists = this.#lists.flatMap(([name, elements]) => [`,"${name}":[`, elements, "]"]);
    const texts = [`{${this.#fields}`, ...lists, `,"cursor":${JSON.stringify(cursor)}}`];
    const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
    let at = 0;
    for (const text of texts) at += bytes.write(text, at);
    return new ReadyJson(bytes);
  }

  /** The messages that bring it: each has what is no list, and slices of the lists; put together they are the whole. */
  parts(cursor: string, reason: SnapshotReason): ReadyJson[] {
    const parts = this.#slices();
    const fields = Buffer.from(`{"type":"snapshot","snapshot":{${this.#fields}`);
    return parts.map((slices, index) => {
      const lists = this.#lists.flatMap(([name]) => [`,"${name}":[`, slices.get(name) ?? "", "]"]);
      const place = { reason, part: index + 1, of: parts.length };
      const end = `,"cursor":${JSON.stringify(cursor)}},${JSON.stringify(place).slice("{".length)}`;
      return new ReadyJson(Buffer.concat([fields, ...[...lists, end].map(toBytes)]));
    });
  }

  #slices(): Slices[] {
    let slices: Slices = new Map();
    let room = PART_BYTES;
    const parts = [slices];
    for (const [name, elements] of this.#lists) {
      let rest = Buffer.from(elements);
      while (rest.length > 0) {
        const end = endOfSlice(rest, room, slices.size === 0);
        if (end > 0) slices.set(name, rest.subarray(0, end));
        room -= end;
        if (end === rest.length) break;
        rest = end === 0 ? rest : rest.subarray(end + BETWEEN_ELEMENTS.length);
        slices = new Map();
        parts.push(slices);
        room = PART_BYTES;
      }
    }
    return parts;
  }
}

/** Where the last element ends that there is room for; one that is larger than a part has a part to itself. */
function endOfSlice(elements: Buffer, room: number, isFirst: boolean): number {
  if (elements.length <= room) return elements.length;
  const last = elements.lastIndexOf(LINE_BREAK, Math.max(0, room));
  if (last > 0) return last - 1;
  if (!isFirst) return 0;
  const first = elements.indexOf(LINE_BREAK);
  return first < 0 ? elements.length : first - 1;
}

function toBytes(text: string | Buffer): Buffer {
  return typeof text === "string" ? Buffer.from(text) : text;
}
