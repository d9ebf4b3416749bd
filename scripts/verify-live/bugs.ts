import { ACCESS } from "./bugs/access.ts";
import type { Bug } from "./bugs/bug.ts";
import { OPENING } from "./bugs/opening.ts";
import { TEAMWORK } from "./bugs/teamwork.ts";
import { TELLING } from "./bugs/telling.ts";
import { WRITING } from "./bugs/writing.ts";

/** All mistakes that can be planted. */
export const BUGS: readonly Bug[] = [...WRITING, ...OPENING, ...TELLING, ...ACCESS, ...TEAMWORK];

/** Makes the mistake in the text of its file. Fails when the text to find is not there exactly once. */
export function plant(
  { name, file, also, ...mistake }: Pick<Bug, "name" | "file" | "find" | "replace" | "also">,
  source: string,
): string {
  let planted = source;
  for (const { find, replace } of also ? [mistake, also] : [mistake]) {
    const count = planted.split(find).length - 1;
    if (count !== 1) {
      throw new Error(`The bug "${name}" does not apply: what it changes occurs ${count} times in ${file}.`);
    }
    planted = planted.replace(find, () => replace);
  }
  return planted;
}

/** What makes a Node process load the mistake. */
export function sabotage({ name }: Pick<Bug, "name">): string[] {
  const url = new URL(import.meta.resolve("./sabotage.mjs"));
  url.searchParams.set("bug", name);
  return ["--import", url.href];
}
