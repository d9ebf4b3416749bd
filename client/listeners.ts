/** One listener's fault is reported like any uncaught error, and keeps nothing from the others. */
export function callEach<Listener>(listeners: ReadonlySet<Listener>, call: (listener: Listener) => void): void {
  for (const listener of listeners) {
    try {
      call(listener);
    } catch (error) {
      report(error);
    }
  }
}

/** Reports a fault of somebody else's code like any uncaught error. */
export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
