const LANGUAGE = "en";
const plurals = new Intl.PluralRules(LANGUAGE);

/** `count` of something: its one or its other form. */
export function counted(count: number, one: string, other: string): string {
  return `${count.toLocaleString(LANGUAGE)} ${plurals.select(count) === "one" ? one : other}`;
}
