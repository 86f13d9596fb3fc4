import { philox } from './philox.ts';

/** log softmax. */
export function logSoftmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  return logits.map((logit) => logit - max - logSum);
}

/** The logits of each component, of logits that are one after another. */
export function split(logits: readonly number[], sizes: readonly number[]): number[][] {
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return logits.slice(end - size, end);
  });
}

/** Σ log p(a) over the components. */
export function jointLogProb(
  logits: readonly number[],
  sizes: readonly number[],
  actions: readonly number[],
): number {
  return split(logits, sizes).reduce((sum, part, k) => sum + logSoftmax(part)[actions[k]], 0);
}

/** The uniform of component k of batch row `row` at a step: word row & 3 of block (row >>> 2, time, purpose 1 | k << 8). */
export function uniform(row: number, key: readonly number[], time: readonly number[], k = 0): number {
  return (philox([row >>> 2, ...time, 1 | (k << 8)], key)[row & 3] >>> 8) / 2 ** 24;
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
