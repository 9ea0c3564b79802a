// Figures of one run.

/** The middle one. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How many times as fast `row` is as `other`: the median of the rounds' ratios. */
export const ratio = (row, other) => median(row.rates.map((rate, round) => rate / other.rates[round]));
