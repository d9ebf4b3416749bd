import { useSyncExternalStore } from "react";

const narrow = matchMedia("(width < 40rem)");

/** Whether there is as little room as on a phone. */
export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}
