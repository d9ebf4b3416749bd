import { createContext, createElement, type ReactElement, type ReactNode, useContext } from "react";
import type { Trestle } from "../trestle.ts";

const TrestleContext = createContext<Trestle | undefined>(undefined);

/** Gives a client, from `createTrestle`, to the hooks below it. */
export function TrestleProvider({ trestle, children }: { trestle: Trestle; children: ReactNode }): ReactElement {
  return createElement(TrestleContext.Provider, { value: trestle }, children);
}

/** The client of the `TrestleProvider` above. */
export function useTrestle(): Trestle {
  const trestle = useContext(TrestleContext);
  if (!trestle) throw new Error("there is no TrestleProvider above this component");
  return trestle;
}
