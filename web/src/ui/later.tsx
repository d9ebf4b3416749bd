import { queryOptions, useQuery } from "@tanstack/react-query";
import type { ComponentType, ReactNode } from "react";
import { texts } from "../texts.ts";
import { queries } from "../trestle.ts";
import { Button } from "./button.tsx";
import { Loading } from "./loading.tsx";

/** A component whose code comes when it is first shown, or after `preload`. */
type Later<Props> = ComponentType<Props> & { readonly preload: () => void };

/**
 * Makes a component of a module that nobody waits for to see a board. Without a network it says so, and goes on once there
 * is one: nothing of what is shown around it is lost. `name`: another one for each.
 */
export function later<Props extends object>(name: string, load: () => Promise<ComponentType<Props>>): Later<Props> {
  const code = queryOptions({
    queryKey: ["code", name],
    queryFn: load,
    staleTime: Infinity,
    gcTime: Infinity,
    structuralSharing: false,
  });
  function LoadedLater(props: Props): ReactNode {
    const { data: Loaded, error, fetchStatus, refetch } = useQuery(code);
    if (Loaded) return <Loaded {...props} />;
    if (!error && fetchStatus !== "paused") return <Loading />;
    return (
      <div className="flex flex-col items-start gap-3 p-6">
        <p role="alert">{texts.notLoaded}</p>
        <Button onClick={() => void refetch()}>{texts.tryAgain}</Button>
      </div>
    );
  }
  return Object.assign(LoadedLater, { preload: () => void queries.prefetchQuery(code) });
}
