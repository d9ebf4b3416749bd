import { CUSTOM, parseTest } from "./filter-fields.ts";
import type { Filter } from "./filter.ts";

/** What a filter's text may be at most, so that what is made of it stays small. */
export const FILTER_LENGTH = 1_000;
const MOST_TESTS = 50;
const MOST_NESTED = 10;

/** What is wrong with a filter: from which character on, and for how many (as JavaScript counts them). */
export interface FilterFault {
  readonly position: number;
  readonly length: number;
  readonly says: string;
}

/** Fails a parse; never leaves this file. */
class Fault extends Error {
  readonly fault: FilterFault;

  constructor(says: string, { at, length }: { at: number; length: number }) {
    super(says);
    this.fault = { position: at, length, says };
  }
}

/** A piece of a filter's text. `isQuoted`: it means what it says, whatever that is elsewhere. */
interface Piece {
  readonly kind: "(" | ")" | "-" | "," | "field" | "word";
  readonly text: string;
  readonly isQuoted: boolean;
  readonly at: number;
  readonly length: number;
}

/** The filter that a text says, as docs/filters.md has it; an empty one is that of all tasks. */
export function parseFilter(text: string): { filter: Filter } | { wrong: FilterFault } {
  try {
    if (text.length > FILTER_LENGTH) {
      throw new Fault(`A filter has at most ${FILTER_LENGTH} characters.`, { at: FILTER_LENGTH, length: 0 });
    }
    return { filter: new Parser(pieces(text)).whole() };
  } catch (error) {
    if (error instanceof Fault) return { wrong: error.fault };
    throw error;
  }
}

/** Reads `alternatives = all { "OR" all }`, `all = { ["-"] ( "(" alternatives ")" | test | word ) }`. */
class Parser {
  readonly #pieces: readonly Piece[];
  #next = 0;
  #tests = 0;

  constructor(read: readonly Piece[]) {
    this.#pieces = read;
  }

  whole(): Filter {
    const filter = this.#alternatives(0);
    const rest = this.#peek();
    if (rest) throw new Fault("There is no bracket that this one closes.", rest);
    return filter;
  }

  #alternatives(depth: number): Filter {
    const of = [this.#all(depth)];
    for (let or = this.#peek(); or && isOr(or); or = this.#peek()) {
      this.#next += 1;
      const before = of.at(-1);
      const other = this.#all(depth);
      if ([before, other].some((side) => side?.is === "all" && side.of.length === 0)) {
        throw new Fault("OR stands between two things.", or);
      }
      of.push(other);
    }
    return of.length === 1 && of[0] ? of[0] : { is: "any", of };
  }

  #all(depth: number): Filter {
    const of: Filter[] = [];
    for (let piece = this.#peek(); piece && piece.kind !== ")" && !isOr(piece); piece = this.#peek()) {
      this.#next += 1;
      of.push(this.#term(piece, depth));
    }
    return of.length === 1 && of[0] ? of[0] : { is: "all", of };
  }

  #term(piece: Piece, depth: number): Filter {
    this.#count(piece);
    switch (piece.kind) {
      case "-": {
        const negated = this.#peek();
        if (!negated || negated.kind === ")" || negated.kind === "-" || isOr(negated)) {
          throw new Fault("What is not meant comes right behind the minus.", piece);
        }
        this.#next += 1;
        return { is: "not", of: this.#term(negated, depth) };
      }
      case "(":
        return this.#bracket(piece, depth);
      case "field":
        return this.#field(piece);
      case "word":
        return { is: "text", text: piece.text, isExact: piece.isQuoted };
      case ")":
      case ",":
        throw new Fault("Something is missing here.", piece);
    }
  }

  #bracket(open: Piece, depth: number): Filter {
    if (depth === MOST_NESTED) throw new Fault(`Brackets are at most ${MOST_NESTED} deep.`, open);
    const filter = this.#alternatives(depth + 1);
    if (filter.is === "all" && filter.of.length === 0) throw new Fault("There is nothing in these brackets.", open);
    if (this.#peek()?.kind !== ")") throw new Fault("This bracket is not closed.", open);
    this.#next += 1;
    return filter;
  }

