import { AppError } from "../../core/app-error.ts";

/** Words that a password must not be made of, besides those about the person. */
const PRODUCT = ["trestle"];

/** The well-known ones among passwords of eight characters and more: 17,950, in lower case, loaded when first needed. */
let known: Promise<ReadonlySet<string>> | undefined;

async function loadKnown(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import("@zxcvbn-ts/language-common");
  return new Set(dictionary["passwords-common"].filter((password) => password.length >= 8));
}

/**
 * Refuses a password that is in the list of the most used of stolen ones, or that is a word about its owner or about
 * Trestle, with or without digits and signs around it. Fails: PASSWORD_GUESSABLE.
 */
export async function requireUnguessable(password: string, owner: { email: string; name: string }): Promise<void> {
  const plain = lower(password);
  const [mailbox = ""] = owner.email.split("@");
  const words = [owner.email, mailbox, owner.name, ...PRODUCT].map(lower);
  const isAboutOwner = words.some((word) => plain === word || (core(word) !== "" && core(plain) === core(word)));
  known ??= loadKnown();
  if (isAboutOwner || (await known).has(plain)) {
    throw new AppError("PASSWORD_GUESSABLE", { fields: { password: "Take one that is not easily guessed." } });
  }
}

function lower(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

/** The letters of a text: `Trestle-2026!` is `trestle`. */
function core(text: string): string {
  return text.replaceAll(/\P{L}/gu, "");
}
