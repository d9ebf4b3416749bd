import type { RouterInputs } from "../../../client/index.ts";
import { actionTexts } from "../texts/actions.ts";

export type Action = NonNullable<RouterInputs["roles"]["create"]["actions"]>[number];
type NounOf<Name extends string> = Name extends `${infer Noun}:${string}` ? Noun : never;
type Noun = NounOf<Action>;

/** What there is to allow, in words, and what it is about: without the words of one this does not compile. */
const WORDS: Readonly<Record<Action, string>> = actionTexts.may;
const NOUNS: Readonly<Record<Noun, string>> = actionTexts.nouns;

/** All that there is to allow, in the order of the words. */
export const ACTIONS: readonly Action[] = Object.keys(WORDS).filter(isAction);

/** What no key may, whoever has it. */
const NOT_BY_KEY: ReadonlySet<Action> = new Set<Action>([
  "org:demand-factor",
  "org:delete",
  "member:leave",
  "key:list",
  "key:create",
  "key:revoke",
  "key:manage",
  "rule:create",
  "rule:update",
]);

/** All that a key may be allowed. */
export const KEY_ACTIONS: readonly Action[] = ACTIONS.filter((action) => !NOT_BY_KEY.has(action));

export interface ActionGroup {
  readonly noun: string;
  /** The name of each in the API, and in words. */
  readonly actions: readonly { readonly action: Action; readonly says: string }[];
}

/** Some of what there is to allow, by what it is about. */
export function groupsOf(actions: readonly Action[]): ActionGroup[] {
  return Object.entries(NOUNS).flatMap(([noun, name]) => {
    const own = actions.filter((action) => action.startsWith(`${noun}:`));
    return own.length === 0 ? [] : [{ noun: name, actions: own.map((action) => ({ action, says: WORDS[action] })) }];
  });
}

export function isAction(name: string): name is Action {
  return name in WORDS;
}
