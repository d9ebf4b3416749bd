import { QueryClient } from "@tanstack/react-query";
import { createTrestle, errorKind, indexedDbPending } from "../../client/index.ts";
import { socketOfTabs } from "../../client/tabs/index.ts";
import { tabsWorker } from "./tabs.ts";

/** The client of this page: its session is the browser's cookie, and changes of boards outlive a reload. */
export const trestle = createTrestle({
  url: location.origin,
  pending: indexedDbPending(),
  WebSocket: socketOfTabs(tabsWorker),
});

/** A decision of the server is not asked for twice; what was lost on the way is. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: (count, error) => errorKind(error) === undefined && count < 3, staleTime: 5_000 },
  },
});
