import { philox } from './philox.ts';

/** log softmax. */
export function logSoftmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  return logits.map((logit) => logit - max - logSum);
}

/** The uniform of batch row `row` at a step: word row & 3 of block (row >>> 2, time, purpose 1). */
export function uniform(row: number, key: readonly number[], time: readonly number[]): number {
  return (philox([row >>> 2, ...time, 1], key)[row & 3] >>> 8) / 2 ** 24;
}

/** Inverse CDF. `margin` is how far u is from where the answer changes. */
export function sample(logits: readonly number[], u: number): { action: number; margin: number } {
  let action = -1;
  let margin = 1;
  let cumulative = 0;
  logSoftmax(logits).forEach((logProb, a) => {
    cumulative += Math.exp(logProb);
    // The last sum is 1, and u < 1.
    if (a < logits.length - 1) margin = Math.min(margin, Math.abs(u - cumulative));
    if (action < 0 && u < cumulative) action = a;
  });
  return { action: action < 0 ? logits.length - 1 : action, margin };
}
