import type { AppServices } from "./context.ts";

/**
 * Looks for something again and again, once at a time: any process may, and several do no harm. A look that fails is
 * logged, since another one comes. Closed when the last one has ended.
 */
export function again(
  app: AppServices,
  everyMs: number,
  { look, failed }: { look: (app: AppServices) => Promise<void>; failed: string },
): { close(): Promise<void> } {
  let looking: Promise<void> = Promise.resolve();
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    looking = look(app)
      .catch((error: unknown) => app.log.warn({ err: error }, `${failed}; that comes again`))
      .finally(() => {
        isLooking = false;
      });
  }, everyMs);
  timer.unref();
  return {
    close() {
      clearInterval(timer);
      return looking;
    },
  };
}
