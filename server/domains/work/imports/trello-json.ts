import { Tokenizer, TokenizerError, TokenParser, TokenParserError, TokenType } from "@streamparser/json";
import { AppError } from "../../../core/app-error.ts";

/** No export of Trello comes near these: past them a file is after our memory. */
const MAX_DEPTH = 100;
const MAX_TEXT_BYTES = 2 << 20;
const MAX_ITEM_BYTES = 16 << 20;
const MAX_ITEM_TOKENS = 500_000;
/** Names of members of the outermost object and of the objects in it: the parser keeps a trace of each. */
const MAX_NAMES = 1_000;

/** What is said while a file of JSON passes. What is thrown in a listener comes out of `write`. */
export interface JsonListener {
  /** The outermost value has begun. */
  begun(kind: "array" | "object" | "plain"): void;
  /** A member of the outermost object has begun; `value` is that of a plain one. */
  member?(name: string, kind: "array" | "object" | "plain", value?: unknown): void;
  /** An item of the member `name`: what lies two levels deep, such as a card in `cards`; or of the outermost list. */
  item(name: string, value: unknown): void;
}

/**
 * Reads JSON piece by piece and hands out its items. They are not kept here, so memory is bounded by the biggest.
 * Fails: IMPORT_NOT_JSON, IMPORT_WRONG_SHAPE for values of an absurd size or depth.
 */
export function createJsonReader(
  listener: JsonListener,
  { items = "of members" }: { items?: "of members" | "of a list" } = {},
): { write(bytes: Uint8Array): void; end(): void } {
  const itemDepth = items === "of members" ? 2 : 1;
  const tokenizer = new Tokenizer();
  const parser = new TokenParser({ paths: [items === "of members" ? "$.*.*" : "$.*"], keepStack: false });
  let name = "";
  let depth = 0;
  let namesValue = false;
  let names = 0;
  let textBytes = 0;
  let itemBytes = 0;
  let itemTokens = 0;

  parser.onValue = ({ value }) => listener.item(name, value);
  tokenizer.onToken = (token) => {
    // The parser refuses what is out of place before it is counted.
    parser.write(token);
    if (depth === 0 && token.token !== TokenType.RIGHT_BRACE && token.token !== TokenType.RIGHT_BRACKET) {
      listener.begun(kindOf(token.token));
    }
    if (depth === 1 && items === "of members") followMember(token.token, token.value);
    if (token.token === TokenType.LEFT_BRACE || token.token === TokenType.LEFT_BRACKET) depth += 1;
    if (token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET) depth -= 1;
    if (depth <= itemDepth && token.token === TokenType.COLON) names += 1;
    textBytes = 0;
    itemTokens += 1;
    if (depth <= itemDepth) itemBytes = itemTokens = 0;
    if (depth > MAX_DEPTH || itemTokens > MAX_ITEM_TOKENS || names > MAX_NAMES) throw tooMuch(name);
  };

  function followMember(token: TokenType, value: unknown): void {
    if (token === TokenType.COLON) namesValue = true;
    else if (namesValue) {
      namesValue = false;
      const kind = kindOf(token);
      listener.member?.(name, kind, ...(kind === "plain" ? [value] : []));
    } else if (typeof value === "string" && token === TokenType.STRING) name = value;
  }

  return {
    write(bytes) {
      itemBytes += bytes.byteLength;
      textBytes += bytes.byteLength;
      translating(() => tokenizer.write(bytes));
      // A text or number whose end is not in sight has no token yet.
      if (textBytes > MAX_TEXT_BYTES || itemBytes > MAX_ITEM_BYTES) throw tooMuch(name);
    },
    end() {
      translating(() => tokenizer.end());
      if (!parser.isEnded) throw new AppError("IMPORT_NOT_JSON");
    },
  };
}

function kindOf(token: TokenType): "array" | "object" | "plain" {
  if (token === TokenType.LEFT_BRACE) return "object";
  return token === TokenType.LEFT_BRACKET ? "array" : "plain";
}

function tooMuch(name: string): AppError {
  return new AppError("IMPORT_WRONG_SHAPE", {
    fields: { [name || "file"]: "No export holds a value of that size or depth." },
  });
}

function translating(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (isSyntaxError(error)) throw new AppError("IMPORT_NOT_JSON", { cause: error });
    throw error;
  }
}

function isSyntaxError(error: unknown): boolean {
  if (error instanceof TokenizerError || error instanceof TokenParserError) return true;
  // Bytes that are not UTF-8.
  return error instanceof TypeError && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA";
}
