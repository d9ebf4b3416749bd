import type { Wire } from "./proxy.ts";

/** Counts the statements that pass from now on: those of a simple query, and those bound and executed. */
export function statementsOf(wire: Wire): { count(): number; stop(): void } {
  let count = 0;
  wire.fate = (sent) => {
    count += statementsIn(sent);
    return undefined;
  };
  return {
    count: () => count,
    stop() {
      wire.fate = undefined;
    },
  };
}

function statementsIn(sent: Buffer): number {
  let count = 0;
  for (let at = 0; at + 5 <= sent.length; at += 1 + sent.readUInt32BE(at + 1)) {
    const type = String.fromCharCode(sent[at] ?? 0);
    if (type === "Q" || type === "B") count += 1;
  }
  return count;
}
