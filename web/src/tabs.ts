// oxlint-disable-next-line import/default -- Vite makes it.
import workerUrl from "./tabs-worker.ts?sharedworker&url";

declare global {
  /** Trusted Types, where the browser has them: what a policy makes is let through. */
  var trustedTypes:
    | {
        createPolicy(name: string, rules: { createScriptURL: () => string }): { createScriptURL(text: string): string };
      }
    | undefined;
}

/** Starts what holds the socket of all tabs. The page's policy lets this one address be a script, and no text. */
export function tabsWorker(): SharedWorker {
  const policy = globalThis.trustedTypes?.createPolicy("trestle-tabs", { createScriptURL: () => workerUrl });
  return new SharedWorker(policy?.createScriptURL("") ?? workerUrl, { type: "module", name: "trestle-tabs" });
}
