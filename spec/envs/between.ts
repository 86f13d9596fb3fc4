import fc from 'fast-check';

/** Numbers spread evenly over [low, high], both included; fc.double draws tiny ones far more often than others. */
export function between(low: number, high: number): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 2 ** 30 }).map((k) => low + (high - low) * (k / 2 ** 30));
}
