/**
 * How much the tests do that draw what they do by chance, and from which seed: `TRESTLE_SIMULATION_RUNS`, `_SEED` and
 * `_PATH`, `TRESTLE_FUZZ_FRAMES`, `TRESTLE_FUZZ_INPUTS`, `TRESTLE_WRONG_PASSWORDS`, `TRESTLE_TIMED_SAMPLES` and
 * `TRESTLE_TEAM_DAYS`. The one reader of the environment in the tests.
 */
const { env } = process;

export const SIMULATION = {
  runs: numberOf("TRESTLE_SIMULATION_RUNS") ?? 2_500,
  /** Together with the path, a failure again: both are printed with it. */
  seed: numberOf("TRESTLE_SIMULATION_SEED"),
  path: env["TRESTLE_SIMULATION_PATH"],
};

/** Frames over sockets; a tenth as many requests over HTTP. */
export const FUZZ_FRAMES = numberOf("TRESTLE_FUZZ_FRAMES") ?? 2_500;

/** Inputs that are nearly right, of every procedure: the whole attack is 100,000. */
export const FUZZED_INPUTS = numberOf("TRESTLE_FUZZ_INPUTS") ?? 600;

/** Wrong passwords from fifty addresses: the whole attack is 10,000. */
export const WRONG_PASSWORDS = numberOf("TRESTLE_WRONG_PASSWORDS") ?? 250;

/** Answers that are timed, to tell whether their times tell something: the whole test is 400. */
export const TIMED_SAMPLES = numberOf("TRESTLE_TIMED_SAMPLES") ?? 60;

/** Histories of a team at work: sixty take some three minutes, and each takes a little longer than the one before. */
export const TEAM_DAYS = numberOf("TRESTLE_TEAM_DAYS") ?? 3;

function numberOf(name: string): number | undefined {
  const text = env[name];
  return text === undefined || text === "" ? undefined : Number(text);
}
