/** `npm run verify:live`: tries the promises of live data against real processes and real faults. `--help` tells more. */
import { explain } from "./own-server.ts";
import { ArgumentError, HELP, readArguments } from "./verify-live/arguments.ts";
import { describeReport, showProgress, summaryLine } from "./verify-live/printing.ts";
import { run } from "./verify-live/run.ts";

async function main(): Promise<void> {
  const given = readArguments(process.argv.slice(2));
  if (given === "help") {
    console.log(HELP);
    return;
  }
  const stop = new AbortController();
  const end = () => {
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  // Nobody reads any more what is said: without this it would be the end, and leave a Postgres behind.
  for (const out of [process.stdout, process.stderr]) out.on("error", end);
  const progress = { ops: 0, faults: 0, live: 0, says: "" };
  const shown = showProgress(progress, given, process.stderr);
  const report = await run(given, progress, stop.signal).finally(() => shown.close());
  console.log(given.json ? summaryLine(report) : describeReport(report));
  if (given.json && report.violationCount > 0) console.error(describeReport(report));
  process.exit(report.violationCount > 0 ? 1 : stop.signal.aborted ? 130 : 0);
}

try {
  await main();
} catch (error) {
  console.error(explain(error, ArgumentError));
  process.exit(2);
}
