import type { Hub } from "./hub.ts";
export type Log = { hub: Hub };
