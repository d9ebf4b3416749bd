import type { AppServices } from "./context.ts";
import { forgetExpired } from "./expired.ts";
import { deleteOldMutations } from "./mutations.ts";

const EVERY_MS = 3_600_000;

/**
 * Once an hour: forgets what has had its time, and does the chores of the domains. Any process may do it; doing it twice
 * is harmless.
 */
export function createHousekeeping(
  services: AppServices,
  chores: readonly ((services: AppServices) => Promise<void>)[],
): { close(): void } {
  const { db, clock, log } = services;

  async function tidy(): Promise<void> {
    const now = clock.now();
    await deleteOldMutations(db, now);
    await forgetExpired(db, "session", now);
    for (const chore of chores) await chore(services);
  }
  const timer = setInterval(() => {
    tidy().catch((error: unknown) => log.warn({ err: error }, "housekeeping failed; it comes again"));
  }, EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
