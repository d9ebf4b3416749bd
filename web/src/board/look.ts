import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import type { RouterOutputs } from "../../../client/index.ts";
import { isListOrderColumn, type ListOrder } from "./list-order.ts";

export type SavedView = RouterOutputs["views"]["list"]["items"][number];
export type ViewKind = SavedView["kind"];

/** How a board is looked at. It stands in the address: reload, back and a link that is sent keep it. */
export interface Look {
  readonly kind: ViewKind;
  readonly filter: string;
  readonly order: ListOrder;
  /** By what its cards stand in lanes; undefined: as the board says. */
  readonly lanes: string | undefined;
  /** The saved view that it began as. */
  readonly savedId: string | undefined;
}

export type SetLook = (change: Partial<Look>) => void;

const KINDS: readonly ViewKind[] = ["board", "list", "calendar", "timeline"];
/** What is typed is in the address this much later: browsers refuse to write it at each key. */
const TYPING_MS = 300;

/** How the board is looked at, by the address, and what changes that. */
export function useLook(): { look: Look; setLook: SetLook; setFilter: (text: string) => void } {
  const search = useSearch();
  const [, go] = useLocation();
  const [typed, setTyped] = useState<string>();
  const waiting = useRef(typed);
  useEffect(() => {
    waiting.current = typed;
  });
  const setLook = useCallback<SetLook>(
    (change) => {
      const filter = waiting.current;
      setTyped(undefined);
      go(location.pathname + searchWith({ ...(filter !== undefined && { filter }), ...change }));
    },
    [go],
  );
  useEffect(() => {
    if (typed === undefined) return undefined;
    const timer = setTimeout(() => {
      go(location.pathname + searchWith({ filter: typed }), { replace: true });
      setTyped(undefined);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, go]);
  const written = useMemo(() => lookOf(search), [search]);
  const look = useMemo(() => (typed === undefined ? written : { ...written, filter: typed }), [written, typed]);
  return { look, setLook, setFilter: setTyped };
}

/** The query of the address, with its `?`, once the look has changed. */
export function searchWith(change: Partial<Look>): string {
  const { kind, order, filter, lanes, savedId } = { ...lookOf(location.search), ...change };
  const by = order.by === undefined ? "" : `${order.isDescending ? "-" : ""}${order.by}`;
  return searchSaying({
    view: kind === "board" ? "" : kind,
    filter,
    order: by,
    lanes: lanes ?? "",
    saved: savedId ?? "",
  });
}

/** The query of the address, with its `?`, that says this; an empty text says nothing, and the rest stays. */
export function searchSaying(said: Readonly<Record<string, string>>): string {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(said)) {
    // Whatever there was: what is said has an order of its own, and a look one address.
    params.delete(name);
    if (value !== "") params.set(name, value);
  }
  return params.size === 0 ? "" : `?${params.toString()}`;
}

function lookOf(search: string): Look {
  const params = new URLSearchParams(search);
  const [, minus, by = ""] = /^(-?)(.*)$/u.exec(params.get("order") ?? "") ?? [];
  return {
    kind: KINDS.find((kind) => kind === params.get("view")) ?? "board",
    filter: params.get("filter") ?? "",
    order: isListOrderColumn(by) ? { by, isDescending: minus === "-" } : { by: undefined, isDescending: false },
    lanes: params.get("lanes") ?? undefined,
    savedId: params.get("saved") ?? undefined,
  };
}
