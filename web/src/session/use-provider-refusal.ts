import { useEffect, useState } from "react";
import { kindSays } from "../../../client/index.ts";

/** Why one comes back to this place from a provider without what one went there for: its address says so, once. */
export function useProviderRefusal(): string | undefined {
  const [kind] = useState(() => new URLSearchParams(location.hash.slice(1)).get("error"));
  useEffect(() => {
    if (kind !== null) history.replaceState(history.state, "", location.pathname + location.search);
  }, [kind]);
  return kind === null ? undefined : kindSays(kind);
}
