import type { Wire } from "./proxy.ts";

/** Counts the statements that pass from now on: those of a simple query, and those bound and executed. */
export function statementsOf(wire: Wire): { count(): number; stop(): void } {
  let count = 0;
  // What has not come whole: a message may be cut anywhere.
  let rest: Buffer = Buffer.alloc(0);
  wire.fate = (sent) => {
    rest = Buffer.concat([rest, sent]);
    while (rest.length >= 5) {
      const length = lengthOf(rest);
      if (rest.length < length) break;
      if (isStatement(rest)) count += 1;
      rest = rest.subarray(length);
    }
    return undefined;
  };
  return {
    count: () => count,
    stop() {
      wire.fate = undefined;
    },
  };
}

/** Of every message but the first of a connection, which has no type, a byte more than it says. */
function lengthOf(message: Buffer): number {
  return message[0] === 0 ? message.readUInt32BE(0) : 1 + message.readUInt32BE(1);
}

function isStatement(message: Buffer): boolean {
  const type = String.fromCharCode(message[0] ?? 0);
  return type === "Q" || type === "B";
}
