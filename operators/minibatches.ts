import { Arena } from '../lib/arena.ts';
import type { Estimate, Losses, Minibatch } from '../lib/records.ts';
import { streamKey } from '../lib/rng.ts';
import type { Draw } from './update.ts';

export interface MinibatchesConfig {
  /** Parts that each epoch is divided into. */
  readonly numMinibatches: number;
  /** Passes over the rollout. */
  readonly updateEpochs: number;
  readonly seed: number;
}

/**
 * Draws the minibatches of a rollout: in each epoch the real transitions (mask 1) are shuffled and divided into
 * `numMinibatches` parts whose sizes differ by at most one. The order is a function of the seed, the rollout's first
 * step and the epoch, so it needs no state of its own.
 *
 * @throws RangeError unless numMinibatches and updateEpochs are positive integers
 */
export function minibatches({
  numMinibatches,
  updateEpochs,
  seed,
}: MinibatchesConfig): Draw<Estimate, Minibatch<Estimate>> {
  for (const [name, value] of Object.entries({ numMinibatches, updateEpochs })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`minibatches: ${name} must be a positive integer, got ${value}`);
    }
  }
  const [key0, key1] = streamKey(seed);
  return function* draw(rollout): Generator<Minibatch<Estimate>, void, Losses> {
    const { kernels } = Arena.of(rollout.order);
    for (let epoch = 0; epoch < updateEpochs; epoch++) {
      // From the same start every time: an epoch's order does not depend on the one before.
      const count = listReal(rollout);
      kernels.shuffle(rollout.order.byteOffset, count, key0, key1, rollout.t, epoch);
      for (let part = 0; part < numMinibatches; part++) {
        const from = Math.floor((part * count) / numMinibatches);
        const to = Math.floor(((part + 1) * count) / numMinibatches);
        if (to > from) {
          yield { kind: 'minibatch', columns: rollout, indices: rollout.order.subarray(from, to) };
        }
      }
    }
  };
}

/** Lists the rows of real transitions in `order`; returns how many there are. */
function listReal({ order, masks }: Estimate): number {
  let count = 0;
  for (let row = 0; row < masks.length; row++) {
    order[count] = row;
    count += masks[row];
  }
  return count;
}
