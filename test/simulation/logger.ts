import { pino } from "pino";
import type { Logger } from "../../server/core/log.ts";

/** A hub that could not do its work says so in the log and tries again: here that is a violation. */
export function createReportingLogger(report: (violation: string) => void): Logger {
  return pino({ level: "error", base: null }, { write: (line: string) => report(`the hub logged an error: ${line}`) });
}
