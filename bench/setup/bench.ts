import { parseArgs } from "node:util";

/** What a bench is given by whoever runs it. */
export interface Bench {
  /** A quick look for CI: fewer and shorter rounds, so more noise. */
  readonly short: boolean;
  /** Opens something that is closed when the bench ends, in whatever way, the last one first. Opens nothing after that. */
  own<Opened>(open: () => Opened | Promise<Opened>, close: (opened: Opened) => unknown): Promise<Opened>;
}

/** Cleaning up takes a second; a stop that takes longer than this hangs. */
const STOP_MS = 20_000;

class Stopped extends Error {}

/** What keeps a bench from running, or speaks against what it measured, in a sentence for whoever started it. */
export class BenchError extends Error {}

/** Ctrl-C reaches the whole group of processes: one that works for another ends when the other is done with it. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs one bench as a program: to its end, to a signal, or until `bench/run.ts` is gone. What it owns is closed in all
 * three cases; then the process ends. `isOther`: it is a process of a bench, which takes no notice of signals.
 */
export async function bench(work: (bench: Bench) => Promise<void>, isOther = false): Promise<void> {
  const { values } = parseArgs({ options: { short: { type: "boolean", default: false } } });
  const owned = new AsyncDisposableStack();
  let stopping = false;
  const stopped = new Promise<never>((_, reject) => {
    const stop = () => {
      stopping = true;
      setTimeout(() => process.exit(1), STOP_MS).unref();
      reject(new Stopped());
    };
    // More than once: npm hands Ctrl-C on to a process that the terminal has told already.
    for (const signal of SIGNALS) process.on(signal, isOther ? () => {} : stop);
    if (process.connected) process.on("disconnect", stop);
  });
  const own: Bench["own"] = async (open, close) => {
    if (stopping) throw new Stopped();
    const outcome = Promise.resolve(open());
    owned.defer(async () => {
      // What could not be opened has left nothing to close, and failed where it was waited for.
      const opened = await outcome.then(
        (value) => ({ value }),
        () => undefined,
      );
      if (opened) await close(opened.value);
    });
    return outcome;
  };
  try {
    await Promise.race([work({ short: values.short, own }), stopped]);
  } catch (error) {
    process.exitCode = error instanceof Stopped ? 130 : 1;
    if (error instanceof BenchError) console.error(`  ${error.message}`);
    else if (!(error instanceof Stopped)) console.error(error);
  }
  stopping = true;
  await owned.disposeAsync();
  process.exit();
}
