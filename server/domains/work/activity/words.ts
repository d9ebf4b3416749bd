import type { BOARD_EVENTS, BoardEventType, ORG_EVENTS } from "../../../events.ts";
import type { z } from "zod";
import type { Named } from "./activity.contract.ts";

// What an event says, before it is looked up what the things in it are called.

/** Something by its id. */
export type Ref = Pick<Named, "kind" | "id">;
export type RawValue = null | string | number | boolean | readonly string[] | Ref | readonly Ref[];
export interface RawPart {
  readonly field: string;
  readonly of?: Ref;
  readonly from?: RawValue;
  readonly to?: RawValue;
}

/** What a sentence is made of: words, things whose names come in, and changes to be put into words. */
export type Word = string | Ref | readonly RawPart[];

export interface Telling {
  /** Without who did it: "moved … to …". */
  readonly says: readonly Word[];
  readonly parts: readonly RawPart[];
}

/** How events of a catalogue are told. `the`: the task that it is about, or how many. */
export type Tellers<Types extends string, Data extends { [T in Types]: unknown }> = {
  readonly [T in Types]: (data: Data[T], the: Word) => Telling;
};
type OrgEventType = keyof typeof ORG_EVENTS;
/** What events hold. A few of them are read without most of what they hold: `events.ts`. */
export type BoardData = { [T in BoardEventType]: z.infer<(typeof BOARD_EVENTS)[T]> };
export type OrgData = { [T in OrgEventType]: z.infer<(typeof ORG_EVENTS)[T]> };

export function say(texts: TemplateStringsArray, ...words: readonly Word[]): Word[] {
  return texts.flatMap((text, index) => {
    const word = words[index];
    return [...(text === "" ? [] : [text]), ...(word === undefined ? [] : [word])];
  });
}

export function told(says: readonly Word[], parts: readonly RawPart[] = []): Telling {
  return { says, parts };
}

export function ref(kind: Ref["kind"], id: string): Ref {
  return { kind, id };
}

export function refs(kind: Ref["kind"], ids: readonly string[]): Ref[] {
  return ids.map((id) => ref(kind, id));
}

/** A text that somebody wrote, within a sentence. */
export function quoted(text: string): string {
  return `“${text}”`;
}
