/**
 * Two self-hosted products, measured in 2026-11 on a machine of two cores like the one that the aims are for: CPU of the
 * server's process, and wall times with other load beside them. They cannot be run from here: these are constants.
 */
const PLANKA = "Planka 2.1.1";
/** A bare call; its own page sends one for each card of both columns. */
const KANEO = "Kaneo 2.22.0";

const both = (planka: string, kaneo: string) => ({ [PLANKA]: planka, [KANEO]: kaneo });

/** What each of them needs for what a person at a board waits for. */
export const PRODUCTS = {
  openCpu: both("393 ms", "156 ms"),
  openBytes: both("2,350 KB", "99 KB gzip"),
  moveCpu: both("25-31 ms", "5.4-8.5 ms"),
  movesPerSecond: both("39", "157"),
  screenCpu: both("80 µs", "49 µs, a signal without data; 5,800 µs with the refetch that it needs"),
  openTogether: both("26 s", "2-3 s for the sockets alone"),
  missedBytes: both("0 replayed; 52 KB to 2.4 MB refetched", "0 replayed; nothing refetched, stale for up to 30 s"),
} as const;
