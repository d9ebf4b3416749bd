import type { BoardNews } from "../../events.ts";
import type { Card } from "./tasks.contract.ts";

/** What `task.updated` says of a card. */
export type CardChanges = Extract<BoardNews, { type: "task.updated" }>["data"]["changes"];
/** What a call wants a card to be; undefined: as it is. */
export type WantedCard = { readonly [Name in keyof CardChanges]?: Card[Name] | undefined };

/** What of a card becomes another than it is. The same code in server and client. */
export function cardChanges(before: Card, wanted: WantedCard): CardChanges;
export function cardChanges(before: object, wanted: object): object {
  const changes = Object.entries(wanted).filter(([name, value]) => {
    const there: unknown = Reflect.get(before, name);
    return value !== undefined && value !== there && JSON.stringify(value) !== JSON.stringify(there);
  });
  return Object.fromEntries(changes);
}
