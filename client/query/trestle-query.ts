import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createTRPCOptionsProxy, type TRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { useMemo } from "react";
import type { AppRouter } from "../../server/router.ts";
import { useTrestle } from "../react/provider.ts";
import type { Trestle } from "../trestle.ts";

/** Every procedure as options of TanStack Query: `query.tasks.get.queryOptions(input)`, `query.tasks.move.mutationOptions()`. */
export type TrestleQuery = TRPCOptionsProxy<AppRouter>;

/**
 * Options of TanStack Query for every procedure, over this client: its session, its batches, its repeats. Lists have
 * `infiniteQueryOptions`, too. What they answer is kept in `queryClient`: clear that when somebody else is signed in.
 */
export function createTrestleQuery(trestle: Trestle, queryClient: QueryClient): TrestleQuery {
  return createTRPCOptionsProxy<AppRouter>({ client: trestle, queryClient });
}

/** The same of the `TrestleProvider` and the `QueryClientProvider` above. */
export function useTrestleQuery(): TrestleQuery {
  const trestle = useTrestle();
  const queryClient = useQueryClient();
  return useMemo(() => createTrestleQuery(trestle, queryClient), [trestle, queryClient]);
}
