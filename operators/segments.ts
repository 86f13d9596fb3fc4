import { Arena } from '../lib/arena.ts';
import type { Schedule } from '../lib/config.ts';
import { exp, log } from '../lib/math.ts';
import type { Estimate, Losses, Minibatch } from '../lib/records.ts';
import { philox, purposes, streamKey } from '../lib/rng.ts';
import { at } from '../lib/schedule.ts';
import { SegmentPriorities } from '../lib/segmentPriorities.ts';
import { countDraws, isFarEnough, type MinibatchesConfig } from './minibatches.ts';
import type { Draw } from './update.ts';

export interface SegmentsConfig extends MinibatchesConfig {
  /** Draw segments by how much they surprise the critic, with replacement; absent: each once an epoch. */
  readonly prioritized?: {
    /** α: p ∝ (Σ_t |A[t]|)^α + 10⁻⁶; 0: all alike. */
    readonly alpha: number;
    /** β: a segment weighs (n·p)^−β of n segments; 1 makes up for all of it, and is where it should end. */
    readonly beta: Schedule;
    /** How much of the run is done, in [0, 1]: what β goes by. */
    readonly progress: () => number;
  };
  /** Called before each minibatch but the first, to estimate anew from ratios and values that have changed. */
  readonly refresh?: (rollout: Estimate) => void;
}

/**
 * Draws minibatches of whole segments, a segment being all T steps of a row: for policies with a memory, and for
 * segments that are drawn by priority. Rows without a real transition are left out. Without priorities the others are
 * shuffled in each epoch and divided into `numMinibatches` parts whose sizes differ by at most one; with them a
 * minibatch has as many segments, drawn as its probabilities then are.
 *
 * `indices` go through `block()` segments at a time, and through each such block step by step: index t·N + row for all
 * its rows of t = 0, then of t = 1, and so on. The rollout's `weights` become 0 at transitions that are not real, and
 * the segment's importance weight (1 without priorities) elsewhere.
 *
 * What is drawn is a function of the seed, the rollout and the minibatch's number, so it needs no state of its own.
 *
 * @throws RangeError unless numMinibatches, and updateEpochs times it, are positive integers, and alpha is not negative;
 * (drawing) if the rollout has no `weights` and needs some
 * @see arXiv:1511.05952 (priorities)
 */
export function segments(config: SegmentsConfig): Draw<Estimate, Minibatch<Estimate>> {
  const { numMinibatches, seed, prioritized, refresh } = config;
  const draws = countDraws('segments', config);
  if (prioritized && !(prioritized.alpha >= 0 && prioritized.alpha < Number.POSITIVE_INFINITY))
    throw new RangeError(`segments: alpha must be a number ≥ 0, got ${prioritized.alpha}`);
  const key = streamKey(seed);
  return function* draw(rollout): Generator<Minibatch<Estimate>, void, Losses> {
    const { order, steps } = rollout;
    const { kernels } = Arena.of(order);
    const real = listReal(rollout);
    const count = real.length;
    const shuffled = new Uint32Array(count);
    weigh(rollout, prioritized !== undefined);
    for (let number = 0; number < draws; number++) {
      const part = number % numMinibatches;
      const from = Math.floor((part * count) / numMinibatches);
      const to = Math.floor(((part + 1) * count) / numMinibatches);
      if (number > 0) refresh?.(rollout);
      if (prioritized) {
        drawByPriority(rollout, real, shuffled.subarray(from, to), prioritized, [...key, number]);
      } else if (part === 0) {
        order.set(real);
        kernels.shuffle(order.byteOffset, count, ...key, rollout.t, number / numMinibatches);
        shuffled.set(order.subarray(0, count));
      }
      if (to > from) {
        arrange(order, shuffled.subarray(from, to), rollout, kernels.block());
        const losses = yield {
          kind: 'minibatch',
          columns: rollout,
          indices: order.subarray(0, (to - from) * steps),
          steps,
        };
        if (isFarEnough(config, losses)) return;
      }
    }
  };
}

/** The rows that have a real transition. */
function listReal({ steps, rows, masks }: Estimate): Uint32Array {
  const some = new Uint8Array(rows);
  for (let t = 0, i = 0; t < steps; t++) for (let row = 0; row < rows; row++, i++) some[row] |= masks[i];
  return Uint32Array.from(some.keys()).filter((row) => some[row] === 1);
}

/** Begins with weights of 1, and 0 where a transition is not real. @throws RangeError if there is no room for them */
function weigh({ weights, masks }: Estimate, needed: boolean): void {
  if (weights) weights.set(masks);
  else if (needed || masks.includes(0))
    throw new RangeError(
      'segments: expected a rollout with weights, got none: its ring has no room for them',
    );
}

/** Draws rows and writes their importance weights. */
function drawByPriority(
  rollout: Estimate,
  real: Uint32Array,
  drawn: Uint32Array,
  { alpha, beta, progress }: NonNullable<SegmentsConfig['prioritized']>,
  [key0, key1, number]: readonly number[],
): void {
  const { steps, rows, masks, t } = rollout;
  const weights = rollout.weights as Float32Array;
  const priorities = new SegmentPriorities(rollout, real, alpha);
  const exponent = at(beta, progress());
  const words = new Uint32Array(4);
  for (let k = 0; k < drawn.length; k++) {
    if (k % 4 === 0) philox(k >>> 2, t, number, purposes.segment, key0, key1, words);
    const [row, probability] = priorities.draw(words[k % 4] * 2 ** -32);
    const weight = exp(-exponent * log(real.length * probability));
    for (let i = row; i < steps * rows; i += rows) weights[i] = masks[i] * weight;
    drawn[k] = row;
  }
}

/** Lists all transitions of some rows, so many rows at a time, and those step by step. */
export function arrange(
  order: Uint32Array,
  segments: Uint32Array,
  { steps, rows }: Pick<Estimate, 'steps' | 'rows'>,
  block: number,
): void {
  let i = 0;
  for (let from = 0; from < segments.length; from += block) {
    const to = Math.min(segments.length, from + block);
    for (let t = 0; t < steps; t++) for (let k = from; k < to; k++) order[i++] = t * rows + segments[k];
  }
}
