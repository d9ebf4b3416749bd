import { pino, type Logger } from "pino";
import { faultCode } from "./faults.ts";

export type { Logger };

/** One JSON line an entry, to standard error: standard output is for people. */
export function createLogger(level: string): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  return pino({ level, base: null, serializers: { err: describeError } }, destination);
}

/**
 * An error for the log. Messages of the database and of Drizzle hold SQL with its parameters, which may be anybody's
 * text or secret: of those the code and the place in our code are kept, nothing else.
 */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = faultCode(error);
  const frames = error.stack?.split("\n").filter((text) => text.startsWith("    at ")) ?? [];
  return { type: error.name, ...(code ? { code } : { message: error.message }), frames: frames.slice(0, 12) };
}
