/** Letters that Unicode does not take apart into an ASCII letter and a mark. */
const FOLDED: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ð: "d",
  þ: "th",
  ı: "i",
};
/** Leaves room for `-` and 12 characters more within the 60 of a slug. */
const LONGEST = 40;

/** A name as a part of an address: `Šárka & Søn` → `sarka-son`. A name without any Latin letter or digit is `org`. */
export function toSlug(name: string): string {
  const folded = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/\P{ASCII}/gu, (letter) => FOLDED[letter] ?? "-");
  const slug = folded.replaceAll(/[^a-z0-9]+/gu, "-").replaceAll(/^-+/gu, "");
  return slug.slice(0, LONGEST).replaceAll(/-+$/gu, "") || "org";
}