  /** A field with its values: one of them is enough. */
  #field(field: Piece): Filter {
    const of: Filter[] = [];
    for (let before = field; ;) {
      const value = this.#peek();
      const end = before.at + before.length;
      if (value?.kind !== "word" || value.at !== end) {
        throw new Fault(`"${field.text}:" wants a value, right behind it.`, { at: end, length: 0 });
      }
      this.#next += 1;
      if (of.length > 0) this.#count(value);
      const test = parseTest(field.text, value);
      if ("says" in test) throw new Fault(test.says, test.ofField === true ? field : value);
      of.push(test.filter);
      const comma = this.#peek();
      if (comma?.kind !== ",") return of.length === 1 ? test.filter : { is: "any", of };
      this.#next += 1;
      before = comma;
    }
  }

  #count(piece: Piece): void {
    this.#tests += 1;
    if (this.#tests > MOST_TESTS) throw new Fault(`A filter asks for at most ${MOST_TESTS} things.`, piece);
  }

  #peek(): Piece | undefined {
    return this.#pieces[this.#next];
  }
}

function isOr({ kind, text, isQuoted }: Piece): boolean {
  return kind === "word" && !isQuoted && text === "OR";
}

const QUOTED = /"((?:[^"\\]|\\.)*)"/suy;
const FIELD = /([a-z][a-z-]*):/iuy;
/** A field of a project, by its name. */
const CUSTOM_FIELD = /cf\.(?:"((?:[^"\\]|\\.)+)"|([^\s()":,]+)):/isuy;
const VALUE = /[^\s()",]+/uy;
const WORD = /[^\s()"]+/uy;

/** The pieces of a text, one after the other: values and commas only where a field was. */
function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let isValue = false;
  for (let at = 0; at < text.length;) {
    const char = text[at] ?? "";
    if (/\s/u.test(char)) {
      isValue = false;
      at += 1;
      continue;
    }
    const piece = pieceAt(text, at, isValue);
    found.push(piece);
    at += piece.length;
    isValue = piece.kind === "field" || piece.kind === "," || (isValue && piece.kind === "word" && text[at] === ",");
  }
  return found;
}

function pieceAt(text: string, at: number, isValue: boolean): Piece {
  const char = text[at] ?? "";
  const of = (kind: Piece["kind"], { length, said = char, isQuoted = false }: Partial<Said> = {}): Piece => {
    return { kind, text: said, isQuoted, at, length: length ?? 1 };
  };
  if (char === "(" || char === ")") return of(char);
  if (char === '"') {
    const quoted = matchAt(QUOTED, text, at);
    if (!quoted) throw new Fault("This quote is not closed.", { at, length: 1 });
    return of("word", { length: quoted[0].length, said: unescaped(quoted[1] ?? ""), isQuoted: true });
  }
  if (isValue && char === ",") return of(",");
  if (isValue) {
    const value = matchAt(VALUE, text, at)?.[0] ?? char;
    return of("word", { length: value.length, said: value });
  }
  // A minus alone, such as a dash between words, is a word.
  if (char === "-" && /^-[^\s-]/u.test(text.slice(at, at + 2))) return of("-");
  const field = matchAt(FIELD, text, at);
  if (field) return of("field", { length: field[0].length, said: (field[1] ?? "").toLowerCase() });
  const custom = matchAt(CUSTOM_FIELD, text, at);
  if (custom) {
    const name = custom[2] ?? unescaped(custom[1] ?? "");
    return of("field", { length: custom[0].length, said: CUSTOM + name.toLowerCase() });
  }
  const word = matchAt(WORD, text, at)?.[0] ?? char;
  return of("word", { length: word.length, said: word });
}

interface Said {
  readonly length: number;
  readonly said: string;
  readonly isQuoted: boolean;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gsu, "$1");
}
