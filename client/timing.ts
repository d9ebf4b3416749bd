/** How long to wait before trying again: doubling from try to try, by chance within the upper half, never all at once. */
export function backoffMs(tries: number, { firstMs = 300, longestMs = 5_000 } = {}): number {
  const longest = Math.min(firstMs * 2 ** tries, longestMs);
  return (longest * (1 + Math.random())) / 2;
}

/** Is over at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}

/** What is answered in time. Fails with a TimeoutError after that, and when the signal is aborted. */
export async function within<T>(ms: number, signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const gaveUp = Promise.withResolvers<never>();
  const giveUp = () => {
    controller.abort();
    gaveUp.reject(new DOMException("No answer came.", "TimeoutError"));
  };
  const timer = setTimeout(giveUp, ms);
  signal.addEventListener("abort", giveUp);
  if (signal.aborted) giveUp();
  try {
    return await Promise.race([ask(controller.signal), gaveUp.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", giveUp);
  }
}
