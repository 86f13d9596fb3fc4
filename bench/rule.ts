import { median } from './meter.ts';

/** What the mean return of a deterministic evaluation is to be: a result to reach, or one not to exceed. */
export interface Rule {
  readonly be: 'at least' | 'at most';
  readonly bar: number;
}

/** Whether the median and at least four in five of the seeds keep the rule. */
export function passes(results: readonly number[], { be, bar }: Rule): boolean {
  const keeps = (result: number) => (be === 'at least' ? result >= bar : result <= bar);
  return keeps(median(results)) && results.filter(keeps).length >= 0.8 * results.length;
}
