import { exp, log } from './math.ts';
import type { Estimate } from './records.ts';

/** Added to every priority: no segment is out of reach. */
const LEAST = 1e-6;

/** The rollout's columns that a priority is made of. */
type Judged = Pick<Estimate, 'steps' | 'rows' | 'advantages' | 'masks'>;

/**
 * Probabilities of some of a rollout's segments, p ∝ (Σ_t |A[t]|)^α + 10⁻⁶ over their real transitions: what surprised the
 * critic is learned from more often, and weighs the less. @see arXiv:1511.05952
 */
export class SegmentPriorities {
  /** Σ of the priorities up to each segment. */
  readonly #upTo: Float64Array;
  readonly #segments: Uint32Array;

  /**
   * @param segments which of the rollout's rows there are to choose from, at least one
   * @param alpha 0: all alike
   */
  constructor({ steps, rows, advantages, masks }: Judged, segments: Uint32Array, alpha: number) {
    const sums = new Float64Array(rows);
    for (let t = 0, i = 0; t < steps; t++)
      for (let row = 0; row < rows; row++, i++) if (masks[i] === 1) sums[row] += Math.abs(advantages[i]);
    this.#segments = segments;
    this.#upTo = new Float64Array(segments.length);
    let total = 0;
    for (let k = 0; k < segments.length; k++) {
      const sum = sums[segments[k]];
      total += (sum > 0 ? exp(alpha * log(sum)) : +(alpha === 0)) + LEAST;
      this.#upTo[k] = total;
    }
  }

  /** Which segment a number in [0, 1) falls on, and its probability p. */
  draw(uniform: number): readonly [row: number, probability: number] {
    const upTo = this.#upTo;
    const total = upTo[upTo.length - 1];
    const target = uniform * total;
    let from = 0;
    for (let to = upTo.length - 1; from < to; ) {
      const middle = (from + to) >>> 1;
      if (upTo[middle] > target) to = middle;
      else from = middle + 1;
    }
    return [this.#segments[from], (upTo[from] - (upTo[from - 1] ?? 0)) / total];
  }
}
