import type { Excerpt } from "./search.contract.ts";

/** What a task says that may hold the words of a search. */
export interface Texts {
  readonly title: string;
  readonly description: string;
  readonly comment: { readonly id: string; readonly text: string } | null;
}

/** A title is shown whole, and of other texts about as much, from a little before the first match on. */
const LONGEST = 500;
const LENGTH = 200;
const BEFORE = 40;

/** Where texts say words that begin with one of some prefixes; a text that does not say any has no excerpt. */
export function excerptsOf({ title, description, comment }: Texts, prefixes: readonly string[]): Excerpt[] {
  const texts = [
    { of: "title", commentId: null, text: title, length: LONGEST },
    { of: "description", commentId: null, text: description, length: LENGTH },
    { of: "comment", commentId: comment?.id ?? null, text: comment?.text ?? "", length: LENGTH },
  ] as const;
  return texts.flatMap(({ text, length, ...where }) => {
    const pieces = piecesOf(text, prefixes, length);
    return pieces.length > 0 ? [{ ...where, pieces }] : [];
  });
}

function piecesOf(text: string, prefixes: readonly string[], length: number): Excerpt["pieces"] {
  const isMatch = (word: string) => prefixes.some((prefix) => prefix !== "" && folded(word).startsWith(prefix));
  const words = Array.from(text.matchAll(/[\p{L}\p{N}\p{M}]+/gu), ({ 0: word, index }) => ({ word, index }));
  const matches = words.filter(({ word }) => isMatch(word));
  const first = matches[0];
  if (!first) return [];
  // It begins and ends with whole words.
  const start = length >= text.length ? 0 : (words.find(({ index }) => index >= first.index - BEFORE)?.index ?? 0);
  const last = words.findLast(({ index, word }) => index + word.length <= start + length) ?? first;
  const end =
    length >= text.length ? text.length : Math.max(last.index + last.word.length, first.index + first.word.length);
  const pieces: Excerpt["pieces"] = start > 0 ? [{ text: "…", isMatch: false }] : [];
  let at = start;
  for (const { word, index } of matches.filter((match) => match.index + match.word.length <= end)) {
    if (index > at) pieces.push({ text: text.slice(at, index), isMatch: false });
    pieces.push({ text: word, isMatch: true });
    at = index + word.length;
  }
  if (at < end) pieces.push({ text: text.slice(at, end), isMatch: false });
  if (end < text.length) pieces.push({ text: "…", isMatch: false });
  return pieces;
}

/** As `search_fold` writes words in the database. */
function folded(word: string): string {
  return word
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[\u0300-\u036F]/gu, "");
}
