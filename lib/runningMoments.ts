import type { Saved, Stateful } from './nouns.ts';
import { checkFinite, checkNames, checkTensors } from './restore.ts';

/** Where there is no telling yet: as if this many rows of mean 0 and variance 1 had been seen. */
const PRIOR = 1e-4;

/**
 * Mean and population variance of `size` numbers a row, over all rows so far. Batches are merged whole, in float64:
 *
 *   δ = mean of the batch − mean,  N = count + n
 *   mean ← mean + δ n / N,  variance ← (count · variance + n · variance of the batch + δ² count n / N) / N
 *
 * @see Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979);
 * reference data: spec/golden/running_stats.json
 */
export class RunningMoments implements Stateful {
  /** [size] */
  readonly mean: Float64Array;
  /** [size] */
  readonly variance: Float64Array;
  readonly #count: Float64Array;

  /** @param prior rows of mean 0 and variance 1 to begin with; may be 0, or a part of one */
  constructor(size: number, prior = PRIOR) {
    this.mean = new Float64Array(size);
    this.variance = new Float64Array(size).fill(1);
    this.#count = Float64Array.of(prior);
  }

  /** Rows so far, the prior's included. */
  get count(): number {
    return this.#count[0];
  }

  /** Merges a batch of n rows, of which the mean and the population variance [size] are known. */
  merge(mean: Float64Array, variance: Float64Array, n: number): void {
    if (n === 0) return;
    const { count } = this;
    const total = count + n;
    for (let i = 0; i < this.mean.length; i++) {
      const delta = mean[i] - this.mean[i];
      const squares = count * this.variance[i] + n * variance[i] + (delta * delta * count * n) / total;
      this.mean[i] += (delta * n) / total;
      this.variance[i] = squares / total;
    }
    this.#count[0] = total;
  }

  /** Merges the first n of rows [·, size]. */
  mergeRows(rows: ArrayLike<number>, n: number): void {
    const size = this.mean.length;
    const mean = new Float64Array(size);
    const variance = new Float64Array(size);
    for (let k = 0; k < n * size; k++) mean[k % size] += rows[k];
    for (let i = 0; i < size; i++) mean[i] /= n;
    for (let k = 0; k < n * size; k++) variance[k % size] += (rows[k] - mean[k % size]) ** 2;
    for (let i = 0; i < size; i++) variance[i] /= n;
    this.merge(mean, variance, n);
  }

  /** Forgets all rows, and the prior: nothing of them is left, not even in the last bit. */
  clear(): void {
    this.mean.fill(0);
    this.variance.fill(1);
    this.#count[0] = 0;
  }

  /** Becomes what the other is. */
  set(other: RunningMoments): void {
    this.mean.set(other.mean);
    this.variance.set(other.variance);
    this.#count.set(other.#count);
  }

  save(): Saved {
    const { mean, variance } = this;
    const tensors = Object.entries({ mean, variance, count: this.#count }).map(([name, column]) => {
      return [name, { shape: [column.length], data: column.slice() }] as const;
    });
    return { tensors: Object.fromEntries(tensors), values: {} };
  }

  load(saved: Saved): void {
    checkNames('moments', saved.values, []);
    checkTensors('moments', this.save().tensors, saved.tensors);
    const { mean, variance, count } = saved.tensors;
    checkFinite('moments', { mean });
    checkFinite('moments', { variance, count }, 0);
    this.mean.set(mean.data);
    this.variance.set(variance.data);
    this.#count.set(count.data);
  }
}
