/** `<@ID>` as a text is kept; whoever writes sees a name in its place. */
export const MENTION = /<@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>/giu;

/** Id → name. */
type People = ReadonlyMap<string, string>;

/** What stands for whom while one writes: `@Name`, numbered where several are called the same. */
function handlesOf(people: People): Map<string, string> {
  const counts = new Map<string, number>();
  return new Map(
    Array.from(people, ([id, name]) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return [id, count === 1 ? `@${name}` : `@${name} (${String(count)})`];
    }),
  );
}

/** A name ends where no letter, number or further one of its kind follows: what would be read otherwise stays an id. */
const END = String.raw`(?![\p{L}\p{N}]| \(\d)`;

/** A text as it is shown to who writes it. */
export function toWritten(text: string, people: People): string {
  const handles = handlesOf(people);
  return text.replaceAll(new RegExp(`${MENTION.source}${END}`, "giu"), (mention, id: string) => {
    return handles.get(id.toLowerCase()) ?? mention;
  });
}

/** What was written, as it is kept: the names of those who are mentioned become ids, other words stay words. */
export function toKept(written: string, mentioned: ReadonlySet<string>, people: People): string {
  const ids = new Map(Array.from(handlesOf(people), ([id, handle]) => [handle, id]));
  const known = [...ids].filter(([, id]) => mentioned.has(id)).map(([handle]) => handle);
  if (known.length === 0) return written;
  // The longest first: one name may begin with another.
  const any = known
    .toSorted((a, b) => b.length - a.length)
    .map((handle) => handle.replaceAll(/[\\^$.*+?()[\]{}|]/gu, "\\$&"));
  return written.replaceAll(new RegExp(`(?:${any.join("|")})${END}`, "gu"), (handle) => `<@${ids.get(handle) ?? ""}>`);
}

/** Whom a text mentions. */
export function mentionedIn(text: string): string[] {
  return Array.from(text.matchAll(MENTION), ([, id = ""]) => id.toLowerCase());
}

/** What somebody types after the `@` that they are at, and where that is; undefined: they are at none. */
export function askedAt(written: string, caret: number): { readonly from: number; readonly words: string } | undefined {
  const found = /(?<![\p{L}\p{N}])@(?<words>[^@\n]{0,60})$/u.exec(written.slice(0, caret));
  return found ? { from: found.index, words: (found.groups?.["words"] ?? "").toLowerCase() } : undefined;
}

const MOST_FOUND = 6;

/** Those of whom a word of the name begins with what was typed, each with what stands for them. */
export function findPeople(people: People, words: string): { id: string; name: string; handle: string }[] {
  const handles = handlesOf(people);
  return Array.from(people, ([id, name]) => ({ id, name, handle: handles.get(id) ?? `@${name}` }))
    .filter(({ name }) => ` ${name.toLowerCase()}`.includes(` ${words}`))
    .slice(0, MOST_FOUND);
}
