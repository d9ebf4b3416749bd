/**
 * How far two sets of times are apart, as the z of Wilcoxon's rank-sum test: of the same distribution, it is beyond 4.5
 * once in 150,000 times. It looks at nothing but the order, so a busy machine does not matter, if the two alternate.
 */
export function rankSumZ(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map((ms) => ({ ms, isFirst: true })), ...second.map((ms) => ({ ms, isFirst: false }))];
  all.sort((a, b) => a.ms - b.ms);
  const sum = all.reduce((total, { isFirst }, index) => total + (isFirst ? index + 1 : 0), 0);
  const [n, m] = [first.length, second.length];
  const mean = (n * (n + m + 1)) / 2;
  return (sum - mean) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

export const TELLS_APART = 4.5;

/** Does two things in turns, in an order of chance, and answers how far their times are apart. */
export async function timesApart(
  samples: number,
  first: (index: number) => Promise<unknown>,
  second: (index: number) => Promise<unknown>,
): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let index = -4; index < samples / 2; index += 1) {
    for (const which of Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const)) {
      const startedAt = performance.now();
      await [first, second][which]?.(index);
      // The first ones are of a statement that is prepared.
      if (index >= 0) times[which].push(performance.now() - startedAt);
    }
  }
  return rankSumZ(...times);
}
