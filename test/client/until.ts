import { vi } from "vitest";

/** Waits for what comes by itself, as long as a busy machine may need. */
export function until(isSo: () => boolean): Promise<true> {
  return vi.waitUntil(isSo, { timeout: 15_000, interval: 10 });
}
