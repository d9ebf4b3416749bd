import { queryOptions } from "@tanstack/react-query";
import type { Trestle } from "../../../client/index.ts";

/** Who is signed in. */
export function meQuery(trestle: Trestle) {
  return queryOptions({ queryKey: ["me"], queryFn: () => trestle.auth.me.query() });
}
